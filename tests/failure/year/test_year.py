"""A simulated year: `make year` lives a thousand subscriptions, the suite twenty for three months."""

import os

import pytest

from tests.failure.installation import Installation
from tests.failure.year.comparison import differences_of, events_of
from tests.failure.year.year import OUTAGE, Plan, new_year

SEED = os.environ.get("SEED", "1")

WHOLE = Plan(
    subscriptions=1_000,
    days=372,
    begin_until_day=240,
    eagerness=1.0,
    declined=0.14,
    troubles={
        "worker_killed": 20,
        "all_workers_killed": 6,
        "scheduler_killed": 5,
        "relay_killed": 5,
        "postgres_stopped": 5,
        "rabbit_killed": 3,
        "gateway_is_out": 14,
    },
)
SHORT = Plan(
    subscriptions=20,
    days=75,
    begin_until_day=12,
    eagerness=5.0,
    declined=0.35,
    troubles={"worker_killed": 1, "postgres_stopped": 1, "gateway_is_out": 2},
)
PLAN = WHOLE if os.environ.get("WHOLE_YEAR") else SHORT


class TestYear:
    @pytest.mark.timeout(7_200)
    def test_ends_with_equal_books(self, installation: Installation) -> None:
        print(f"SEED={SEED} lets the same people do the same once more")

        with new_year(installation, PLAN, seed=SEED) as year:
            year.live()
            found = differences_of(year)
            print("\n".join(events_of(year)))

        struck = {name: times for name, times in PLAN.troubles.items() if name != OUTAGE}
        assert year.troubles.happened == struck
        assert found == [], "\n".join(found)
