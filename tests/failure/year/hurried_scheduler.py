"""`billing scheduler` that sees five times a second where the test clock stands, instead of once."""

import sys
from datetime import timedelta

import cli.processes
from cli.main import main

CHECK_EVERY = timedelta(seconds=0.2)

if __name__ == "__main__":
    cli.processes.CHECK_TEST_CLOCK_EVERY = CHECK_EVERY  # type: ignore[misc]
    sys.argv = ["billing", "scheduler"]
    main()
