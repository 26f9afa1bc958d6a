"""What needs a second person, and who may decide about it until when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.access.second_person import (
    WAITS_FOR,
    ApprovalLimits,
    OperatorRequest,
    RequestKind,
    RequestState,
    refuse_approval,
    refuse_decline,
)
from domain.money import Money

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
WAITING = OperatorRequest(RequestKind.GRANT, "4711", None, "101 minutes", {}, "form-1", "an outage", "anna", NOON)


class TestLimits:
    @pytest.mark.parametrize(("seconds", "needs"), [(36_000, False), (36_001, True)])
    def test_of_a_grant_is_what_one_may_still_do(self, seconds: int, needs: bool) -> None:
        assert ApprovalLimits().needs_second_for_grant(seconds) is needs

    @pytest.mark.parametrize(
        ("money", "needs"),
        [(Money(20_000, "RUB"), False), (Money(20_001, "RUB"), True), (Money(1, "KZT"), True)],
    )
    def test_of_a_refund_is_of_its_currency(self, money: Money, needs: bool) -> None:
        assert ApprovalLimits(refund_minor={"RUB": 20_000}).needs_second_for_refund(money) is needs


class TestApproval:
    def test_is_for_somebody_else(self) -> None:
        assert refuse_approval(WAITING, "boris", at=NOON) is None
        refusal = refuse_approval(WAITING, "anna", at=NOON)
        assert refusal is not None
        assert refusal.code == "SamePerson"

    def test_is_possible_until_a_day_has_passed(self) -> None:
        assert refuse_approval(WAITING, "boris", at=NOON + WAITS_FOR - timedelta(seconds=1)) is None
        refusal = refuse_approval(WAITING, "boris", at=NOON + WAITS_FOR)
        assert refusal is not None
        assert refusal.code == "RequestOver"

    def test_again_by_the_same_person_is_none_and_by_another_refused(self) -> None:
        approved = replace(WAITING, state=RequestState.APPROVED, decided_by="boris", decided_at=NOON)

        assert refuse_approval(approved, "boris", at=NOON + 2 * WAITS_FOR) is None
        refusal = refuse_approval(approved, "clara", at=NOON)
        assert refusal is not None
        assert refusal.code == "NotWaiting"


class TestDecline:
    def test_is_for_whoever_asked_as_well(self) -> None:
        assert refuse_decline(WAITING, "anna", at=NOON) is None

    def test_of_what_was_approved_is_refused(self) -> None:
        approved = replace(WAITING, state=RequestState.APPROVED, decided_by="boris", decided_at=NOON)

        refusal = refuse_decline(approved, "anna", at=NOON)

        assert refusal is not None
        assert refusal.code == "NotWaiting"
