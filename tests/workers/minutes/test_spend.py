"""Spending that asks first: all or nothing, and the first answer for ever."""

from tests.workers.events import DAY, NOW, grant, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result


class TestSpend:
    def test_what_is_not_live_is_not_available(self, harness: MinutesHarness) -> None:
        harness.apply(
            grant(harness.account, 60, expires_at=NOW - 2 * DAY, activated_at=NOW - 3 * DAY),
            grant(harness.account, 60, activated_at=NOW + DAY),
            grant(harness.account, 7),
        )

        [outcome] = harness.apply(spend(harness.account, 60, at=NOW))

        assert outcome.answer["available_seconds"] == 7

    def test_those_in_one_batch_see_each_other(self, harness: MinutesHarness) -> None:
        results = harness.results(
            grant(harness.account, 100),
            spend(harness.account, 70),
            spend(harness.account, 70),
            spend(harness.account, 30),
        )

        assert results == [Result.APPLIED, Result.APPLIED, Result.REFUSED, Result.APPLIED]
        assert harness.balance().available_seconds == 0


class TestRepeats:
    def test_a_new_request_is_asked_anew(self, harness: MinutesHarness) -> None:
        harness.apply(spend(harness.account, 60), grant(harness.account, 60))

        assert harness.results(spend(harness.account, 60)) == [Result.APPLIED]

    def test_debt_does_not_hinder_spending(self, harness: MinutesHarness) -> None:
        harness.apply(usage(harness.account, 300), grant(harness.account, 60, kind="promo"))

        assert harness.results(spend(harness.account, 60)) == [Result.APPLIED]
        assert harness.balance().debt_seconds == 300
