"""Pages: a template, filled for one person's language, zone and theme."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from i18n.catalogue import load_catalogue
from i18n.formats import Formats
from i18n.language import LANGUAGES
from notify.names import Names
from web.look.static_files import StaticFiles

FOLDER = Path(__file__).parent
TEMPLATES, STATIC = FOLDER / "templates", FOLDER / "static"
VENDOR = STATIC / "vendor"
"""Files of others; `README.md` there says which."""

Theme = Literal["auto", "light", "dark"]

LANGUAGE_NAMES = {"de": "Deutsch", "en": "English", "es": "Español", "ru": "Русский"}
"""Each language in its own words, for whoever cannot read the present one."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a page: language tag (BCP 47), time zone (IANA) and theme, each as far as it is known."""

    language: str | None = None
    zone: str | None = None
    theme: Theme = "auto"


class Pages:
    """The pages of one app: its own templates and static files, and those that all apps share."""

    def __init__(
        self, *, templates: Iterable[Path] = (), static: Iterable[Path] = (), prefix: str = "/static/"
    ) -> None:
        """
        Read the static files; templates are read when they are first needed.

        Args:
            templates: folders of the app; a name in them hides a shared one.
            static: folders of the app.
            prefix: of the addresses of static files.
        """
        self.static_files = StaticFiles([*static, STATIC, VENDOR], prefix=prefix)
        self._folders = (*templates, TEMPLATES)
        self._environment = lru_cache(maxsize=len(LANGUAGES))(self._new_environment)

    def render(self, template: str, reader: Reader, **values: Any) -> str:
        """
        Return a page as HTML.

        Args:
            template: its name.
            reader: who reads it.
            values: what the template names; a name without a value is an error, not an empty place.
        """
        formats = Formats(reader.language, reader.zone)
        language = formats.locale.language
        words = {
            "formats": formats,
            "names": Names(formats),
            "language": language,
            "theme": reader.theme,
            "language_names": LANGUAGE_NAMES,
        }
        return self._environment(language).get_template(template).render(words | values)

    def _new_environment(self, language: str) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folders),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.globals["static"] = self.static_files.address
        catalogue = load_catalogue(language)
        environment.install_gettext_callables(  # type: ignore[attr-defined] # the extension adds it
            catalogue.gettext, catalogue.ngettext, newstyle=True
        )
        return environment
