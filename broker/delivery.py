"""A delivery: what one message brought, however it came."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from broker.properties import Properties, read_leniently

MAX_REDELIVERIES = 20
"""A delivery that came so often and was not answered is dead-lettered: whoever handled it did not live to answer."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    The bytes of one message, and where they came from.

    `queue` is the queue it was consumed from, never what a body claims; `exchange`, `routing_key` and
    `properties` are those of the first publication: the broker sets the first two, the last are bytes that nobody
    has decoded yet. `retries` counts the attempts that failed, `redeliveries` how often the queue has brought these
    bytes before without an answer.
    """

    queue: str
    exchange: str
    routing_key: str
    # Logs of others name whole deliveries; what is in them may be anything, and of anybody.
    body: bytes = field(repr=False)
    properties: bytes = field(default=b"", repr=False)
    retries: int = 0
    redeliveries: int = 0

    def read_properties(self) -> Properties:
        """Return properties and headers; what cannot be read is a header of its own."""
        return read_leniently(self.properties)

    def as_wire(self) -> dict[str, Any]:
        """Return the delivery as JSON can carry it, for a retry."""
        return {
            "exchange": self.exchange,
            "routing_key": self.routing_key,
            "body": base64.b64encode(self.body).decode(),
            "properties": base64.b64encode(self.properties).decode(),
        }

    @classmethod
    def from_wire(cls, fields: dict[str, Any], *, queue: str, retries: int) -> "Delivery":
        """
        Return the delivery that a retry carries.

        Raises:
            ValueError: the fields are not those of a delivery.
        """
        parts = [fields.get(name) for name in ("exchange", "routing_key", "body", "properties")]
        if not all(isinstance(part, str) for part in parts):
            raise ValueError("a retry without exchange, routing_key, body and properties")
        exchange, routing_key, body, properties = map(str, parts)
        return cls(
            queue=queue,
            exchange=exchange,
            routing_key=routing_key,
            body=base64.b64decode(body, validate=True),
            properties=base64.b64decode(properties, validate=True),
            retries=retries,
        )


class DeliveriesFailed(Exception):
    """
    Some deliveries of one call failed; the others were handled.

    `failures` maps the position in the call to what went wrong there.
    """

    def __init__(self, failures: dict[int, BaseException]) -> None:
        first = next(iter(failures.values()))
        super().__init__(f"{len(failures)} of the deliveries failed, the first with {type(first).__name__}: {first}")
        self.failures = failures


def for_log(deliveries: Sequence[Delivery]) -> str:
    """Return deliveries for a log: how many and how large, never what they say of people and money."""
    return f"{len(deliveries)} deliveries, {sum(len(delivery.body) for delivery in deliveries)} bytes"
