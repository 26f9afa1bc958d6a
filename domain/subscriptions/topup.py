"""Auto top-up: one order that brings a balance back over its threshold, within the limits that its account has set."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from domain.money import Money

MIN_COOLDOWN_SECONDS = 3_600
"""Between a top-up that succeeded and the next one; three within an hour are a fault."""

MAX_UNITS = 100
"""So many of its product one top-up buys at the most."""

BURST, BURST_WITHIN = 3, timedelta(hours=1)
"""So many successes in so short a time no cooldown allows: something is wrong, and a person must look."""


class TopupStop(StrEnum):
    """Why auto top-up was switched off by itself."""

    DECLINED = "declined"
    NO_METHOD = "no_method"
    NOT_FOR_SALE = "not_for_sale"
    ACCOUNT_CLOSED = "account_closed"
    BURST = "burst"


@dataclass(frozen=True, slots=True)
class Topup:
    """
    How an account wants to be topped up, and how far the present top-up is.

    Below `threshold_seconds` of balance (debt counts against it) units of the product are bought, in `currency`, by
    `method_id` or, without it or after its end, by another method of the account. `max_per_day` and
    `max_minor_per_day` (in `currency`) limit one UTC day. `sequence` numbers the top-ups; `order_id` is the one that is
    under way. None begins before `ready_at`, the end of the cooldown. At `due_at` it is looked at again, whatever it
    waits for. `set_at` is when the account has said all that last.
    """

    id: str
    account_id: str
    product_id: str
    currency: str
    threshold_seconds: int
    max_per_day: int
    max_minor_per_day: int | None
    cooldown_seconds: int
    method_id: int | None
    is_on: bool
    message_id: int
    set_at: datetime
    created_at: datetime
    updated_at: datetime
    sequence: int = 0
    order_id: str | None = None
    ready_at: datetime | None = None
    due_at: datetime | None = None
    stop: TopupStop | None = None
    stop_code: str | None = None
    stopped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the product that is bought: its seconds, > 0, and its price."""

    seconds: int
    price: Money


@dataclass(frozen=True, slots=True)
class BoughtToday:
    """
    The top-ups of an account on the present UTC day that are paid or under way.

    `count` is how many there are in any currency, `minor` the money of those in the one that is used now.
    """

    count: int
    minor: int


@dataclass(frozen=True, slots=True)
class TopupDecision:
    """
    What is to be done now: buy `units` > 0; or wait for the balance to fall (`is_armed`), or until `wait_until`.

    With nothing of these it is off, or a top-up is under way, and whatever ends that looks again.
    """

    units: int = 0
    is_armed: bool = False
    wait_until: datetime | None = None


def decide_topup(topup: Topup, *, balance_seconds: int, unit: Unit, today: BoughtToday, at: datetime) -> TopupDecision:
    """
    Decide whether an account is topped up now, and by how much.

    One order closes the gap: the fewest units that bring the balance to the threshold. The limit of a day's money may
    allow fewer; then as many as it allows.

    Args:
        topup: under its account's lock.
        balance_seconds: available less debt; may be negative.
        unit: what is bought.
        today: what was bought so on the UTC day of `at`.
        at: aware UTC.

    Source: README.md, "Auto top-up".
    """
    if not topup.is_on or topup.order_id is not None:
        return TopupDecision()
    if topup.ready_at is not None and at < topup.ready_at:
        return TopupDecision(wait_until=topup.ready_at)
    gap_seconds = topup.threshold_seconds - balance_seconds
    if gap_seconds <= 0:
        return TopupDecision(is_armed=True)
    units = min(-(-gap_seconds // unit.seconds), MAX_UNITS)
    if topup.max_minor_per_day is not None:
        units = min(units, max(0, topup.max_minor_per_day - today.minor) // max(1, unit.price.minor))
    if today.count >= topup.max_per_day or units == 0:
        return TopupDecision(wait_until=_next_day(at))
    return TopupDecision(units=units)


def begin_topup(topup: Topup, order_id: str, *, at: datetime) -> Topup:
    """Return a top-up whose next order is under way."""
    return replace(topup, sequence=topup.sequence + 1, order_id=order_id, due_at=None, updated_at=at)


def end_topup(topup: Topup, *, at: datetime) -> Topup:
    """Return a top-up whose order was paid; the next one waits for the cooldown."""
    ready_at = at + timedelta(seconds=topup.cooldown_seconds)
    return replace(topup, order_id=None, ready_at=ready_at, due_at=ready_at if topup.is_on else None, updated_at=at)


def wait_with_topup(topup: Topup, until: datetime, *, at: datetime) -> Topup:
    """Return a top-up that is looked at again at a moment; whatever is set or happens before may begin it earlier."""
    return replace(topup, due_at=until, updated_at=at)


def stop_topup(topup: Topup, reason: TopupStop, code: str | None = None, *, at: datetime) -> Topup:
    """Return a top-up that is off by itself, with the reason, until its account switches it on again."""
    return replace(
        topup, is_on=False, order_id=None, due_at=None, stop=reason, stop_code=code, stopped_at=at, updated_at=at
    )


def _next_day(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
