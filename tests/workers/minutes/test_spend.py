"""Spending that asks first: all or nothing, and the first answer for ever."""

from tests.workers.events import DAY, NOW, grant, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.outcome import Result


class TestSpend:
    def test_what_is_not_live_is_not_available(self, desk: MinutesHarness) -> None:
        desk.apply(
            grant(desk.account, 60, expires_at=NOW - 2 * DAY, activated_at=NOW - 3 * DAY),
            grant(desk.account, 60, activated_at=NOW + DAY),
            grant(desk.account, 7),
        )

        [outcome] = desk.apply(spend(desk.account, 60, at=NOW))

        assert outcome.answer["available_seconds"] == 7

    def test_those_in_one_batch_see_each_other(self, desk: MinutesHarness) -> None:
        results = desk.results(
            grant(desk.account, 100), spend(desk.account, 70), spend(desk.account, 70), spend(desk.account, 30)
        )

        assert results == [Result.APPLIED, Result.APPLIED, Result.REFUSED, Result.APPLIED]
        assert desk.balance().available_seconds == 0


class TestRepeats:
    def test_a_new_request_is_asked_anew(self, desk: MinutesHarness) -> None:
        desk.apply(spend(desk.account, 60), grant(desk.account, 60))

        assert desk.results(spend(desk.account, 60)) == [Result.APPLIED]

    def test_debt_does_not_hinder_spending(self, desk: MinutesHarness) -> None:
        desk.apply(usage(desk.account, 300), grant(desk.account, 60, kind="promo"))

        assert desk.results(spend(desk.account, 60)) == [Result.APPLIED]
        assert desk.balance().debt_seconds == 300
