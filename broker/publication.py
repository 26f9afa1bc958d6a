"""What is published, and the broker's answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

from broker.properties import write_properties


@dataclass(frozen=True, slots=True)
class Publication:
    """
    A message for an exchange.

    `is_mandatory`: it must reach a queue. Facts need not: nobody may be listening yet. `traceparent` is the trace that
    it belongs to, for a header.
    """

    exchange: str
    routing_key: str
    message_id: str
    body: bytes = field(repr=False)
    is_mandatory: bool = True
    traceparent: str | None = None
    content_type: str = "application/cloudevents+json"


class Receipt(Enum):
    """What the broker said about a publication."""

    CONFIRMED = "a majority of the nodes has stored it"
    UNROUTABLE = "no queue is bound to that exchange with that routing key"
    UNPUBLISHABLE = "AMQP or the broker does not allow these bytes, or knows no such exchange; a repeat would not help"
    CLOSED = "we may not write to that exchange for now, or it is one of ours and not there yet"
    UNCONFIRMED = "refused or not answered in time; it may or may not be there"


class Publisher(Protocol):
    """Somebody who publishes and waits for the confirms; used by one thread."""

    def publish(self, publications: Sequence[Publication], *, patience_seconds: float = 30) -> list[Receipt]:
        """Publish and return a receipt for each, in order."""

    def rest(self, seconds: float) -> None:
        """Wait, and keep the connection alive meanwhile."""

    def close(self) -> None:
        """Let go of the connection."""


def property_values(publication: Publication) -> dict[str, Any]:
    """Return the properties of a publication, by pika's names."""
    return {
        "content_type": publication.content_type,
        "delivery_mode": 2,
        "message_id": publication.message_id,
        "headers": {"traceparent": publication.traceparent} if publication.traceparent else None,
    }


def publication_properties(publication: Publication) -> bytes:
    """Return the properties of a publication as a delivery brings them."""
    return write_properties(**property_values(publication))
