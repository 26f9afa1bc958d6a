"""Languages: which locale an account's tag stands for."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError

LANGUAGES = ("de", "en", "es", "ru")
"""Those with a catalogue, `locales/<language>/LC_MESSAGES/messages.po`."""

_PLAIN_ENGLISH = "en_GB"
"""English without a country: a day before its month, and dollars that say whose they are."""


@lru_cache(maxsize=256)
def choose_locale(tag: str | None) -> Locale:
    """
    Return the locale for a language tag: with its country, else without, else English.

    Args:
        tag: BCP 47, such as `ru`, `en-US` or `de_AT`; anything else counts as no tag.

    Returns:
        A locale whose `language` is one of LANGUAGES.
    """
    subtags = (tag or "").replace("_", "-").split("-")
    while subtags and subtags[0].lower() in LANGUAGES:
        if (locale := _find_locale("_".join(subtags))) is not None:
            return locale
        subtags.pop()
    return Locale.parse(_PLAIN_ENGLISH)


def _find_locale(identifier: str) -> Locale | None:
    if identifier.lower() == "en":
        return Locale.parse(_PLAIN_ENGLISH)
    try:
        return Locale.parse(identifier)
    except (UnknownLocaleError, ValueError):
        return None
