"""Money that comes again and again, as money of a month. Source: README.md, "Subscriptions"."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from types import MappingProxyType

from domain.periods import PeriodUnit

_DAYS_OF_A_MONTH = Fraction(3_652_425, 10_000) / 12

MONTHS: Mapping[PeriodUnit, Fraction] = MappingProxyType(
    {
        PeriodUnit.DAY: _DAYS_OF_A_MONTH,
        PeriodUnit.WEEK: _DAYS_OF_A_MONTH / 7,
        PeriodUnit.MONTH: Fraction(1),
        PeriodUnit.YEAR: Fraction(1, 12),
    }
)
"""How often a period's price comes in a month of 30.436875 days, the mean of the calendar."""

PAID_WITHIN = timedelta(days=9)
"""So long after a failure, or the end of a trial, money counts as recovered: the days of dunning, and two more."""


def monthly_minor(price_minor: int, unit: PeriodUnit) -> int:
    """
    Return what a price that is paid every period is in a month, in minor units, a half rounded up.

    Args:
        price_minor: >= 0.
        unit: of the period.
    """
    return (2 * price_minor * MONTHS[unit] + 1).__floor__() // 2
