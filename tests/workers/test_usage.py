"""Usage that is reported: booked in full, judged when it occurred, owed where nothing covered it."""

from datetime import datetime, timedelta

import pytest

from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules
from tests.workers.desk import Desk
from tests.workers.events import DAY, HOUR, MINUTE, NOW, event, grant, usage
from workers.outcome import Result

SECOND = timedelta(seconds=1)
LATE_WINDOW = timedelta(hours=72)


class TestBurning:
    def test_spreads_over_packages_the_lower_priority_and_the_older_first(self, desk: Desk) -> None:
        desk.apply(
            grant(desk.account, 100, activated_at=NOW - 2 * DAY),
            grant(desk.account, 100, activated_at=NOW - 3 * DAY),
            grant(desk.account, 100, kind="promo"),
            grant(desk.account, 100, kind="bonus", priority=5),
            grant(desk.account, 100, kind="promo", priority=101),
        )

        desk.apply(usage(desk.account, 350))

        left = [(row["priority"], NOW - row["activated_at"], row["left_seconds"]) for row in desk.packages()]
        assert sorted(left) == [(5, DAY, 0), (10, DAY, 0), (100, 2 * DAY, 50), (100, 3 * DAY, 0), (101, DAY, 100)]
        assert desk.balance().available_seconds == 150

    def test_minutes_are_sixty_seconds(self, desk: Desk) -> None:
        desk.apply(event("package.grant_requested", desk.account, {"kind": "promo", "minutes": 3}, at=NOW - DAY))

        desk.apply(event("usage.reported", desk.account, {"minutes": 2}))

        assert desk.balance().available_seconds == 60
        assert [row["used_seconds"] for row in desk.usages()] == [120]

    @pytest.mark.parametrize("policy", list(BurnPolicy))
    def test_follows_the_policy_and_stores_its_name(self, desk: Desk, policy: BurnPolicy) -> None:
        rules = Rules(policy=policy)
        desk.apply(
            grant(desk.account, 100, activated_at=NOW - 3 * DAY, expires_at=NOW + 9 * DAY),
            grant(desk.account, 100, activated_at=NOW - 2 * DAY, expires_at=NOW + 2 * DAY),
        )

        desk.apply(usage(desk.account, 100), rules=rules)

        older, younger = (row["left_seconds"] for row in desk.packages())
        assert (older, younger) == ((0, 100) if policy is BurnPolicy.OLDEST_FIRST else (100, 0))
        assert [row["policy"] for row in desk.usages()] == [policy]

    @pytest.mark.parametrize(("at", "burnt_seconds"), [(-SECOND, 0), (timedelta(0), 60), (DAY - SECOND, 60), (DAY, 0)])
    def test_a_period_has_its_start_and_not_its_end(self, desk: Desk, at: timedelta, burnt_seconds: int) -> None:
        start = NOW - 2 * DAY
        desk.apply(grant(desk.account, 600, activated_at=start, expires_at=start + DAY))

        desk.apply(usage(desk.account, 60, at=start + at))

        [booked] = desk.usages()
        assert (booked["burnt_seconds"], booked["debt_seconds"]) == (burnt_seconds, 60 - burnt_seconds)

    def test_keeps_what_it_was_for(self, desk: Desk) -> None:
        told = {"session_id": "s-1", "feature": "translate", "metadata": {"language": "ru", "parts": [1, 2.5]}}

        desk.apply(usage(desk.account, 60, more=told))

        [booked] = desk.usages()
        assert (booked["session_id"], booked["feature"], booked["extra"]) == tuple(told.values())


class TestDebt:
    @pytest.mark.parametrize(("used_seconds", "debt_seconds", "forgiven_seconds"), [(159, 0, 59), (160, 60, 0)])
    def test_less_than_a_minute_is_forgiven(
        self, desk: Desk, used_seconds: int, debt_seconds: int, forgiven_seconds: int
    ) -> None:
        desk.apply(grant(desk.account, 100))

        desk.apply(usage(desk.account, used_seconds))

        [booked] = desk.usages()
        assert (booked["debt_seconds"], booked["forgiven_seconds"]) == (debt_seconds, forgiven_seconds)
        assert desk.balance().debt_seconds == debt_seconds
        assert desk.entries()[-1] == (("forgiven", 59) if forgiven_seconds else ("debt", 60))

    def test_the_next_purchased_package_pays_the_oldest_debt_first(self, desk: Desk) -> None:
        desk.apply(usage(desk.account, 300), usage(desk.account, 200))

        desk.apply(grant(desk.account, 400))

        assert desk.balance().debt_seconds == 100
        assert desk.balance().available_seconds == 0
        paid = desk.select("SELECT usage_id, seconds FROM entry WHERE account_id = :account AND kind = 'debt_settled'")
        first, second = desk.usages()
        assert [(row["usage_id"], row["seconds"]) for row in paid] == [(first["id"], -300), (second["id"], -100)]
        [told] = desk.facts("package.granted")
        assert told["data"]["settled_debt_seconds"] == 400

    def test_what_the_debt_leaves_can_be_spent(self, desk: Desk) -> None:
        desk.apply(usage(desk.account, 300), grant(desk.account, 1_000))

        assert (desk.balance().debt_seconds, desk.balance().available_seconds) == (0, 700)

    @pytest.mark.parametrize("kind", ["promo", "bonus", "subscription", "support"])
    def test_no_other_kind_pays(self, desk: Desk, kind: str) -> None:
        desk.apply(usage(desk.account, 300))

        desk.apply(grant(desk.account, 1_000, kind=kind))

        assert (desk.balance().debt_seconds, desk.balance().available_seconds) == (300, 1_000)

    def test_a_purchased_package_that_has_ended_pays_nothing(self, desk: Desk) -> None:
        desk.apply(usage(desk.account, 300))

        desk.apply(grant(desk.account, 1_000, activated_at=NOW - DAY, expires_at=NOW))

        assert desk.balance().debt_seconds == 300

    def test_is_paid_within_the_batch_that_made_it(self, desk: Desk) -> None:
        desk.apply(usage(desk.account, 300), grant(desk.account, 200), grant(desk.account, 200))

        assert (desk.balance().debt_seconds, desk.balance().available_seconds) == (0, 100)


class TestJudging:
    @pytest.mark.parametrize(("over", "is_late"), [(timedelta(0), False), (SECOND, True)])
    def test_after_the_late_window_it_is_judged_now(self, desk: Desk, over: timedelta, is_late: bool) -> None:
        occurred_at = NOW - LATE_WINDOW - over
        desk.apply(
            grant(desk.account, 100, activated_at=NOW - 9 * DAY, expires_at=occurred_at + MINUTE),
            grant(desk.account, 200),
        )

        desk.apply(usage(desk.account, 100, at=occurred_at))

        ended, live = (row["left_seconds"] for row in desk.packages())
        assert (ended, live) == ((100, 100) if is_late else (0, 200))
        [booked] = desk.usages()
        assert booked["is_late"] is is_late
        assert booked["occurred_at"] == occurred_at
        assert booked["judged_at"] == (NOW if is_late else occurred_at)

    @pytest.mark.parametrize(
        ("ahead", "result"), [(5 * MINUTE, Result.APPLIED), (5 * MINUTE + SECOND, Result.REJECTED)]
    )
    def test_a_clock_may_run_five_minutes_ahead(self, desk: Desk, ahead: timedelta, result: Result) -> None:
        desk.apply(grant(desk.account, 600))

        [outcome] = desk.apply(usage(desk.account, 60, at=NOW + ahead))

        assert outcome.result is result
        assert desk.balance().available_seconds == (540 if result is Result.APPLIED else 600)
        assert [letter["code"] for letter in desk.letters()] == (
            [] if result is Result.APPLIED else ["FromTheFuture"]
        )

    def test_a_package_that_begins_meanwhile_pays_for_a_clock_ahead(self, desk: Desk) -> None:
        desk.apply(grant(desk.account, 600, activated_at=NOW + MINUTE))

        desk.apply(usage(desk.account, 60, at=NOW + 2 * MINUTE))

        assert desk.balance(at=NOW + HOUR).available_seconds == 540

    def test_an_unknown_account_is_opened(self, desk: Desk) -> None:
        assert desk.results(usage(desk.account, 60)) == [Result.APPLIED]

        assert desk.balance().debt_seconds == 60

    def test_a_moment_is_the_same_with_any_offset(self, desk: Desk) -> None:
        used = usage(desk.account, 60)
        moscow = datetime.fromisoformat(used["time"]) + 3 * HOUR

        results = desk.results(used, used | {"time": moscow.replace(tzinfo=None).isoformat() + "+03:00"})

        assert results == [Result.APPLIED, Result.REPEATED]
