"""What is announced of packages as time goes by: starts, warnings and ends, each once and while it is true."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from tests.workers.events import DAY, HOUR, INSTANT, NOW, grant, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from tests.workers.minutes.test_expire import swept
from workers.minutes.expire import Swept

END = NOW + 30 * DAY
WEEK_BEFORE, DAY_BEFORE = END - 7 * DAY, END - DAY


def said(harness: MinutesHarness, *moments: datetime) -> list[Swept]:
    """Sweep at some moments."""
    return [swept(harness, now, f"sweep {number}") for number, now in enumerate(moments)]


def due_at(harness: MinutesHarness) -> Any:
    """When something is announced of the harness's one package next."""
    [package] = harness.packages()
    return package["announce_at"]


class TestStart:
    def test_of_a_package_that_was_granted_for_later_is_a_fact_on_time(self, own_harness: MinutesHarness) -> None:
        later = NOW + 3 * DAY
        own_harness.apply(grant(own_harness.account, 100, activated_at=later))

        before, on_time, after = said(own_harness, later - INSTANT, later, later + HOUR)

        assert (before.started, on_time.started, after.started) == (0, 1, 0)
        [fact] = own_harness.facts("package.started")
        [package] = own_harness.packages()
        assert fact["data"] == {
            "package_id": str(package["id"]),
            "kind": "purchased",
            "started_at": "2026-11-26T12:00:00Z",
            "left_seconds": 100,
            "expires_at": None,
        }
        assert own_harness.facts("balance.changed")[-1]["data"]["available_seconds"] == 100
        assert package["announce_at"] is None

    def test_of_one_that_begins_at_once_is_none(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, activated_at=NOW))

        assert said(own_harness, NOW, NOW + DAY) == [Swept(0, 0), Swept(0, 0)]


class TestWarnings:
    def test_are_given_seven_days_and_one_day_before_the_end(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=END))

        moments = (WEEK_BEFORE - INSTANT, WEEK_BEFORE, DAY_BEFORE - INSTANT, DAY_BEFORE, END - INSTANT, END)
        found = said(own_harness, *moments)

        assert [each.warned for each in found] == [0, 1, 0, 1, 0, 0]
        assert [each.announced for each in found] == [0, 0, 0, 0, 0, 1]
        # A warning changes no balance.
        assert len(own_harness.facts("balance.changed")) == 2

    def test_are_not_given_where_nothing_is_left(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=END), usage(own_harness.account, 100))

        assert said(own_harness, WEEK_BEFORE, DAY_BEFORE, END) == [Swept(0, 0)] * 3

    def test_are_given_when_minutes_come_back(self, own_harness: MinutesHarness) -> None:
        used = usage(own_harness.account, 100)
        own_harness.apply(grant(own_harness.account, 100, expires_at=END), used)
        swept(own_harness, WEEK_BEFORE, "nothing left")

        own_harness.apply(reversal(own_harness.account, used["id"], at=WEEK_BEFORE), now=WEEK_BEFORE + HOUR)

        assert swept(own_harness, WEEK_BEFORE + HOUR, "something left").warned == 1

    @pytest.mark.parametrize(
        ("now", "found", "next_at"),
        [
            (WEEK_BEFORE + 3 * DAY, Swept(0, 0, warned=1), DAY_BEFORE),
            (DAY_BEFORE + HOUR, Swept(0, 0, warned=1), END),
            (END + HOUR, Swept(1, 0), None),
        ],
    )
    def test_that_are_stale_are_not_given(
        self, own_harness: MinutesHarness, now: datetime, found: Swept, next_at: datetime | None
    ) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=END))

        assert said(own_harness, now, now) == [found, Swept(0, 0)]
        assert due_at(own_harness) == next_at

    def test_are_given_once_by_many_sweeps_at_once(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(*(grant(f"account-{number}", 100, expires_at=END) for number in range(40)))

        with ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda number: swept(own_harness, DAY_BEFORE, str(number)), range(4)))
        found.append(swept(own_harness, DAY_BEFORE, "what was in use"))

        assert sum(each.warned for each in found) == 40


class TestAYear:
    def test_in_steps_of_any_length_says_everything_once(self, own_harness: MinutesHarness) -> None:
        lengths = [HOUR, DAY, 3 * DAY, 8 * DAY, 30 * DAY, 300 * DAY]
        own_harness.apply(
            *(
                grant(f"{start}-{number}", 100, activated_at=NOW + start * DAY, expires_at=NOW + start * DAY + length)
                for start in (-1, 0, 20)
                for number, length in enumerate(lengths)
            )
        )

        now, found = NOW, []
        for step in (
            HOUR,
            2 * HOUR,
            20 * HOUR,
            DAY,
            DAY,
            5 * DAY,
            12 * DAY,
            DAY,
            7 * DAY,
            24 * DAY,
            290 * DAY,
            4 * DAY,
        ):
            now += step
            found.append(swept(own_harness, now, now.isoformat()))

        assert sum(each.started for each in found) == 6
        assert sum(each.announced for each in found) == sum(each.booked for each in found) == 18
        assert own_harness.select("SELECT 1 FROM package WHERE announce_at IS NOT NULL OR has_left") == []
