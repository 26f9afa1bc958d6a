"""
`billing scheduler` with another timetable: a tick every four seconds instead of every minute.

Run as a program. It begins in the first half of an interval, so that a busy machine does not push
a tick into the next one.
"""

import sys
import time
from datetime import timedelta

import scheduler.main
from cli.main import main
from messages.minutes.reminders import ExpirySweepRequested
from scheduler.timetable import Tick

JOB = "quick-sweep"
EVERY_SECONDS = 4
_BEGIN_AT_SECONDS = 0.2

if __name__ == "__main__":
    ticks = (Tick(JOB, timedelta(seconds=EVERY_SECONDS), ExpirySweepRequested),)
    scheduler.main.TIMETABLE = ticks  # type: ignore[attr-defined]
    sys.argv = ["billing", "scheduler"]
    time.sleep((_BEGIN_AT_SECONDS - time.time()) % EVERY_SECONDS)
    main()
