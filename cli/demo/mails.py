"""Fourth chapter: who heard of what, in which language, and the mails to look at."""

import email
import re
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from boot.wiring import Wiring
from cli.output import out, print_table
from demo.people import PEOPLE
from domain.notices.notice import NoticeKind
from store.notices.read import list_notices, notice_page
from store.reading import reading


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail that was written, with the notice that it is."""

    kind: NoticeKind
    language: str
    html: str


def show_mails(wiring: Wiring, folder: Path) -> None:
    """
    Show the mails that the story's people got, with a page of each kind for a browser.

    Args:
        wiring: the parts.
        folder: where the mails were written to; the pages go there as well.
    """
    written = _written(folder)
    mails = [
        _Mail(kind, _language(html), html)
        for message_id, kind in _sent(wiring)
        if (html := written.get(message_id)) is not None
    ]
    counts = Counter((mail.kind, mail.language) for mail in mails)
    for mail in mails:
        (folder / _page(mail.kind, mail.language)).write_text(mail.html, encoding="utf-8")
    names = ", ".join(person.account_id for person in PEOPLE)
    print_table(
        f"Mails to {names}",
        ("kind", "language", "mails", "the newest one, for a browser"),
        ((kind, language, times, _page(kind, language)) for (kind, language), times in counts.items()),
        right="mails",
    )
    out.print(f"they are in {folder}/, with {len(written) - len(mails)} to the accounts of the recording\n")


def _sent(wiring: Wiring) -> list[tuple[str, NoticeKind]]:
    """Return the Message-IDs of what was sent to the story's people, the oldest first."""
    with reading(wiring.engine) as session:
        lines = [
            line
            for person in PEOPLE
            for line in reversed(list_notices(session, account_id=person.account_id, limit=1_000).lines)
        ]
        return [
            (delivery.message_id, line.kind) for line in lines for delivery in notice_page(session, line.id).deliveries
        ]


def _written(folder: Path) -> dict[str, str]:
    """Return what was written to a folder: Message-ID -> the HTML of the mail."""
    mails = {}
    for file in sorted(folder.glob("*.eml")):
        mail = email.message_from_bytes(file.read_bytes(), policy=default)
        assert isinstance(mail, EmailMessage)
        html = mail.get_body(("html",))
        assert html is not None
        mails[str(mail["Message-ID"])] = html.get_content()
    return mails


def _language(html: str) -> str:
    found = re.search(r'<html lang="([a-z]+)"', html)
    return found[1] if found else ""


def _page(kind: NoticeKind, language: str) -> str:
    return f"{kind}.{language}.html"
