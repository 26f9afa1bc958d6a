"""What is owed is written once, and sent at once if it may be."""

from domain.notices.json_form import UnableToReadNotice, content_of
from domain.notices.notice import NoticeKind
from domain.notices.owed import Notice
from messages.errors import MessageRejected
from messages.notices.reminders import NoticeOwed
from messages.read import Event
from store.engine import Session
from store.notices.notice import add_notice
from workers.context import Context
from workers.notices.send import CLAIM, send_notice


def receive_owed(context: Context, event: Event) -> None:
    """
    Write a notice that is owed, and try to send it.

    Account, kind and subject are its key, so a repeat changes nothing, whatever its content.

    Raises:
        MessageRejected: it does not say what its kind says.
        Unavailable: the store is away; repeating is harmless.
    """
    envelope = event.envelope
    assert isinstance(envelope, NoticeOwed)
    kind, data = NoticeKind(envelope.data.kind), envelope.data
    try:
        content_of(kind, data.content)
    except UnableToReadNotice as error:
        raise MessageRejected("WrongNotice", str(error)) from error
    now = context.clock()
    is_due = data.not_before is None or data.not_before <= now
    values = {
        "content": data.content,
        "owed_at": envelope.time,
        "not_before": data.not_before,
        # Claimed in the transaction that writes it, so that no tick comes in between.
        "due_at": now + CLAIM if is_due else data.not_before,
    }

    def add(session: Session) -> Notice | None:
        return add_notice(session, kind, envelope.subject, data.subject, values)

    notice = context.transact(add)
    if notice is not None and is_due:
        send_notice(context, notice)
