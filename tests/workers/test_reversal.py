"""Corrections: what a usage took goes back to where it came from, once."""

import pytest

from broker.delivery import DeliveriesFailed
from tests.workers.deliveries import delivery, usage_worker
from tests.workers.desk import Desk
from tests.workers.events import DAY, HOUR, NOW, SOURCE, grant, reversal, spend, usage
from workers.booking import TooEarly
from workers.outcome import Result


class TestGivingBack:
    def test_goes_in_reverse_order_to_the_same_packages(self, desk: Desk) -> None:
        used = usage(desk.account, 150)
        desk.apply(grant(desk.account, 100, activated_at=NOW - 2 * DAY), grant(desk.account, 100), used)

        [outcome] = desk.apply(reversal(desk.account, used["id"]))

        assert [row["left_seconds"] for row in desk.packages()] == [100, 100]
        assert desk.entries()[2:] == [("burn", -100), ("burn", -50), ("give_back", 50), ("give_back", 100)]
        assert outcome.answer["given_back_seconds"] == 150
        assert desk.balance().available_seconds == 200
        [told] = desk.facts("usage.reversed")
        assert told["data"] == outcome.answer
        assert (told["data"]["usage_id"], told["data"]["usage_source"]) == (used["id"], SOURCE)

    def test_a_spend_can_be_corrected_too(self, desk: Desk) -> None:
        asked = spend(desk.account, 100)
        desk.apply(grant(desk.account, 100), asked)

        assert desk.results(reversal(desk.account, asked["id"])) == [Result.APPLIED]
        assert desk.balance().available_seconds == 100

    def test_a_refused_spend_has_nothing_to_correct(self, desk: Desk) -> None:
        asked = spend(desk.account, 100)
        desk.apply(asked)

        assert desk.results(reversal(desk.account, asked["id"])) == [Result.TOO_EARLY]

    def test_in_the_same_batch_as_its_usage(self, desk: Desk) -> None:
        used = usage(desk.account, 100)

        results = desk.results(
            grant(desk.account, 100), used, reversal(desk.account, used["id"]), spend(desk.account, 100)
        )

        assert results == [Result.APPLIED] * 4
        assert desk.balance().available_seconds == 0

    def test_two_corrections_in_one_batch_share_a_package(self, desk: Desk) -> None:
        first, second = usage(desk.account, 100), usage(desk.account, 200)
        desk.apply(grant(desk.account, 300), first, second)

        results = desk.results(reversal(desk.account, first["id"]), reversal(desk.account, second["id"]))

        assert results == [Result.APPLIED] * 2
        assert desk.balance().available_seconds == 300


class TestEndedMeanwhile:
    def test_it_expires_again_at_once(self, desk: Desk) -> None:
        used = usage(desk.account, 100, at=NOW - 2 * HOUR)
        desk.apply(
            grant(desk.account, 60, expires_at=NOW - HOUR, kind="promo"), grant(desk.account, 100), used
        )

        [outcome] = desk.apply(reversal(desk.account, used["id"]))

        assert (outcome.answer["given_back_seconds"], outcome.answer["expired_again_seconds"]) == (100, 60)
        assert outcome.answer["support_package_id"] is None
        assert desk.balance().available_seconds == 100
        ended = next(row for row in desk.packages() if row["kind"] == "promo")
        assert (ended["left_seconds"], ended["consumed_seconds"], ended["expired_seconds"]) == (0, 0, 60)

    def test_our_fault_grants_it_anew_for_support(self, desk: Desk) -> None:
        used = usage(desk.account, 100, at=NOW - 2 * HOUR)
        desk.apply(grant(desk.account, 60, expires_at=NOW - HOUR, kind="promo"), grant(desk.account, 100), used)

        [outcome] = desk.apply(reversal(desk.account, used["id"], our_fault=True))

        assert desk.balance().available_seconds == 160
        support = next(row for row in desk.packages() if row["kind"] == "support")
        assert str(support["id"]) == outcome.answer["support_package_id"]
        assert (support["granted_seconds"], support["expires_at"]) == (60, None)

    def test_our_fault_grants_nothing_where_nothing_expired(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        desk.apply(grant(desk.account, 100), used)

        [outcome] = desk.apply(reversal(desk.account, used["id"], our_fault=True))

        assert outcome.answer["support_package_id"] is None
        assert len(desk.packages()) == 1


class TestDebt:
    def test_what_is_owed_is_cancelled(self, desk: Desk) -> None:
        used = usage(desk.account, 300)
        desk.apply(usage(desk.account, 70), used)

        [outcome] = desk.apply(reversal(desk.account, used["id"]))

        assert outcome.answer["cancelled_debt_seconds"] == 300
        assert desk.balance().debt_seconds == 70

    def test_what_was_settled_goes_back_to_the_package_that_paid(self, desk: Desk) -> None:
        used = usage(desk.account, 300)
        desk.apply(used, grant(desk.account, 200))

        [outcome] = desk.apply(reversal(desk.account, used["id"]))

        assert (outcome.answer["given_back_seconds"], outcome.answer["cancelled_debt_seconds"]) == (200, 100)
        assert (desk.balance().available_seconds, desk.balance().debt_seconds) == (200, 0)

    def test_a_cancelled_debt_is_not_paid_by_the_next_purchase(self, desk: Desk) -> None:
        used = usage(desk.account, 300)

        desk.apply(used, reversal(desk.account, used["id"]), grant(desk.account, 200))

        assert (desk.balance().available_seconds, desk.balance().debt_seconds) == (200, 0)

    def test_what_was_forgiven_is_taken_back(self, desk: Desk) -> None:
        used = usage(desk.account, 59)
        desk.apply(used)

        desk.apply(reversal(desk.account, used["id"]))

        assert desk.entries() == [("forgiven", 59), ("forgiven", -59)]
        assert desk.balance().debt_seconds == 0


class TestRefusals:
    def test_a_second_correction_is_rejected(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        desk.apply(grant(desk.account, 100), used, reversal(desk.account, used["id"]))

        [later] = desk.apply(reversal(desk.account, used["id"]))

        assert (later.result, later.code) == (Result.REJECTED, "AlreadyReversed")
        assert desk.balance().available_seconds == 100

    def test_a_second_correction_in_the_same_batch_is_rejected(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        desk.apply(grant(desk.account, 100), used)

        outcomes = desk.apply(reversal(desk.account, used["id"]), reversal(desk.account, used["id"], our_fault=True))

        assert [outcome.code for outcome in outcomes] == [None, "AlreadyReversed"]
        assert desk.balance().available_seconds == 100

    def test_the_usage_of_another_account_is_left_alone(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        desk.apply(used)

        [outcome] = desk.apply(reversal(f"{desk.account}-other", used["id"]))

        assert (outcome.result, outcome.code) == (Result.REJECTED, "OtherAccount")
        assert desk.balance().debt_seconds == 100

    def test_without_a_source_the_usage_is_its_own(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        undone = reversal(desk.account, used["id"])
        del undone["data"]["usage_source"]
        desk.apply(used)

        assert desk.results(undone | {"source": "screph-other"}, undone) == [Result.TOO_EARLY, Result.APPLIED]


class TestTooEarly:
    def test_fails_its_delivery_and_is_applied_at_the_next_attempt(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        early, beside = delivery(reversal(desk.account, used["id"])), delivery(usage(desk.account, 70))
        worker = usage_worker(desk)

        with pytest.raises(DeliveriesFailed) as caught:
            worker.take([beside, early])
        worker.take([delivery(used)])
        assert desk.balance().debt_seconds == 170
        worker.take([early])

        assert {position: type(error) for position, error in caught.value.failures.items()} == {1: TooEarly}
        assert desk.balance().debt_seconds == 70
        assert desk.letters() == []

    def test_is_helped_by_a_usage_that_comes_behind_it_in_the_batch(self, desk: Desk) -> None:
        used = usage(desk.account, 100)
        early = delivery(reversal(desk.account, used["id"]))
        worker = usage_worker(desk)

        with pytest.raises(DeliveriesFailed) as caught:
            worker.take([early, delivery(used)])
        worker.take([early])

        assert set(caught.value.failures) == {0}
        assert desk.balance().debt_seconds == 0

    def test_an_array_that_holds_one_comes_again_as_a_whole_and_harms_nobody(self, desk: Desk) -> None:
        used, given = usage(desk.account, 100), grant(desk.account, 60, kind="promo")
        array = delivery(given, reversal(desk.account, used["id"]), used)
        worker = usage_worker(desk)

        with pytest.raises(DeliveriesFailed):
            worker.take([array])
        worker.take([array])

        assert (desk.balance().available_seconds, desk.balance().debt_seconds) == (60, 0)
