"""Spending that asks first: all or nothing, and the first answer for ever."""

from tests.workers.desk import Desk
from tests.workers.events import DAY, NOW, SOURCE, grant, spend, usage
from workers.outcome import Result


class TestSpend:
    def test_exactly_what_is_left_is_accepted(self, desk: Desk) -> None:
        desk.apply(grant(desk.account, 60), grant(desk.account, 40, kind="promo"))
        asked = spend(desk.account, 100)

        [outcome] = desk.apply(asked)

        said = {"request_source": SOURCE, "request_id": asked["id"], "spent_seconds": 100}
        assert (outcome.result, outcome.answer) == (Result.APPLIED, said)
        assert [fact["data"] for fact in desk.facts("spend.accepted")] == [said]
        assert desk.balance().available_seconds == 0
        assert [row["is_requested"] for row in desk.usages()] == [True]

    def test_one_second_too_much_is_refused_with_what_is_available(self, desk: Desk) -> None:
        desk.apply(grant(desk.account, 60), grant(desk.account, 40, kind="promo"))
        asked = spend(desk.account, 101)

        [outcome] = desk.apply(asked)

        said = {
            "request_source": SOURCE,
            "request_id": asked["id"],
            "requested_seconds": 101,
            "available_seconds": 100,
        }
        assert (outcome.result, outcome.answer) == (Result.REFUSED, said)
        assert [fact["data"] for fact in desk.facts("spend.refused")] == [said]

    def test_a_refusal_changes_nothing(self, desk: Desk) -> None:
        desk.apply(grant(desk.account, 60))
        before = (desk.packages(), desk.entries(), desk.row(), desk.facts("balance.changed"))

        desk.apply(spend(desk.account, 119))

        assert (desk.packages(), desk.entries(), desk.row(), desk.facts("balance.changed")) == before
        assert desk.usages() == []

    def test_nothing_is_forgiven(self, desk: Desk) -> None:
        assert desk.results(spend(desk.account, 1)) == [Result.REFUSED]

    def test_what_is_not_live_is_not_available(self, desk: Desk) -> None:
        desk.apply(
            grant(desk.account, 60, expires_at=NOW - 2 * DAY, activated_at=NOW - 3 * DAY),
            grant(desk.account, 60, activated_at=NOW + DAY),
            grant(desk.account, 7),
        )

        [outcome] = desk.apply(spend(desk.account, 60, at=NOW))

        assert outcome.answer["available_seconds"] == 7

    def test_those_in_one_batch_see_each_other(self, desk: Desk) -> None:
        results = desk.results(
            grant(desk.account, 100), spend(desk.account, 70), spend(desk.account, 70), spend(desk.account, 30)
        )

        assert results == [Result.APPLIED, Result.APPLIED, Result.REFUSED, Result.APPLIED]
        assert desk.balance().available_seconds == 0


class TestRepeats:
    def test_an_accepted_one_is_told_again_with_the_same_id(self, desk: Desk) -> None:
        desk.apply(grant(desk.account, 100))
        asked = spend(desk.account, 60)
        [first] = desk.apply(asked)

        [again] = desk.apply(asked)

        assert (again.result, again.answer) == (Result.REPEATED, first.answer)
        told = desk.facts("spend.accepted")
        assert [fact["data"] for fact in told] == [first.answer] * 2
        assert told[0]["id"] == told[1]["id"]
        assert desk.balance().available_seconds == 40

    def test_a_refused_one_stays_refused_although_there_is_enough_now(self, desk: Desk) -> None:
        asked = spend(desk.account, 60)
        [first] = desk.apply(asked)
        desk.apply(grant(desk.account, 3_600))

        [again] = desk.apply(asked)

        assert (again.result, again.reason, again.answer) == (Result.REPEATED, "refused before", first.answer)
        told = desk.facts("spend.refused")
        assert [fact["data"]["available_seconds"] for fact in told] == [0, 0]
        assert told[0]["id"] == told[1]["id"]
        assert desk.facts("spend.accepted") == []
        assert desk.balance().available_seconds == 3_600

    def test_a_new_request_is_asked_anew(self, desk: Desk) -> None:
        desk.apply(spend(desk.account, 60), grant(desk.account, 60))

        assert desk.results(spend(desk.account, 60)) == [Result.APPLIED]

    def test_debt_does_not_hinder_spending(self, desk: Desk) -> None:
        desk.apply(usage(desk.account, 300), grant(desk.account, 60, kind="promo"))

        assert desk.results(spend(desk.account, 60)) == [Result.APPLIED]
        assert desk.balance().debt_seconds == 300
