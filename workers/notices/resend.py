"""Sending a notice once more, because a person wants it."""

from datetime import datetime

from store.engine import Session
from store.notices.delivery import reopen_deliveries
from store.notices.notice import reopen_notice
from store.notices.read import UnknownNotice, notice_owner
from workers.context import Context


class NoticeChanged(Exception):
    """A notice has not the state any more that somebody saw; it waits already, or has ended again."""


def resend(context: Context, notice: int, *, of_account: str | None = None, ended_at: datetime | None = None) -> None:
    """
    Let a notice wait again, whatever became of it; the next tick sends it, unless it has lost its reason.

    A mail has the Message-ID that it had, so a program that has it already may show it once.

    Args:
        context: what handlers need.
        notice: its number.
        of_account: only if it is this account's.
        ended_at: only if it ended at this moment, aware UTC, as somebody saw it; so pressing twice sends once.

    Raises:
        UnknownNotice: there is none with this number, or it is another account's.
        NoticeChanged: it has changed since.
    """

    def reopen(session: Session) -> None:
        owner = notice_owner(session, notice)
        if owner is None or of_account not in (None, owner):
            raise UnknownNotice(f"there is no notice {notice}; `billing notices list` shows them")
        now = context.clock()
        if not reopen_notice(session, notice, due_at=now, ended_at=ended_at):
            raise NoticeChanged(f"notice {notice} has changed")
        reopen_deliveries(session, notice, at=now)

    context.transact(reopen)
