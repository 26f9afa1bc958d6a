"""Debt: what becomes of seconds that no package covered, and who pays them later."""

from collections.abc import Mapping
from dataclasses import dataclass


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Shortfall:
    """An uncovered rest: what of it is debt, and what is forgiven."""

    debt_seconds: int
    forgiven_seconds: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Seconds > 0 of a new package that pay the debt of one usage."""

    usage_id: int
    seconds: int


def shortfall(uncovered_seconds: int, *, forgive_below_seconds: int, forgivable_seconds: int) -> Shortfall:
    """
    Decide how much of an uncovered rest is forgiven, and how much is owed.

    Args:
        uncovered_seconds: whole seconds, >= 0.
        forgive_below_seconds: a rest of fewer seconds is forgiven; 0 forgives nothing.
        forgivable_seconds: the most that is forgiven, >= 0; what is above is owed.

    Source: domain/minutes/README.md, "Debt".
    """
    if uncovered_seconds >= forgive_below_seconds:
        return Shortfall(debt_seconds=uncovered_seconds, forgiven_seconds=0)
    forgiven_seconds = min(uncovered_seconds, forgivable_seconds)
    return Shortfall(debt_seconds=uncovered_seconds - forgiven_seconds, forgiven_seconds=forgiven_seconds)


def settle(left_seconds: int, debts: Mapping[int, int]) -> tuple[Settlement, ...]:
    """
    Pay open debts from a newly granted purchased package.

    Args:
        left_seconds: what the package has, >= 0.
        debts: usage id -> open seconds > 0, in the order in which they were booked.

    Returns:
        Settlements in the order of the debts; together at most `left_seconds`.

    Source: domain/minutes/README.md, "Debt".
    """
    settlements = []
    for usage_id, owed_seconds in debts.items():
        paid_seconds = min(owed_seconds, left_seconds)
        if not paid_seconds:
            break
        settlements.append(Settlement(usage_id, paid_seconds))
        left_seconds -= paid_seconds
    return tuple(settlements)
