"""Every tick of the product, on one page."""

from dataclasses import dataclass
from datetime import timedelta

from messages.due import ExpirySweepRequested
from messages.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Tick:
    """
    A reminder at a steady interval.

    The work is level-triggered: each handles all that is due, so one that is missed, or comes
    late, is made up by the next. `job` names it in the slot table; `every` divides a day.
    """

    job: str
    every: timedelta
    reminder: type[Envelope]


TIMETABLE = (
    # Ends of packages are told within a minute; what is left is booked when the late window has closed.
    Tick("expiry-sweep", timedelta(minutes=1), ExpirySweepRequested),
)
