"""What is announced of packages as time goes by: starts, warnings and ends, each once and while it is true."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import orjson
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


def owed(harness: MinutesHarness) -> list[tuple[str, str, dict[str, Any]]]:
    """The notices that are owed, in order: kind, subject without the package's id, and what each says."""
    rows = harness.select("SELECT body FROM outbox WHERE routing_key = 'notice' ORDER BY id")
    said = [orjson.loads(bytes(row["body"]))["data"] for row in rows]
    return [
        (one["kind"], one["subject"].removeprefix(one["content"]["package_id"]), one["content"])
        for one in said
        if one["kind"].startswith("package_")
    ]


class TestNotices:
    def test_are_owed_for_a_start_two_warnings_and_an_end(self, own_harness: MinutesHarness) -> None:
        start = NOW + DAY
        own_harness.apply(grant(own_harness.account, 100, kind="promo", activated_at=start, expires_at=END))

        said(own_harness, NOW, start)
        own_harness.apply(usage(own_harness.account, 40, at=start + HOUR), now=start + HOUR)
        said(own_harness, WEEK_BEFORE, WEEK_BEFORE, DAY_BEFORE, END, END + DAY)

        assert [(kind, subject) for kind, subject, _ in owed(own_harness)] == [
            ("package_starting", ""),
            ("package_expiring", ":7"),
            ("package_expiring", ":1"),
            ("package_expired", ""),
        ]
        [package] = own_harness.packages()
        starting, week, day, expired = (content for _, _, content in owed(own_harness))
        named = {"package_id": str(package["id"]), "package_kind": "promo"}
        end = END.isoformat()
        assert starting == named | {"granted_seconds": 100, "starts_at": start.isoformat(), "expires_at": end}
        assert week == named | {"left_seconds": 60, "expires_at": end, "days": 7}
        assert day == named | {"left_seconds": 60, "expires_at": end, "days": 1}
        assert expired == named | {"unused_seconds": 60, "expired_at": end}

    def test_are_not_owed_for_the_start_of_a_renewal_that_was_told_when_it_was_paid(
        self, own_harness: MinutesHarness
    ) -> None:
        start = NOW + 6 * HOUR
        own_harness.apply(grant(own_harness.account, 100, kind="subscription", activated_at=start, expires_at=END))

        said(own_harness, start)

        assert owed(own_harness) == []
        assert len(own_harness.facts("package.started")) == 1

    @pytest.mark.parametrize(
        ("now", "kinds"),
        [
            (DAY_BEFORE + HOUR, [("package_starting", ""), ("package_expiring", ":1")]),
            (END + HOUR, [("package_expired", "")]),
        ],
    )
    def test_that_are_stale_are_not_owed(
        self, own_harness: MinutesHarness, now: datetime, kinds: list[tuple[str, str]]
    ) -> None:
        own_harness.apply(grant(own_harness.account, 100, activated_at=NOW + DAY, expires_at=END))

        said(own_harness, now, now)

        assert [(kind, subject) for kind, subject, _ in owed(own_harness)] == kinds
        assert len(own_harness.facts("package.started")) == 1

    def test_are_not_owed_where_nothing_is_left(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 100, expires_at=END), usage(own_harness.account, 100))

        said(own_harness, WEEK_BEFORE, DAY_BEFORE, END)

        assert owed(own_harness) == []

    def test_of_a_low_balance_are_armed_by_a_start(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 3_600, activated_at=NOW + DAY))
        swept(own_harness, NOW + DAY)

        later = NOW + 2 * DAY
        own_harness.apply(usage(own_harness.account, 3_300, at=later), now=later)

        assert own_harness.select("SELECT 1 FROM outbox WHERE routing_key = 'notice' AND body LIKE '%low_balance%'")


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
