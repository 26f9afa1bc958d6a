"""Writing: our own messages as bytes for the wire."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from messages.envelope import Envelope, type_of
from messages.fields import traceparent_of

SOURCE = "screph-billing"
"""Who speaks in the messages that we send."""


def write(
    model: type[Envelope],
    data: dict[str, Any],
    *,
    at: datetime,
    subject: str | None = None,
    message_id: str | None = None,
    source: str = SOURCE,
) -> tuple[str, bytes]:
    """
    Return the id and the bytes of one message.

    Args:
        model: the contract; its literal `type` goes on the wire.
        data: the payload, as the model's own data class would give it.
        at: aware UTC moment the message is about.
        subject: the account, where the message is about one.
        message_id: a new random one without.
        source: who speaks.
    """
    message_id = message_id or str(uuid4())
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        "id": message_id,
        "source": source,
        "type": type_of(model),
        "subject": subject,
        "time": at.astimezone(UTC),
        "datacontenttype": "application/json",
        "data": data,
    }
    if subject is None:
        del envelope["subject"]
    return message_id, orjson.dumps(envelope, option=orjson.OPT_UTC_Z)


def with_traceparent(body: bytes, traceparent: str | None) -> bytes:
    """
    Return a message that belongs to a trace.

    Apart from `write`, because who writes a fact need not know the trace; who stores or sends it does.

    Args:
        body: as `write` returned it.
        traceparent: of the trace; None, or a malformed one, leaves the message as it is.
    """
    if traceparent_of(traceparent) is None:
        return body
    return b'%b,"traceparent":"%b"}' % (body[:-1], str(traceparent).encode())


def subject_of(body: bytes) -> str | None:
    """Return the account that a message is about; None if it is about none, or is none of ours."""
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    subject = envelope.get("subject") if isinstance(envelope, dict) else None
    return subject if isinstance(subject, str) else None
