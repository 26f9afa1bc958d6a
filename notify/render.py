"""Rendering: a notice as subject, preheader, text and HTML, in one account's language and zone."""

import re
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError, select_autoescape

from domain.notices.notice import CONTENT, NoticeContent, NoticeKind
from i18n.catalogue import load_catalogue
from i18n.formats import Formats
from notify.names import Names
from notify.task import SETTINGS, task_path
from notify.tokens import DARK, LIGHT

TEMPLATES = Path(__file__).parent / "templates"
"""A folder for each kind with subject.txt, body.txt and body.html; what they share lies beside the folders."""

MAX_HTML_BYTES = 100_000
"""Gmail cuts a mail at 102 KB, and its footer with it."""


class UnableToRender(Exception):
    """A notice lacks what its template shows, or is too large; the text names kind and field."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of a notice lead: the portal's address, and the one that unsubscribes; receipts have none."""

    portal: str
    unsubscribe: str | None = None

    def to(self, path: str) -> str:
        """Return the address of a page of the portal, such as `/buy`."""
        return self.portal.rstrip("/") + path


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    A notice in words.

    `subject` and `preheader`, the line that a list of mails shows behind the subject, have one line each; `text` and
    `html` say the same. `task_url` is where the one button leads.
    """

    subject: str
    preheader: str
    text: str
    html: str
    task_url: str


def render(kind: NoticeKind, locale: str | None, zone: str | None, data: NoticeContent, links: Links) -> Rendered:
    """
    Return a notice in the words of one account.

    Args:
        kind: which notice.
        locale: BCP 47; what has no catalogue is English.
        zone: IANA; None: UTC.
        data: what it says, of the class that CONTENT has for its kind.
        links: where its links lead.

    Raises:
        UnableToRender: the data is of another kind, a field is missing, or the HTML is too large.
    """
    _check(kind, data)
    formats = Formats(locale, zone)
    environment = _environment(formats.locale.language)
    values = _words(formats) | {
        "kind": kind,
        "notice": data,
        "task_url": links.to(task_path(kind, data)),
        "settings_url": links.to(SETTINGS),
        "unsubscribe_url": None if kind.is_receipt or kind.is_asked_for else links.unsubscribe,
    }
    try:
        values["subject"] = _one_line(environment.get_template(f"{kind}/subject.txt").render(values))
        body = environment.get_template(f"{kind}/body.txt")
        values["preheader"] = _one_line("".join(body.blocks["preheader"](body.new_context(values))))
        text = _paragraphs(body.render(values))
        html = environment.get_template(f"{kind}/body.html").render(values)
    except UndefinedError as error:
        raise UnableToRender(f"notice {kind}: {error}") from error
    if (size := len(html.encode())) > MAX_HTML_BYTES:
        raise UnableToRender(f"notice {kind}: its HTML has {size} bytes, and {MAX_HTML_BYTES} are allowed")
    return Rendered(values["subject"], values["preheader"], text, html, values["task_url"])


def _check(kind: NoticeKind, data: NoticeContent) -> None:
    if not isinstance(data, CONTENT[kind]):
        raise UnableToRender(f"notice {kind}: its data is {type(data).__name__}, not {CONTENT[kind].__name__}")
    required = [field.name for field in fields(data) if field.default is MISSING]
    if missing := [name for name in required if getattr(data, name, None) is None]:
        raise UnableToRender(f"notice {kind} lacks {', '.join(missing)}")


def _words(formats: Formats) -> dict[str, Any]:
    names = Names(formats)
    return {
        "language": formats.locale.language,
        "duration": formats.duration,
        "balance": formats.balance,
        "money": formats.money,
        "day": formats.day,
        "days": formats.days,
        "full_day": formats.full_day,
        "time": formats.time,
        "moment": formats.moment,
        "gateway": names.gateway,
        "method": names.method,
        "package": names.package,
        "price_per": names.price,
    }


@lru_cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",), default=False),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals |= {"light": LIGHT, "dark": DARK}
    catalogue = load_catalogue(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined] # the extension adds it
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    return environment


def _one_line(text: str) -> str:
    # A line break in a subject would let a product's name add headers to a mail.
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text).strip()


def _paragraphs(text: str) -> str:
    lines = (line.rstrip(" \t") for line in text.strip().splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n"
