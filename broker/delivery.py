"""A delivery: what one message brought, however it came."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    The bytes of one message, and where they came from.

    `queue` is the queue it was consumed from, never what a body claims; `exchange` and `routing_key` are
    those of the first publication, set by the broker. `retries` counts the attempts that failed.
    """

    queue: str
    exchange: str
    routing_key: str
    body: bytes
    message_id: str | None = None
    user_id: str | None = None
    retries: int = 0
    headers: dict[str, Any] = field(default_factory=dict)

    def as_wire(self) -> dict[str, Any]:
        """Return the delivery as JSON can carry it, for a retry."""
        return {
            "exchange": self.exchange,
            "routing_key": self.routing_key,
            "body": base64.b64encode(self.body).decode(),
            "message_id": self.message_id,
            "user_id": self.user_id,
        }

    @classmethod
    def from_wire(cls, fields: dict[str, Any], *, queue: str, retries: int) -> "Delivery":
        """
        Return the delivery that a retry carries.

        Raises:
            ValueError: the fields are not those of a delivery.
        """
        exchange, routing_key, body = fields.get("exchange"), fields.get("routing_key"), fields.get("body")
        if not (isinstance(exchange, str) and isinstance(routing_key, str) and isinstance(body, str)):
            raise ValueError("a retry without exchange, routing_key and body")
        message_id, user_id = fields.get("message_id"), fields.get("user_id")
        return cls(
            queue=queue,
            exchange=exchange,
            routing_key=routing_key,
            body=base64.b64decode(body, validate=True),
            message_id=message_id if isinstance(message_id, str) else None,
            user_id=user_id if isinstance(user_id, str) else None,
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
