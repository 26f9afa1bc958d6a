"""Sending a notice once more, because a person wants it."""

from store.engine import Session
from store.notices.delivery import reopen_deliveries
from store.notices.notice import find_notice, reopen_notice
from store.notices.read import UnknownNotice
from workers.context import Context


def resend(context: Context, notice: int) -> None:
    """
    Let a notice wait again, whatever became of it; the next tick sends it, unless it has lost its reason.

    A mail has the Message-ID that it had, so a program that has it already may show it once.

    Args:
        context: what handlers need.
        notice: its number.

    Raises:
        UnknownNotice: there is none with this number.
    """

    def reopen(session: Session) -> None:
        if find_notice(session, notice) is None:
            raise UnknownNotice(f"there is no notice {notice}; `billing notices list` shows them")
        now = context.clock()
        reopen_notice(session, notice, due_at=now)
        reopen_deliveries(session, notice, at=now)

    context.transact(reopen)
