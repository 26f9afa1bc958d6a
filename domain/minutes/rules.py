"""The settings by which minutes are decided about."""

from dataclasses import dataclass
from datetime import timedelta

from domain.minutes.burn import BurnPolicy


@dataclass(frozen=True, slots=True)
class Rules:
    """What an installation may choose. Source: domain/minutes/README.md, "Usage" and "Burn order"."""

    policy: BurnPolicy = BurnPolicy.OLDEST_FIRST
    late_window: timedelta = timedelta(hours=72)
    forgive_below_seconds: int = 60
    forgive_daily_seconds: int = 120
