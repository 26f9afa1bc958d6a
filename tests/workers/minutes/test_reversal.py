"""Corrections: what a usage took goes back to where it came from, once."""

import pytest

from broker.delivery import DeliveriesFailed
from tests.workers.deliveries import delivery, usage_worker
from tests.workers.events import grant, reversal, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result


class TestGivingBack:
    def test_in_the_same_batch_as_its_usage(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)

        results = harness.results(
            grant(harness.account, 100), used, reversal(harness.account, used["id"]), spend(harness.account, 100)
        )

        assert results == [Result.APPLIED] * 4
        assert harness.balance().available_seconds == 0


class TestDebt:
    def test_a_cancelled_debt_is_not_paid_by_the_next_purchase(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 300)

        harness.apply(used, reversal(harness.account, used["id"]), grant(harness.account, 200))

        assert (harness.balance().available_seconds, harness.balance().debt_seconds) == (200, 0)


class TestTooEarly:
    def test_is_helped_by_a_usage_that_comes_behind_it_in_the_batch(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)
        early = delivery(reversal(harness.account, used["id"]))
        worker = usage_worker(harness)

        with pytest.raises(DeliveriesFailed) as caught:
            worker([early, delivery(used)])
        worker([early])

        assert set(caught.value.failures) == {0}
        assert harness.balance().debt_seconds == 0

    def test_an_array_that_holds_one_comes_again_as_a_whole_and_harms_nobody(self, harness: MinutesHarness) -> None:
        used, given = usage(harness.account, 100), grant(harness.account, 60, kind="promo")
        array = delivery(given, reversal(harness.account, used["id"]), used)
        worker = usage_worker(harness)

        with pytest.raises(DeliveriesFailed):
            worker([array])
        worker([array])

        assert (harness.balance().available_seconds, harness.balance().debt_seconds) == (60, 0)
