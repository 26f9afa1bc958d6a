"""Usage and spending as SEMANTICS.md has them, from the message to the ledger."""

from datetime import timedelta

import pytest

from domain.minutes.burn import BurnPolicy
from domain.minutes.rules import Rules
from tests.workers.events import DAY, HOUR, INSTANT, MINUTE, NOW, SOURCE, grant, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result

LATE_WINDOW = timedelta(hours=72)


class TestReportedUsage:
    def test_burns_promo_first_and_spreads_over_packages(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant(harness.account, 100, activated_at=NOW - 3 * DAY),
            grant(harness.account, 100, activated_at=NOW - 2 * DAY),
            grant(harness.account, 50, kind="promo", activated_at=NOW - DAY),
        )

        harness.apply(usage(harness.account, 200))

        assert [row["left_seconds"] for row in harness.packages()] == [0, 50, 0]
        assert harness.entries()[3:] == [("burn", -50), ("burn", -100), ("burn", -50)]
        [booked] = harness.usages()
        assert (booked["burnt_seconds"], booked["debt_seconds"], booked["forgiven_seconds"]) == (200, 0, 0)

    def test_minutes_are_sixty_seconds_each(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 1)
        used["data"] = {"minutes": 2}

        harness.apply(used)

        assert harness.row()["debt_seconds"] == 120

    def test_what_no_package_covers_is_debt(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100), usage(harness.account, 160))

        assert harness.entries() == [("grant", 100), ("burn", -100), ("debt", 60)]
        assert harness.row()["debt_seconds"] == 60

    def test_a_shortfall_below_a_minute_is_forgiven(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100), usage(harness.account, 159))

        assert harness.entries() == [("grant", 100), ("burn", -100), ("forgiven", 59)]
        assert harness.row()["debt_seconds"] == 0

    def test_keeps_what_was_said_besides(self, harness: MinutesHarness) -> None:
        said = {"session_id": "s-1", "feature": "captions", "metadata": {"deep": [1, {"x": None}], "text": "ü"}}

        harness.apply(usage(harness.account, 600, more=said))

        [booked] = harness.usages()
        assert (booked["session_id"], booked["feature"], booked["extra"]) == ("s-1", "captions", said["metadata"])

    def test_several_in_one_batch_burn_one_after_the_other(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 250))

        harness.apply(*(usage(harness.account, seconds) for seconds in (100, 101, 109)))

        parts = {row["used_seconds"]: (row["burnt_seconds"], row["debt_seconds"]) for row in harness.usages()}
        assert parts == {100: (100, 0), 101: (101, 0), 109: (49, 60)}

    def test_a_grant_in_the_same_batch_pays_for_what_comes_after_it(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100), usage(harness.account, 100))

        assert harness.entries() == [("grant", 100), ("burn", -100)]

    def test_soonest_expiry_burns_in_another_order_and_is_named(self, harness: MinutesHarness) -> None:
        soonest = Rules(policy=BurnPolicy.SOONEST_EXPIRY)
        harness.apply(
            grant(harness.account, 100, activated_at=NOW - 2 * DAY, expires_at=NOW + 2 * DAY),
            grant(harness.account, 100, activated_at=NOW - DAY, expires_at=NOW + DAY),
        )

        harness.apply(usage(harness.account, 100), rules=soonest)

        assert [row["left_seconds"] for row in harness.packages()] == [100, 0]
        assert harness.usages()[0]["policy"] == "soonest_expiry"


class TestDebt:
    @pytest.mark.parametrize("kind", ["promo", "bonus", "subscription", "support"])
    def test_no_other_package_pays_it(self, harness: MinutesHarness, kind: str) -> None:
        harness.apply(usage(harness.account, 600))

        harness.apply(grant(harness.account, 1_000, kind=kind))

        assert harness.row()["debt_seconds"] == 600
        assert harness.packages()[0]["left_seconds"] == 1_000

    def test_the_next_purchased_package_pays_it_first(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 600))

        harness.apply(grant(harness.account, 1_000))

        assert harness.entries() == [("debt", 600), ("grant", 1_000), ("settle", -600), ("debt_settled", -600)]
        assert harness.row()["debt_seconds"] == 0
        [package] = harness.packages()
        assert (package["left_seconds"], package["consumed_seconds"]) == (400, 600)
        [fact] = harness.facts("package.granted")
        assert (fact["data"]["granted_seconds"], fact["data"]["settled_debt_seconds"]) == (1_000, 600)

    def test_a_small_package_pays_a_part_the_oldest_first(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 100))
        harness.apply(usage(harness.account, 200))

        harness.apply(grant(harness.account, 150))

        paid = harness.select(
            "SELECT usage_id, seconds FROM entry WHERE account = (SELECT number FROM account WHERE id = :account) AND kind = 'debt_settled' ORDER BY id"
        )
        first, second = (row["id"] for row in harness.usages())
        assert [(row["usage_id"], row["seconds"]) for row in paid] == [(first, -100), (second, -50)]
        assert harness.row()["debt_seconds"] == 150

    def test_the_oldest_usage_is_paid_first_whatever_its_id(self, harness: MinutesHarness) -> None:
        older = usage(harness.account, 100, event_id=f"{harness.account}-z", at=NOW - 2 * HOUR)
        newer = usage(harness.account, 200, event_id=f"{harness.account}-a", at=NOW - HOUR)
        harness.apply(older, newer)

        harness.apply(grant(harness.account, 100))

        [paid] = harness.select(
            "SELECT used_seconds FROM entry JOIN usage ON usage.id = entry.usage_id"
            " WHERE entry.account = (SELECT number FROM account WHERE id = :account) AND kind = 'settle'"
        )
        assert paid["used_seconds"] == 100

    def test_is_paid_by_a_purchase_of_the_same_batch(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 600), grant(harness.account, 600))

        assert harness.row()["debt_seconds"] == 0
        assert harness.packages()[0]["has_left"] is False

    def test_exactly_paid_is_paid(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 600))
        harness.apply(grant(harness.account, 600))

        harness.apply(grant(harness.account, 100))

        assert harness.balance().available_seconds == 100

    def test_a_package_that_has_ended_already_pays_nothing(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 600))

        harness.apply(grant(harness.account, 600, activated_at=NOW - 2 * DAY, expires_at=NOW - DAY))

        assert harness.row()["debt_seconds"] == 600


class TestWhenItHappened:
    def test_is_judged_when_it_happened(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100, expires_at=NOW - HOUR), grant(harness.account, 100, priority=200))

        harness.apply(usage(harness.account, 100, at=NOW - HOUR - INSTANT))

        assert [row["left_seconds"] for row in harness.packages()] in ([0, 100], [100, 0])
        ended = next(row for row in harness.packages() if row["expires_at"])
        assert ended["left_seconds"] == 0

    def test_at_the_instant_of_its_end_a_package_is_over(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100, expires_at=NOW - HOUR))

        harness.apply(usage(harness.account, 100, at=NOW - HOUR))

        assert harness.row()["debt_seconds"] == 100

    def test_exactly_72_hours_late_is_judged_when_it_happened(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100, activated_at=NOW - 4 * DAY, expires_at=NOW - 2 * DAY))

        harness.apply(usage(harness.account, 100, at=NOW - LATE_WINDOW))

        [booked] = harness.usages()
        assert (booked["is_late"], booked["judged_at"], booked["burnt_seconds"]) == (False, NOW - LATE_WINDOW, 100)

    def test_an_instant_later_is_judged_now_and_marked_late(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant(harness.account, 100, activated_at=NOW - 4 * DAY, expires_at=NOW - 2 * DAY),
            grant(harness.account, 100, priority=200),
        )

        harness.apply(usage(harness.account, 100, at=NOW - LATE_WINDOW - INSTANT))

        [booked] = harness.usages()
        assert (booked["is_late"], booked["judged_at"], booked["burnt_seconds"]) == (True, NOW, 100)
        ended = next(row for row in harness.packages() if row["expires_at"])
        assert ended["left_seconds"] == 100

    def test_five_minutes_ahead_is_a_clock_that_runs_ahead(self, harness: MinutesHarness) -> None:
        assert harness.results(usage(harness.account, 100, at=NOW + 5 * MINUTE)) == [Result.APPLIED]

        # Booked now, or the balance of this moment would not show it.
        assert (
            harness.select(
                "SELECT effective_at FROM entry WHERE account = (SELECT number FROM account WHERE id = :account)"
            )[0]["effective_at"]
            == NOW
        )

    def test_an_instant_more_is_from_the_future(self, harness: MinutesHarness) -> None:
        [outcome] = harness.apply(usage(harness.account, 100, at=NOW + 5 * MINUTE + INSTANT))

        assert (outcome.result, outcome.code) == (Result.REJECTED, "FromTheFuture")
        assert harness.entries() == []
        assert [letter["code"] for letter in harness.letters()] == ["FromTheFuture"]

    def test_a_package_of_tomorrow_pays_for_nothing_today(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100, activated_at=NOW + DAY))

        harness.apply(usage(harness.account, 100, at=NOW))

        assert harness.row()["debt_seconds"] == 100


class TestSpending:
    def test_is_accepted_in_full(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 60, kind="promo"), grant(harness.account, 60))
        request = spend(harness.account, 120, at=NOW)

        [outcome] = harness.apply(request)

        assert outcome.result is Result.APPLIED
        last = next(package for package in harness.packages() if package["kind"] == "purchased")
        assert outcome.answer == {
            "request_source": SOURCE,
            "request_id": request["id"],
            "spent_seconds": 120,
            "available_seconds": 0,
            "package_id": str(last["id"]),
            "package_left_seconds": 0,
        }
        assert [row["left_seconds"] for row in harness.packages()] == [0, 0]
        assert [fact["data"] for fact in harness.facts("spend.accepted")] == [outcome.answer]
        assert harness.usages()[0]["is_requested"] is True

    def test_one_second_too_many_is_refused_and_changes_nothing(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 60, kind="promo"), grant(harness.account, 60))
        before = (harness.row(), harness.entries(), harness.packages())

        [outcome] = harness.apply(spend(harness.account, 121, at=NOW))

        assert outcome.result is Result.REFUSED
        assert (outcome.answer["requested_seconds"], outcome.answer["available_seconds"]) == (121, 120)
        assert (harness.row(), harness.entries(), harness.packages()) == before
        assert harness.usages() == []
        assert [fact["data"] for fact in harness.facts("spend.refused")] == [outcome.answer]

    def test_a_small_shortfall_is_not_forgiven_to_who_asks_first(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100))

        assert harness.results(spend(harness.account, 101)) == [Result.REFUSED]

    def test_an_account_without_minutes_is_refused(self, harness: MinutesHarness) -> None:
        [outcome] = harness.apply(spend(harness.account, 1))

        assert outcome.result is Result.REFUSED
        assert outcome.answer["available_seconds"] == 0

    def test_an_accepted_answer_is_repeated_under_the_same_id(self, harness: MinutesHarness) -> None:
        request = spend(harness.account, 100)
        harness.apply(grant(harness.account, 100), request)

        [outcome] = harness.apply(request)

        assert outcome.result is Result.REPEATED
        first, again = harness.facts("spend.accepted")
        assert (first["id"], first["data"]) == (again["id"], again["data"])
        assert outcome.answer == first["data"]
        assert harness.packages()[0]["consumed_seconds"] == 100

    def test_a_refused_answer_stays_the_answer_although_there_is_enough_by_now(self, harness: MinutesHarness) -> None:
        request = spend(harness.account, 100)
        harness.apply(request)
        harness.apply(grant(harness.account, 1_000))

        [outcome] = harness.apply(request)

        assert (outcome.result, outcome.reason) == (Result.REPEATED, "refused before")
        first, again = harness.facts("spend.refused")
        assert (first["id"], first["data"]) == (again["id"], again["data"])
        assert harness.facts("spend.accepted") == []
        assert harness.balance().available_seconds == 1_000

    def test_a_repeat_in_the_same_batch_hears_the_same_answer(self, harness: MinutesHarness) -> None:
        request = spend(harness.account, 100)

        first, again = harness.apply(request, request)

        assert (first.result, again.result) == (Result.REFUSED, Result.REPEATED)
        assert first.answer == again.answer

    def test_two_that_ask_at_once_do_not_both_get_the_last_minute(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100))

        results = harness.results(spend(harness.account, 60), spend(harness.account, 60))

        assert results == [Result.APPLIED, Result.REFUSED]


class TestGranting:
    def test_the_same_grant_is_always_the_same_package(self, harness: MinutesHarness) -> None:
        given = grant(harness.account, 100, event_id="grant-1")
        harness.apply(given)

        assert harness.results(given) == [Result.REPEATED]
        assert len(harness.packages()) == 1

    @pytest.mark.parametrize("expires_at", [NOW - DAY, NOW - DAY - INSTANT])
    def test_an_empty_period_is_rejected(self, harness: MinutesHarness, expires_at: object) -> None:
        [outcome] = harness.apply(grant(harness.account, 100, activated_at=NOW - DAY, expires_at=expires_at))  # type: ignore[arg-type]

        assert (outcome.result, outcome.code) == (Result.REJECTED, "EmptyPeriod")
        assert harness.packages() == []

    def test_without_a_start_it_starts_at_the_time_of_the_message(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 100, activated_at=None, at=NOW - HOUR))

        assert harness.packages()[0]["activated_at"] == NOW - HOUR

    @pytest.mark.parametrize(
        ("kind", "priority"),
        [("purchased", 100), ("subscription", 100), ("promo", 10), ("bonus", 10), ("support", 10)],
    )
    def test_each_kind_has_its_priority(self, harness: MinutesHarness, kind: str, priority: int) -> None:
        harness.apply(grant(harness.account, 100, kind=kind), grant(harness.account, 100, kind=kind, priority=7))

        assert sorted(row["priority"] for row in harness.packages()) == [7, priority]

    def test_the_largest_grants_add_up(self, harness: MinutesHarness) -> None:
        harness.apply(*(grant(harness.account, 36_000_000) for _ in range(70)))

        assert harness.balance().available_seconds == 70 * 36_000_000
