"""Every tick of the product, on one page."""

from dataclasses import dataclass
from datetime import timedelta

from messages.calls import OpenRowsLookRequested, RecentLookRequested, SumsLookRequested
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
    # A webhook that was lost is made up for within a quarter of an hour …
    Tick("look-at-open-rows", timedelta(minutes=5), OpenRowsLookRequested),
    # … what was done in a gateway's dashboard, within an hour or so …
    Tick("look-at-recent", timedelta(hours=1), RecentLookRequested),
    # … and what nobody knows of shows in the sums of the day.
    Tick("look-at-sums", timedelta(days=1), SumsLookRequested),
)
