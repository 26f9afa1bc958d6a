"""
`billing worker` for whom a gateway's answer is late after a second: `python -m tests.failure.year.hurried_worker`.

It is the product's own command; calls that hang are cut short, and the daily comparison of totals looks back for two
days instead of seven, so that a year of them takes minutes.
"""

import sys

import stripe

from cli.main import main
from gateways import sessions
from workers.payments import totals

DEADLINE_S = 1.0
TOTALS_DAYS = 2

if __name__ == "__main__":
    whole = sessions._Deadline
    sessions._Deadline = lambda seconds: whole(min(seconds, DEADLINE_S))  # type: ignore[assignment,misc]
    # Between its tries the SDK would wait for half a second and more.
    stripe.HTTPClient.INITIAL_DELAY = 0.0
    totals.TOTALS_DAYS = TOTALS_DAYS  # type: ignore[misc]
    sys.argv = ["billing", "worker"]
    main()
