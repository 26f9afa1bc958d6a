"""What an example of the AsyncAPI document is made of."""

from typing import Any, NamedTuple

from messages.envelope import Envelope
from messages.write import SOURCE


class Example(NamedTuple):
    """
    One message of the story that the examples tell together.

    `moment` is RFC 3339 in UTC. Without a subject it is about no account.
    """

    model: type[Envelope]
    id: str
    summary: str
    moment: str
    data: dict[str, Any]
    source: str = SOURCE
    subject: str | None = "4711"
    traceparent: str | None = None
