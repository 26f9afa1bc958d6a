"""Extraction: the strings of code and templates, and the catalogues that follow them; `make messages` runs it."""

import sys
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from i18n.catalogue import catalogue_file
from i18n.language import LANGUAGES

REPOSITORY = Path(__file__).parents[1]
ROOMS = ("i18n", "notify", "web")
"""Those that speak to people."""

_SOURCE_LANGUAGE = "en"
_JINJA = "jinja2.ext:babel_extract"
_METHODS = [("**.py", "python"), ("templates/**.txt", _JINJA), ("**/templates/**.html", _JINJA)]
_OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern, method in _METHODS if method == _JINJA}
_HEADER = """\
# {language}: translators write what stands after msgstr, and `make messages` the rest.
msgid ""
msgstr ""
"Language: {tag}\\n"
"Plural-Forms: {plural_forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extract() -> Catalog:
    """Return every string that is said to people, with the files where it stands."""
    found = Catalog()
    for room in ROOMS:
        strings = extract_from_dir(
            REPOSITORY / room, _METHODS, _OPTIONS, comment_tags=("Translators:",), strip_comment_tags=True
        )
        for file, _, text, comments, context in strings:
            found.add(text, None, [(f"{room}/{file}", 0)], auto_comments=comments, context=context)
    return found


def read_catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as translators see it; an empty one if there is none yet."""
    file = catalogue_file(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as opened:
        return read_po(opened, locale=language, abort_invalid=True)


def updated(before: Catalog, found: Catalog) -> Catalog:
    """
    Return a catalogue with exactly the strings that were found.

    A new one is not translated yet; English says what the code says. One that nobody says any more is gone.

    Args:
        before: the catalogue of one language.
        found: every string, from `extract()`.
    """
    after = Catalog(locale=before.locale)
    for message in _messages(found):
        known = before.get(message.id, message.context)
        after.add(
            message.id,
            known.string if known else _untranslated(message, after),
            sorted(set(message.locations)),
            flags=known.flags if known else (),
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known else (),
            context=message.context,
        )
    return after


def catalogue_text(catalogue: Catalog) -> str:
    """Return what stands in the file of a catalogue; it has no dates, so it changes with its strings alone."""
    written = BytesIO()
    write_po(written, catalogue, width=110, include_lineno=False, omit_header=True)
    header = _HEADER.format(
        language=catalogue.locale.english_name, tag=catalogue.locale, plural_forms=catalogue.plural_forms
    )
    return header + written.getvalue().decode("utf-8").rstrip("\n") + "\n"


def untranslated(catalogue: Catalog) -> list[str]:
    """Return the strings of a catalogue that want a translator: empty ones, and those that are marked fuzzy."""
    return [
        str(message.id)
        for message in _messages(catalogue)
        if message.fuzzy or not all([message.string] if isinstance(message.string, str) else message.string or [""])
    ]


def main() -> None:
    """Write every catalogue again, and say what is still to be translated."""
    found = extract()
    for language in LANGUAGES:
        catalogue = updated(read_catalogue(language), found)
        file = catalogue_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(catalogue_text(catalogue), encoding="utf-8")
        missing = untranslated(catalogue)
        sys.stdout.write(f"{language}: {len(catalogue)} strings, {len(missing)} to translate\n")
        sys.stdout.writelines(f"  {text}\n" for text in missing)


def _messages(catalogue: Catalog) -> Iterable[Message]:
    return [message for message in catalogue if message.id]


def _untranslated(message: Message, catalogue: Catalog) -> str | tuple[str, ...]:
    if catalogue.locale.language == _SOURCE_LANGUAGE:
        return message.id if isinstance(message.id, str) else tuple(message.id)
    return "" if isinstance(message.id, str) else ("",) * catalogue.num_plurals


if __name__ == "__main__":
    main()
