"""Bonus programmes: minutes that a purchase or a day earns by a rule, without a code."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.periods import PeriodUnit, boundary

BIRTHDAY_WITHIN = timedelta(days=3)
"""So long after a birthday its bonus is still given, should nothing have run on the day."""


class Trigger(StrEnum):
    """What earns the bonus of a programme; README.md, "Programmes"."""

    FIRST_PURCHASE = "first_purchase"
    NTH_PURCHASE = "nth_purchase"
    RETURN = "return"
    BIRTHDAY = "birthday"


@dataclass(frozen=True, slots=True)
class Programme:
    """
    A rule that gives minutes.

    `purchases` is the number of the purchase that earns it (`nth_purchase`), or how many an account needs
    (`birthday`). `after_days` is how long nothing was bought before a `return`. Without `product_ids` every product
    counts. `valid_days` are those of the package, None: it never expires. `starts_at` counts, `ends_at` does not.
    `uses_limit` and `budget_seconds` bound all that it gives, None: nothing does.
    """

    number: int
    id: str
    trigger: Trigger
    seconds: int
    valid_days: int | None = None
    purchases: int = 0
    after_days: int = 0
    product_ids: frozenset[str] = frozenset()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uses_limit: int | None = None
    budget_seconds: int | None = None
    used: int = 0
    used_seconds: int = 0
    is_paused: bool = False

    def expires_at(self, at: datetime) -> datetime | None:
        """Return when minutes end that are given at a moment; None: never."""
        return None if self.valid_days is None else at + timedelta(days=self.valid_days)


@dataclass(frozen=True, slots=True)
class Purchases:
    """
    A purchase, and what the same person had bought before it, as far as the money is still there.

    `at` is our moment of the payment; `last_at` that of the last one before, None: there is none.
    """

    product_id: str
    at: datetime
    before: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Awards:
    """
    What a person has had of a programme, without what was taken back before a second of it was used.

    `last_at` is the last one's moment.
    """

    count: int = 0
    last_at: datetime | None = None


def is_earned(programme: Programme, purchases: Purchases) -> bool:
    """
    Tell whether a purchase earns the bonus of a programme.

    Source: README.md, "Programmes".
    """
    if programme.product_ids and purchases.product_id not in programme.product_ids:
        return False
    match programme.trigger:
        case Trigger.FIRST_PURCHASE:
            return purchases.before == 0
        case Trigger.NTH_PURCHASE:
            return purchases.before + 1 == programme.purchases
        case Trigger.RETURN:
            pause = timedelta(days=programme.after_days)
            return purchases.last_at is not None and purchases.at - purchases.last_at >= pause
        case Trigger.BIRTHDAY:
            return False


def is_still_earned(programme: Programme, purchases: Purchases) -> bool:
    """Tell whether a bonus that a purchase has earned keeps its reason, now that another purchase was given back."""
    return programme.trigger is not Trigger.NTH_PURCHASE or purchases.before + 1 >= programme.purchases


def may_give(programme: Programme, awards: Awards, *, at: datetime) -> bool:
    """
    Tell whether a programme may give once more, to one who has earned it.

    Args:
        programme: as it is, under its lock.
        awards: what the person has had of it.
        at: aware UTC moment at which it was earned.

    Source: README.md, "Programmes".
    """
    is_running = not programme.is_paused and (programme.starts_at is None or programme.starts_at <= at)
    if not is_running or (programme.ends_at is not None and programme.ends_at <= at):
        return False
    if programme.uses_limit is not None and programme.used >= programme.uses_limit:
        return False
    if programme.budget_seconds is not None and programme.used_seconds + programme.seconds > programme.budget_seconds:
        return False
    match programme.trigger:
        case Trigger.FIRST_PURCHASE | Trigger.NTH_PURCHASE:
            return awards.count == 0
        case Trigger.RETURN:
            return awards.last_at is None or at - awards.last_at >= timedelta(days=programme.after_days)
        case Trigger.BIRTHDAY:
            # A person with several accounts has one birthday in a year; a leap day may come two days early.
            return awards.last_at is None or at - awards.last_at > timedelta(days=360)


def birthday_of(opened_at: datetime, *, at: datetime) -> datetime | None:
    """
    Return the birthday of an account that is to be celebrated: one of the last days, but not the day it was opened.

    Args:
        opened_at: aware UTC.
        at: aware UTC.

    Returns:
        The moment of the birthday, not after `at`; None: there is none within `BIRTHDAY_WITHIN`.
    """
    for years in (at.year - opened_at.year, at.year - opened_at.year - 1):
        birthday = boundary(opened_at, PeriodUnit.YEAR, years) if years > 0 else opened_at
        if years > 0 and at - BIRTHDAY_WITHIN < birthday <= at:
            return birthday
    return None
