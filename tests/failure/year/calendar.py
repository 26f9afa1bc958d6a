"""The calendar of a simulated year: one test clock for the product's processes, the doubles and the test."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from boot.clock import ShiftedClock, move_clock


class Calendar:
    """
    The test clock, which only goes forward.

    Args:
        file: what `BILLING_CLOCK` names.
        begins_at: aware UTC moment that it is first.
    """

    def __init__(self, file: Path, *, begins_at: datetime) -> None:
        self.file = file
        self._clock = ShiftedClock(file)
        move_clock(file, begins_at - datetime.now(UTC))

    def now(self) -> datetime:
        """Return the present moment, for everybody."""
        return self._clock()

    def move_to(self, moment: datetime) -> None:
        """Let it become a moment; one that is over changes nothing."""
        ahead = moment - self.now()
        if ahead > timedelta():
            move_clock(self.file, ahead)
