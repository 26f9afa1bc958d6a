"""Queue `notice`: what accounts are to hear of, and the reminder to send what had to wait."""

from collections.abc import Sequence

from messages.notices.reminders import NoticeOwed, NoticesSendingRequested
from messages.read import Event
from workers.context import Context
from workers.due_run import run_due
from workers.notices.owed import receive_owed
from workers.notices.send import send_due_notices
from workers.outcome import Outcome, answered


def handle(context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
    """
    Write and send what is owed, or send what is due.

    Raises:
        MessageRejected: a notice does not say what its kind says.
        Unavailable: the store is away; repeating is harmless.
    """
    for event in events:
        match event.envelope:
            case NoticeOwed():
                receive_owed(context, event)
            case NoticesSendingRequested():
                run_due(context, event, "send-notices", lambda: send_due_notices(context))
            case other:
                raise TypeError(f"queue notice has no handler for {other.type}")
    return [answered(event, {}) for event in events]
