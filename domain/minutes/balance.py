"""The balance: what an account can spend at one moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from domain.minutes.burn import BurnPolicy, in_burn_order
from domain.minutes.package import Package


@dataclass(frozen=True, slots=True)
class Balance:
    """Seconds >= 0 that could be spent at `at`, seconds owed, and the packages in burn order."""

    at: datetime
    available_seconds: int
    debt_seconds: int
    packages: tuple[Package, ...]

    @property
    def available_minutes(self) -> int:
        """Whole minutes, floored, for people and for Screph's old calls."""
        return self.available_seconds // 60


def available_seconds(packages: Iterable[Package], *, at: datetime) -> int:
    """Return what the packages that are eligible at one moment have left, together."""
    return sum(package.left_seconds for package in packages if package.is_eligible(at))


def balance(
    packages: Iterable[Package],
    *,
    debt_seconds: int,
    at: datetime,
    policy: BurnPolicy = BurnPolicy.OLDEST_FIRST,
) -> Balance:
    """
    Return the balance of one account at one moment.

    Args:
        packages: the packages of the account as they stood at that moment, in any order.
        debt_seconds: what the account owed then, >= 0.
        at: aware UTC.
        policy: the order in which the packages are listed.
    """
    live = in_burn_order(packages, at=at, policy=policy)
    return Balance(at, sum(package.left_seconds for package in live), debt_seconds, tuple(live))
