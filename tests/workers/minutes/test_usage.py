"""Usage that is reported: booked in full, judged when it occurred, owed where nothing covered it."""

from datetime import timedelta

import pytest

from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules
from tests.workers.events import DAY, HOUR, MINUTE, NOW, grant, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result

SECOND = timedelta(seconds=1)
LATE_WINDOW = timedelta(hours=72)


class TestBurning:
    def test_spreads_over_packages_the_lower_priority_and_the_older_first(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant(harness.account, 100, activated_at=NOW - 2 * DAY),
            grant(harness.account, 100, activated_at=NOW - 3 * DAY),
            grant(harness.account, 100, kind="promo"),
            grant(harness.account, 100, kind="bonus", priority=5),
            grant(harness.account, 100, kind="promo", priority=101),
        )

        harness.apply(usage(harness.account, 350))

        left = [(row["priority"], NOW - row["activated_at"], row["left_seconds"]) for row in harness.packages()]
        assert sorted(left) == [(5, DAY, 0), (10, DAY, 0), (100, 2 * DAY, 50), (100, 3 * DAY, 0), (101, DAY, 100)]
        assert harness.balance().available_seconds == 150

    @pytest.mark.parametrize("policy", list(BurnPolicy))
    def test_follows_the_policy_and_stores_its_name(self, harness: MinutesHarness, policy: BurnPolicy) -> None:
        rules = Rules(policy=policy)
        harness.apply(
            grant(harness.account, 100, activated_at=NOW - 3 * DAY, expires_at=NOW + 9 * DAY),
            grant(harness.account, 100, activated_at=NOW - 2 * DAY, expires_at=NOW + 2 * DAY),
        )

        harness.apply(usage(harness.account, 100), rules=rules)

        older, younger = (row["left_seconds"] for row in harness.packages())
        assert (older, younger) == ((0, 100) if policy is BurnPolicy.OLDEST_FIRST else (100, 0))
        assert [row["policy"] for row in harness.usages()] == [policy]

    @pytest.mark.parametrize(("at", "burnt_seconds"), [(-SECOND, 0), (timedelta(0), 60), (DAY - SECOND, 60), (DAY, 0)])
    def test_a_period_has_its_start_and_not_its_end(
        self, harness: MinutesHarness, at: timedelta, burnt_seconds: int
    ) -> None:
        start = NOW - 2 * DAY
        harness.apply(grant(harness.account, 600, activated_at=start, expires_at=start + DAY))

        harness.apply(usage(harness.account, 60, at=start + at))

        [booked] = harness.usages()
        assert (booked["burnt_seconds"], booked["debt_seconds"]) == (burnt_seconds, 60 - burnt_seconds)


class TestForgivenDaily:
    @pytest.mark.parametrize("is_batch", [True, False])
    def test_stops_at_the_limit(self, harness: MinutesHarness, is_batch: bool) -> None:
        slices = [usage(harness.account, 50) for _ in range(4)]

        for batch in [slices] if is_batch else [[each] for each in slices]:
            harness.apply(*batch)

        assert harness.entries() == [
            ("forgiven", 50),
            ("forgiven", 50),
            ("debt", 30),
            ("forgiven", 20),
            ("debt", 50),
        ]
        assert harness.row()["debt_seconds"] == 80

    def test_counts_by_the_day_of_the_usage(self, harness: MinutesHarness) -> None:
        for days_ago in (0, 2, 0, 2, 0, 2):
            harness.apply(usage(harness.account, 59, at=NOW - days_ago * DAY))

        assert harness.row()["debt_seconds"] == 2 * (3 * 59 - 120)
        assert sorted(harness.row()["forgiven"].values()) == [120, 120]

    def test_counts_late_usage_on_the_day_on_which_it_is_judged(self, harness: MinutesHarness) -> None:
        for at in (NOW, NOW, NOW - LATE_WINDOW - HOUR):
            harness.apply(usage(harness.account, 59, at=at))

        assert harness.row()["debt_seconds"] == 3 * 59 - 120

    def test_forgets_days_that_are_over(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 59))
        later = NOW + 5 * DAY

        harness.apply(usage(harness.account, 59, at=later), now=later)

        assert list(harness.row()["forgiven"]) == [later.date().isoformat()]

    def test_is_stored_for_whoever_is_forgiven_and_nobody_else(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100), usage(harness.account, 50))

        assert harness.row()["forgiven"] is None


class TestDebt:
    @pytest.mark.parametrize(("used_seconds", "debt_seconds", "forgiven_seconds"), [(159, 0, 59), (160, 60, 0)])
    def test_less_than_a_minute_is_forgiven(
        self, harness: MinutesHarness, used_seconds: int, debt_seconds: int, forgiven_seconds: int
    ) -> None:
        harness.apply(grant(harness.account, 100))

        harness.apply(usage(harness.account, used_seconds))

        [booked] = harness.usages()
        assert (booked["debt_seconds"], booked["forgiven_seconds"]) == (debt_seconds, forgiven_seconds)
        assert harness.balance().debt_seconds == debt_seconds
        assert harness.entries()[-1] == (("forgiven", 59) if forgiven_seconds else ("debt", 60))


class TestJudging:
    @pytest.mark.parametrize(("over", "is_late"), [(timedelta(0), False), (SECOND, True)])
    def test_after_the_late_window_it_is_judged_now(
        self, harness: MinutesHarness, over: timedelta, is_late: bool
    ) -> None:
        occurred_at = NOW - LATE_WINDOW - over
        harness.apply(
            grant(harness.account, 100, activated_at=NOW - 9 * DAY, expires_at=occurred_at + MINUTE),
            grant(harness.account, 200),
        )

        harness.apply(usage(harness.account, 100, at=occurred_at))

        ended, live = (row["left_seconds"] for row in harness.packages())
        assert (ended, live) == ((100, 100) if is_late else (0, 200))
        [booked] = harness.usages()
        assert booked["is_late"] is is_late
        assert booked["occurred_at"] == occurred_at
        assert booked["judged_at"] == (NOW if is_late else occurred_at)

    @pytest.mark.parametrize(
        ("ahead", "result"), [(5 * MINUTE, Result.APPLIED), (5 * MINUTE + SECOND, Result.REJECTED)]
    )
    def test_a_clock_may_run_five_minutes_ahead(
        self, harness: MinutesHarness, ahead: timedelta, result: Result
    ) -> None:
        harness.apply(grant(harness.account, 600))

        [outcome] = harness.apply(usage(harness.account, 60, at=NOW + ahead))

        assert outcome.result is result
        assert harness.balance().available_seconds == (540 if result is Result.APPLIED else 600)
        assert [letter["code"] for letter in harness.letters()] == (
            [] if result is Result.APPLIED else ["FromTheFuture"]
        )

    def test_a_package_that_begins_meanwhile_pays_for_a_clock_ahead(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 600, activated_at=NOW + MINUTE))

        harness.apply(usage(harness.account, 60, at=NOW + 2 * MINUTE))

        assert harness.balance(at=NOW + HOUR).available_seconds == 540
