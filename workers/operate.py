"""Operating: a message of an operator is handed in here and now, and its line in the audit log with it."""

from collections.abc import Callable
from dataclasses import replace

from domain.access.act import Act
from store.access.audit_log import add_act, has_line
from store.engine import Session
from workers.context import Context
from workers.outcome import Outcome
from workers.submit import Submission, submit

SOURCE = "operator/"
"""What the source of each message of an operator begins with; the audit asks for a line of each."""


Check = Callable[[Session], None]
"""Raises `MessageRejected` where an operator may not do alone what a transaction has just written."""


def operate(context: Context, act: Act, submission: Submission, *, check: Check | None = None) -> Outcome:
    """
    Hand in a message of an operator and return what became of it; the same form twice has one effect, and one line.

    Args:
        context: what handlers need.
        act: what the audit log says.
        submission: the message; its source is the operator's.
        check: runs in the message's first transaction, after what it writes and under its locks.

    Raises:
        MessageRejected: a value in it is wrong, its id was used for something else, or the check refuses it; nothing
            was written.
        Unavailable: a gateway or the store gave no answer; handing it in again with the same id is harmless.
    """
    submission = replace(submission, source=source_of(act))
    key = (submission.source, submission.id)

    def add_line(session: Session) -> None:
        # Once its line is there it was allowed: what others do meanwhile does not stop what is under way.
        if check is not None and not has_line(session, *key):
            check(session)
        add_act(session, act, at=context.clock(), message=key)

    return submit(replace(context, along=add_line), submission)


def source_of(act: Act) -> str:
    """Return the source of the messages of whoever acts."""
    return SOURCE + act.actor.name


def with_line(context: Context, act: Act) -> Context:
    """Return a context for one transaction without a message, with its line in the audit log."""
    return replace(context, along=lambda session: _add(session, act, context))


def _add(session: Session, act: Act, context: Context) -> None:
    add_act(session, act, at=context.clock())
