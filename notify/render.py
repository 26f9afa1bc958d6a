"""Notices in words."""

from dataclasses import dataclass, fields
from html import escape

from domain.notices.notice import NoticeContent, NoticeKind


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of a notice lead: the portal, and the page that unsubscribes; receipts have none."""

    portal: str
    unsubscribe: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A notice in words: the subject is one line, the preheader what a mail program shows beside it."""

    subject: str
    preheader: str
    text: str
    html: str


def render(kind: NoticeKind, locale: str | None, zone: str | None, data: NoticeContent, links: Links) -> Rendered:
    """
    Return a notice in words.

    Args:
        kind: which notice.
        locale: the account's language tag; the installation's without.
        zone: the account's time zone; UTC without.
        data: what it says.
        links: where its links lead.
    """
    lines = [f"{field.name}: {getattr(data, field.name)}" for field in fields(data)]
    text = "\n".join([*lines, "", links.portal, *([links.unsubscribe] if links.unsubscribe else [])])
    title = kind.replace("_", " ").capitalize()
    return Rendered(title, lines[0], text, f"<p>{escape(title)}</p><pre>{escape(text)}</pre>")
