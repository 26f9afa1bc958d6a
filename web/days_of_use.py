"""What accounts have used on days that are over, remembered by a process: reading it from a long ledger takes 0.4 s."""

from store.minutes.read import DaysKey, DaysOfUse
from web.recent import Recent

DAYS_SECONDS = 3_600.0
"""What is reported late or reversed changes a forecast after so long at the most; a balance is never remembered."""


def days_of_use() -> DaysOfUse:
    """Return an empty memory of 10 000 accounts."""
    return Recent[DaysKey, tuple[int, ...]](seconds=DAYS_SECONDS)
