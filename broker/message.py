"""The message that Dramatiq's worker handles: some deliveries, and the fate of each."""

from enum import Enum
from typing import Any, Protocol

from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from broker.delivery import Delivery, shown


class Owner(Protocol):
    """A consumer, as far as its messages know it."""

    @property
    def connection(self) -> Any:
        """What the deliveries came over; its `is_open` tells whether they can still be settled."""


class Fate(Enum):
    """What is said to the broker about a delivery once its call is over."""

    ACK = "applied, or safely set aside"
    REJECT = "given up: to the dead letters"
    GIVE_BACK = "not settled: back into the queue"


class SafeMessage(MessageProxy):
    """
    Deliveries that one call of an actor gets together.

    Each delivery's fate is `GIVE_BACK` until somebody decides otherwise: whatever fails on the
    way, a hook that Dramatiq swallows included, the broker keeps the message. `owner` is the
    consumer whose channel brought the deliveries; their tags mean nothing to any other. `errors`
    tells, by position, of those that were given up.
    """

    def __init__(self, owner: Owner, message: Message[Any], deliveries: list[Delivery], tags: list[int]) -> None:
        super().__init__(message)
        self.owner = owner
        self.deliveries = deliveries
        self.tags = tags
        self.fates = [Fate.GIVE_BACK] * len(tags)
        self.errors: dict[int, str] = {}

    def settle_all(self, fate: Fate) -> None:
        """Give every delivery the same fate."""
        self.fates = [fate] * len(self.tags)

    def __str__(self) -> str:
        # Dramatiq logs its messages whole; money and names have no place in a log.
        return f"{self.actor_name}({shown(self.deliveries)})"

    def __repr__(self) -> str:
        return f"<SafeMessage {self}>"


def call(queue: str, deliveries: list[Delivery]) -> Message[Any]:
    """Return the call of a queue's actor with deliveries; it stays in this process."""
    return Message(queue_name=queue, actor_name=queue, args=(), kwargs={"deliveries": deliveries}, options={})
