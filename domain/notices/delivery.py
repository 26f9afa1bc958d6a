"""Deliveries: one notice by one channel to one address, and what becomes of the notice with them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Channel(StrEnum):
    """How an account is reached."""

    MAIL = "mail"
    PUSH = "push"


class NoticeState(StrEnum):
    """What became of a notice. Source: README.md, "States"."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"
    FAILED = "failed"


class DeliveryState(StrEnum):
    """What became of a delivery."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One notice on its way by one channel.

    `address` is the mail address; `push_subscription` is the number of the browser that gets a push, 0 for a mail.
    `message_id` is the same for every attempt, so whoever gets it twice can tell. `attempts` counts those that have
    begun, but for those that found the server away.
    """

    channel: Channel
    push_subscription: int
    address: str | None
    message_id: str
    next_attempt_at: datetime
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    sent_at: datetime | None = None
    last_error: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Tell whether it is still to be sent."""
        return self.state is DeliveryState.WAITING


PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 120, 240))
"""After the first attempt, after the second, and so on; the last one again and again."""

MAX_ATTEMPTS = 28
"""With the pauses, some four days, as mail servers do it among themselves."""


def next_attempt_at(attempts: int, *, now: datetime, at_least: timedelta | None = None) -> datetime | None:
    """
    Return when a delivery is tried again; None when it has been tried often enough.

    Args:
        attempts: how many have failed, >= 1.
        now: aware UTC moment of the last.
        at_least: the pause that the other side asked for.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    pause = PAUSES[min(attempts, len(PAUSES)) - 1]
    return now + max(pause, at_least or pause)


def state_of_notice(deliveries: Iterable[Delivery]) -> NoticeState:
    """Return the state of a notice with these deliveries: sent as soon as one is and no other waits."""
    states = {delivery.state for delivery in deliveries}
    if DeliveryState.WAITING in states:
        return NoticeState.WAITING
    return NoticeState.SENT if DeliveryState.SENT in states else NoticeState.FAILED
