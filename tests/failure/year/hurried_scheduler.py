"""`billing scheduler` for a year: it sees five times a second where the test clock stands, and has its timetable."""

import sys
from datetime import timedelta

import cli.processes
import scheduler.main
from cli.main import main
from tests.failure.year.timetable import YEAR_TIMETABLE

CHECK_EVERY = timedelta(seconds=0.2)

if __name__ == "__main__":
    cli.processes.CHECK_TEST_CLOCK_EVERY = CHECK_EVERY  # type: ignore[misc]
    scheduler.main.TIMETABLE = YEAR_TIMETABLE  # type: ignore[attr-defined]
    sys.argv = ["billing", "scheduler"]
    main()
