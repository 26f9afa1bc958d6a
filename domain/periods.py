"""Periods of time, half-open: the start belongs to them, the end does not."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts_at` up to, and without, `ends_at`; None means without end. Aware UTC."""

    starts_at: datetime
    ends_at: datetime | None = None

    def contains(self, at: datetime) -> bool:
        """Tell whether one moment lies inside."""
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def has_ended(self, at: datetime) -> bool:
        """Tell whether the period is over at one moment; at its end it is over."""
        return self.ends_at is not None and self.ends_at <= at
