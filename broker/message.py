"""The message that Dramatiq's worker handles: some deliveries, and the decision about each."""

from enum import Enum
from typing import Any, Protocol

from dramatiq.broker import MessageProxy
from dramatiq.message import Message

from broker.delivery import Delivery, for_log


class Owner(Protocol):
    """A consumer, as far as its messages know it."""

    @property
    def connection(self) -> Any:
        """What the deliveries came over; its `is_open` says whether they can still be acknowledged."""


class AckDecision(Enum):
    """What the broker gets as the answer to a delivery once its call is over."""

    ACK = "handled, or safe in the table of dead letters"
    REJECT = "to the dead-letter queue"
    GIVE_BACK = "back into the queue, as it was"
    HOLD = "no answer yet: it stays in this process until it is tried again"


class SafeMessage(MessageProxy):
    """
    Deliveries that one call of an actor gets together.

    The decision about each delivery is `GIVE_BACK` until somebody decides otherwise: whatever fails on the
    way, a hook that Dramatiq swallows included, the broker keeps the message. `owner` is the
    consumer whose channel brought the deliveries; their tags mean nothing to any other. `errors`
    holds the last error of each rejected delivery, by position, and `hold_ms` how long one that is held waits.
    """

    def __init__(self, owner: Owner, message: Message[Any], deliveries: list[Delivery], tags: list[int]) -> None:
        super().__init__(message)
        self.owner = owner
        self.deliveries = deliveries
        self.tags = tags
        self.decisions = [AckDecision.GIVE_BACK] * len(tags)
        self.errors: dict[int, str] = {}
        self.hold_ms: dict[int, int] = {}

    def decide_all(self, decision: AckDecision) -> None:
        """Decide the same about every delivery."""
        self.decisions = [decision] * len(self.tags)

    def __str__(self) -> str:
        # Dramatiq logs its messages whole; money and names have no place in a log.
        return f"{self.actor_name}({for_log(self.deliveries)})"

    def __repr__(self) -> str:
        return f"<SafeMessage {self}>"


def call(queue: str, deliveries: list[Delivery]) -> Message[Any]:
    """Return the call of a queue's actor with deliveries; it stays in this process."""
    return Message(queue_name=queue, actor_name=queue, args=(), kwargs={"deliveries": deliveries}, options={})
