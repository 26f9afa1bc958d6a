"""Burning: which packages pay for a debit, and how much of it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from domain.minutes.package import Package

NEVER = datetime.max.replace(tzinfo=UTC)
"""Stands for "no expiry" where packages are put in order, so that it comes last."""


class BurnPolicy(StrEnum):
    """In which order packages of equal priority are burnt."""

    OLDEST_FIRST = "oldest_first"
    SOONEST_EXPIRY = "soonest_expiry"


class UnableToBurn(ValueError):
    """The seconds to burn are not a positive whole number."""


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Burn:
    """
    What one debit took from one package; whole seconds > 0.

    `rival_id` is the package that would have been next, None if there was no other; it says why this one was
    taken from, and is no part of what was taken.
    """

    package_id: str
    seconds: int
    rival_id: str | None = field(default=None, compare=False)


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Burning:
    """Burns in burn order, and the seconds >= 0 that no package covered."""

    burns: tuple[Burn, ...]
    uncovered_seconds: int


def burn(
    used_seconds: int,
    packages: Iterable[Package],
    *,
    at: datetime,
    policy: BurnPolicy = BurnPolicy.OLDEST_FIRST,
) -> Burning:
    """
    Take used seconds from the packages that are eligible at one moment.

    Lower priority number first, then older, then earlier to expire, then id, so the
    same input always gives the same burns.

    Args:
        used_seconds: whole seconds, > 0.
        packages: every package of one account with something left, in any order.
        at: aware UTC moment of the usage; a package's end is exclusive.
        policy: `soonest_expiry` looks at the expiry before the age.

    Returns:
        Burns in burn order and `uncovered_seconds` >= 0; together `used_seconds`.

    Raises:
        UnableToBurn: used_seconds is not positive.

    Source: domain/minutes/README.md, "Burn order".
    """
    if used_seconds <= 0:
        raise UnableToBurn(f"used_seconds is {used_seconds}; a debit is at least 1 second")
    burns = []
    uncovered_seconds = used_seconds
    order = in_burn_order(packages, at=at, policy=policy)
    for place, package in enumerate(order, 1):
        taken_seconds = min(uncovered_seconds, package.left_seconds)
        burns.append(Burn(package.id, taken_seconds, order[place].id if place < len(order) else None))
        uncovered_seconds -= taken_seconds
        if not uncovered_seconds:
            break
    return Burning(tuple(burns), uncovered_seconds)


def in_burn_order(
    packages: Iterable[Package], *, at: datetime, policy: BurnPolicy = BurnPolicy.OLDEST_FIRST
) -> list[Package]:
    """Return the packages that are eligible at one moment, the first to burn first."""
    eligible = [package for package in packages if package.is_eligible(at)]
    if len(eligible) > 1:
        eligible.sort(key=_ORDER[policy])
    return eligible


def _oldest_first(package: Package) -> tuple[int, datetime, datetime, str]:
    return package.priority, package.activated_at, package.expires_at or NEVER, package.id


def _soonest_expiry(package: Package) -> tuple[int, datetime, datetime, str]:
    return package.priority, package.expires_at or NEVER, package.activated_at, package.id


_ORDER: dict[BurnPolicy, Callable[[Package], tuple[int, datetime, datetime, str]]] = {
    BurnPolicy.OLDEST_FIRST: _oldest_first,
    BurnPolicy.SOONEST_EXPIRY: _soonest_expiry,
}
