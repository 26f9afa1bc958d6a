"""Refund quotes: what a refund would give back and what it would void."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.money import Money
from domain.payments.bought import Bought, void_seconds_for
from domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class Quote:
    """What a refund would do; nothing has happened yet."""

    amount: Money
    refundable: Money
    void_seconds: int
    bonus_void_seconds: int
    is_full: bool


def refundable_minor(bought: Bought) -> int:
    """
    Return the minor units that may still be given back.

    Source: README.md, "Refunds": floor(P * max(0, M - c) / M) less what is refunded or under way.
    """
    return max(0, _unused_minor(bought) - bought.refunded.minor - bought.pending.minor)


def is_last_refund(amount_minor: int, bought: Bought) -> bool:
    """Tell whether an amount is all that could still be given back, so that the bonus goes with it."""
    return bought.refunded.minor + amount_minor >= _unused_minor(bought)


def refund_quote(
    bought: Bought,
    amount_minor: int | None,
    *,
    now: datetime,
    window: timedelta | None,
    waives_minutes: bool = False,
) -> Quote | Refusal:
    """
    Tell what a refund would give and take, or why there can be none.

    Args:
        bought: what the payment bought, as it stands now.
        amount_minor: how much to give back; None: all that may be.
        now: aware UTC.
        window: how long after payment the gateway gives money back; None: for ever.
        waives_minutes: the buyer keeps the minutes, and what was used does not count: support's decision.

    Source: README.md, "Refunds".
    """
    currency = bought.price.currency
    if not bought.price.minor:
        return Refusal("FreeOrder", "nothing was paid for this order, so there is no money to give back")
    if bought.is_disputed:
        return Refusal("Disputed", "the payment is disputed; the bank decides about its money now")
    if window is not None and now - bought.paid_at > window:
        return Refusal(
            "TooLate", f"the gateway gives money back for {window.days} days after payment, and they are over"
        )
    if bought.was_restored and not waives_minutes:
        return Refusal(
            "RestoredBefore",
            "minutes of this order were given back as a support package when a refund failed; "
            "what that is worth now is for support to say: waive the minutes",
        )
    at_gateway = bought.price.minor - bought.refunded.minor - bought.pending.minor
    most = at_gateway if waives_minutes else refundable_minor(bought)
    wanted = most if amount_minor is None else amount_minor
    if most <= 0:
        return Refusal("NothingLeft", "everything is used or refunded already; there is nothing to give back")
    if not 0 < wanted <= most:
        return Refusal(
            "TooMuch", f"{Money(wanted, currency)} is asked for; at most {Money(most, currency)} may be refunded"
        )
    is_last = wanted == most and not bought.pending.minor
    void_seconds, bonus_void_seconds = 0, 0
    if not waives_minutes:
        void_seconds = bought.left_seconds if is_last else void_seconds_for(wanted, bought)
        bonus_void_seconds = bought.bonus_left_seconds if is_last else 0
    return Quote(
        amount=Money(wanted, currency),
        refundable=Money(most, currency),
        void_seconds=void_seconds,
        bonus_void_seconds=bonus_void_seconds,
        is_full=wanted == bought.price.minor,
    )


def _unused_minor(bought: Bought) -> int:
    """Return what the unused seconds are worth; what is used of the bonus counts as used, too."""
    used_seconds = bought.consumed_seconds + bought.bonus_consumed_seconds
    return bought.price.minor * max(0, bought.paid_seconds - used_seconds) // bought.paid_seconds
