"""The language that a request asks for."""

from starlette.requests import Request

from i18n.language import LANGUAGES

MAX_CHARACTERS = 200


def accepted_language(request: Request) -> str | None:
    """Return the first tag of `Accept-Language` that has a catalogue; weights do not count. None: there is none."""
    for wanted in request.headers.get("accept-language", "")[:MAX_CHARACTERS].split(","):
        tag = wanted.split(";")[0].strip()
        if tag.replace("_", "-").split("-")[0].lower() in LANGUAGES:
            return tag
    return None
