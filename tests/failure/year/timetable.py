"""
The timetable of a simulated year: what it is not about comes once a day.

Its clock leaps some ten times a day, and at each leap every job of the product would be due. Campaigns, counting and
their like have years and tests of their own; here they would be half of the work.
"""

from dataclasses import replace
from datetime import timedelta

from scheduler.timetable import TIMETABLE

AT_EACH_LEAP = frozenset(
    {"expiry-sweep", "poll-open-payments", "import-recent", "send-notices", "renew-subscriptions", "top-up"}
)

YEAR_TIMETABLE = tuple(
    tick if tick.job in AT_EACH_LEAP else replace(tick, every=timedelta(days=1)) for tick in TIMETABLE
)
