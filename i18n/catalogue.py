"""Catalogues: what was translated into one language, compiled when it is first needed."""

from functools import lru_cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LOCALES = Path(__file__).parent / "locales"
"""A folder for each language; `make messages` writes them."""

NO_BREAK = "\u00a0"


class Catalogue:
    """The translations into one language; what it lacks stays English."""

    def __init__(self, translations: GNUTranslations) -> None:
        self._translations = translations

    def gettext(self, text: str) -> str:
        """Return the translation of a text."""
        return self._translations.gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the translation of a text in the form that a whole number asks for; no line ends between the two."""
        return self._translations.ngettext(one, many, count).replace("%(count)s ", f"%(count)s{NO_BREAK}")


def catalogue_file(language: str) -> Path:
    """Return where the catalogue of a language is."""
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


@lru_cache
def load_catalogue(language: str) -> Catalogue:
    """
    Return the translations into a language.

    There are no `.mo` files that could be missing from a wheel or older than their text: a process compiles
    each language once, in memory.

    Args:
        language: one of LANGUAGES.
    """
    with catalogue_file(language).open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Catalogue(GNUTranslations(compiled))
