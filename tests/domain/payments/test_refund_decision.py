"""What a gateway's report of a refund means: voided, released, taken in, or restored."""

from dataclasses import replace

import pytest

from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.gateway.requests import Buyer
from domain.money import Money
from domain.payments.bought import PackageSeconds, bought_of
from domain.payments.dispute import Dispute
from domain.payments.movement import Movement, MovementKind
from domain.payments.refund import Refund, RefundOrigin, RefundStatus
from domain.payments.refund_decision import (
    RefundChange,
    begin_refund_call,
    decide_refund,
    ends_package,
    import_refund,
    mark_unknown,
    release,
    with_other_amount,
    with_used_seconds,
)
from tests.domain.payments.builders import DAY, NOON, bought, dispute, order, refund

PENDING, SUCCEEDED, FAILED = GatewayRefundStatus.PENDING, GatewayRefundStatus.SUCCEEDED, GatewayRefundStatus.FAILED
UNFREEZE, FREEZE, VOID = MovementKind.UNFREEZE, MovementKind.FREEZE, MovementKind.VOID
OPEN = (RefundStatus.FROZEN, RefundStatus.SENT, RefundStatus.UNKNOWN)


def reported(status: GatewayRefundStatus, minor: int = 100, *, failure: str | None = None) -> GatewayRefund:
    """A refund as its gateway has it, settled a day before noon."""
    return GatewayRefund("re_1", "pi_1", None, status, Money(minor, "RUB"), NOON - DAY, failure)


def lost(minor: int) -> Dispute:
    """A dispute about a part that was lost and could take nothing."""
    return replace(dispute("lost"), amount=Money(minor, "RUB"))


class TestDecideRefund:
    @pytest.mark.parametrize("status", OPEN)
    def test_voids_what_was_frozen_when_it_succeeds(self, status: RefundStatus) -> None:
        change = decide_refund(refund(status, needs_review=True), reported(SUCCEEDED), bought(), at=NOON)

        assert change is not None
        assert change.movements == (Movement(UNFREEZE, 60), Movement(VOID, 60))
        after = change.refund
        assert (after.status, after.refund_ref, after.needs_review) == (RefundStatus.SUCCEEDED, "re_1", False)
        assert (after.succeeded_at, after.recorded_at) == (NOON - DAY, NOON)

    def test_moves_nothing_for_one_that_voids_nothing(self) -> None:
        change = decide_refund(refund(void_seconds=0), reported(SUCCEEDED), bought(), at=NOON)

        assert change is not None
        assert change.movements == ()

    @pytest.mark.parametrize("status", OPEN)
    def test_releases_what_was_frozen_when_it_fails(self, status: RefundStatus) -> None:
        change = decide_refund(refund(status), reported(FAILED, failure="account closed"), bought(), at=NOON)

        assert change is not None
        assert change.movements == (Movement(UNFREEZE, 60),)
        assert (change.refund.status, change.refund.failure) == (RefundStatus.FAILED, "account closed")

    def test_restores_what_was_voided_when_it_fails_later(self) -> None:
        change = decide_refund(refund(RefundStatus.SUCCEEDED), reported(FAILED), bought(), at=NOON)

        assert change is not None
        assert (change.restored_seconds, change.movements) == (60, ())
        assert (change.refund.status, change.refund.failure) == (RefundStatus.FAILED, "failed later")
        assert change.refund.was_restored

    @pytest.mark.parametrize(
        ("left_seconds", "frozen_seconds", "voided_seconds", "needs_review"),
        [(1_000, 0, 60, False), (10, 50, 60, False), (0, 0, 0, True), (10, 0, 10, True)],
    )
    def test_voids_what_is_left_when_it_succeeds_after_it_had_failed(
        self, left_seconds: int, frozen_seconds: int, voided_seconds: int, needs_review: bool
    ) -> None:
        what = replace(bought(left_seconds=left_seconds), frozen_by_disputes_seconds=frozen_seconds)

        change = decide_refund(refund(RefundStatus.FAILED), reported(SUCCEEDED), what, at=NOON)

        assert change is not None
        assert sum(one.seconds for one in change.movements if one.kind is VOID) == voided_seconds
        after = change.refund
        assert (after.status, after.void_seconds, after.needs_review) == (
            RefundStatus.SUCCEEDED,
            voided_seconds,
            needs_review,
        )

    def test_voids_what_was_restored_when_it_succeeds_after_all(self) -> None:
        restored = replace(refund(RefundStatus.FAILED), succeeded_at=NOON - DAY)

        change = decide_refund(restored, reported(SUCCEEDED), bought(), at=NOON)

        assert change is not None
        assert (change.refund.status, change.voids_restored, change.movements) == (RefundStatus.SUCCEEDED, True, ())

    def test_notes_that_it_is_under_way(self) -> None:
        change = decide_refund(refund(RefundStatus.UNKNOWN), reported(PENDING), bought(), at=NOON)

        assert change is not None
        assert (change.refund.status, change.refund.refund_ref) == (RefundStatus.SENT, "re_1")

    @pytest.mark.parametrize(
        ("status", "now"),
        [
            (RefundStatus.SUCCEEDED, SUCCEEDED),
            (RefundStatus.SUCCEEDED, PENDING),
            (RefundStatus.FAILED, FAILED),
            (RefundStatus.FAILED, PENDING),
        ],
    )
    def test_changes_nothing_that_has_ended(self, status: RefundStatus, now: GatewayRefundStatus) -> None:
        assert decide_refund(refund(status), reported(now), bought(), at=NOON) is None


class TestReview:
    def test_says_another_amount_beside_what_was_said_before_and_each_once(self) -> None:
        used = with_used_seconds(refund(RefundStatus.SUCCEEDED), 60)
        other = reported(SUCCEEDED, 99)

        once = with_other_amount(used, other, at=NOON)
        reviewed = replace(once, needs_review=False)

        assert once.needs_review
        assert str(once.failure).startswith(f"{used.failure}; also: its gateway has 0.99 RUB of refund re_1")
        assert with_other_amount(once, other, at=NOON) is once
        assert with_other_amount(reviewed, other, at=NOON) is reviewed

    def test_says_another_amount_in_place_of_the_code_of_a_failure(self) -> None:
        failed = replace(refund(RefundStatus.FAILED), failure="declined")

        told = with_other_amount(failed, reported(SUCCEEDED, 99), at=NOON)

        assert str(told.failure).startswith("its gateway has 0.99 RUB")


class TestRelease:
    def test_leaves_the_seconds_to_a_dispute_that_is_open(self) -> None:
        change = release(refund(), "failed", replace(bought(), is_package_frozen=True), at=NOON)

        assert change.movements == (Movement(UNFREEZE, 60), Movement(FREEZE, 60, "refund-released:refund-1"))

    def test_of_a_voided_package_gives_nothing_back(self) -> None:
        change = release(refund(), "failed", replace(bought(), is_package_voided=True), at=NOON)

        assert change.movements == (Movement(UNFREEZE, 60), Movement(VOID, 60, "refund-released:refund-1"))

    @pytest.mark.parametrize("status", OPEN)
    def test_lets_a_dispute_that_was_lost_meanwhile_take_its_share(self, status: RefundStatus) -> None:
        what = replace(bought(left_seconds=0), disputes=(lost(400),))

        change = release(refund(status, void_seconds=1_000), "failed", what, at=NOON)

        [loss] = change.losses
        assert change.movements == (Movement(UNFREEZE, 1_000),)
        assert loss.movements == (Movement(VOID, 400),)
        assert (loss.dispute.voided_seconds, loss.dispute.message_id) == (400, 3)

    @pytest.mark.parametrize(
        ("voided_seconds", "owed_seconds", "taken_seconds"), [(400, 0, 0), (0, 400, 0), (100, 200, 100)]
    )
    def test_takes_nothing_twice(self, voided_seconds: int, owed_seconds: int, taken_seconds: int) -> None:
        loss = replace(lost(400), voided_seconds=voided_seconds, owed_seconds=owed_seconds)

        change = release(refund(), "failed", replace(bought(left_seconds=100), disputes=(loss,)), at=NOON)

        assert sum(one.voided_seconds for one in change.losses) == taken_seconds

    def test_takes_no_more_than_there_is_and_leaves_the_rest_to_the_next_one(self) -> None:
        what = replace(bought(left_seconds=0), disputes=(lost(400),))
        [first] = release(refund(void_seconds=300), "failed", what, at=NOON).losses
        between = replace(what, disputes=(first.dispute,))

        [second] = release(refund(void_seconds=700), "failed", between, at=NOON).losses

        assert (first.voided_seconds, second.voided_seconds, second.dispute.voided_seconds) == (300, 100, 400)

    def test_takes_for_each_dispute_no_more_than_its_share(self) -> None:
        what = replace(bought(left_seconds=0), disputes=(lost(100), replace(lost(200), dispute_ref="dp_2")))

        change = release(refund(void_seconds=1_000), "failed", what, at=NOON)

        assert [one.voided_seconds for one in change.losses] == [100, 200]

    def test_leaves_to_an_open_dispute_what_a_lost_one_does_not_take(self) -> None:
        disputes = (lost(400), replace(dispute(), dispute_ref="dp_2"))
        what = replace(bought(left_seconds=0), disputes=disputes, is_package_frozen=True)

        change = release(refund(void_seconds=1_000), "failed", what, at=NOON)

        assert change.movements == (Movement(UNFREEZE, 1_000), Movement(FREEZE, 600, "refund-released:refund-1"))
        assert [one.movements for one in change.losses] == [(Movement(VOID, 400),)]

    def test_of_a_package_that_a_loss_has_voided_lets_that_take_all_and_the_bonus(self) -> None:
        voided = replace(bought(left_seconds=0), is_package_voided=True, is_bonus_voided=True)
        what = replace(voided, disputes=(replace(lost(1_000), voided_seconds=940),))

        change = release(replace(refund(), bonus_void_seconds=30), "failed", what, at=NOON)

        [loss] = change.losses
        assert change.movements == (Movement(UNFREEZE, 60), Movement(UNFREEZE, 30, is_bonus=True))
        assert loss.movements == (Movement(VOID, 60), Movement(VOID, 30, is_bonus=True))
        assert loss.dispute.taken_seconds == 1_030


class TestRestoreAfterALoss:
    def failed_later(self, *, left_seconds: int, minor: int) -> RefundChange:
        done = refund(RefundStatus.SUCCEEDED, amount=Money(1_000, "RUB"), void_seconds=1_000 - left_seconds)
        what = bought(left_seconds=left_seconds, refunded_minor=1_000)
        what = replace(what, voided_by_refunds_seconds=done.void_seconds, disputes=(lost(minor),))
        change = decide_refund(done, reported(FAILED), what, at=NOON)
        assert change is not None
        return change

    def test_takes_what_is_left_of_waived_minutes(self) -> None:
        change = self.failed_later(left_seconds=1_000, minor=400)

        assert [one.voided_seconds for one in change.losses] == [400]
        assert (change.restored_seconds, change.missing_seconds) == (0, 0)

    @pytest.mark.parametrize(("minor", "missing_seconds"), [(400, 400), (1_000, 1_000), (1, 0)])
    def test_says_what_of_the_restored_minutes_was_paid_with_lost_money(self, minor: int, missing_seconds: int) -> None:
        change = self.failed_later(left_seconds=0, minor=minor)

        assert (change.losses, change.restored_seconds, change.missing_seconds) == ((), 1_000, missing_seconds)


class TestTakeIn:
    def test_voids_the_share_of_the_money(self) -> None:
        change = import_refund(order(), reported(SUCCEEDED, 20_000), bought(69_900, 18_000), message_id=7, at=NOON)

        assert change.movements == (Movement(VOID, 5_151),)
        after = change.refund
        assert (after.origin, after.status, after.void_seconds) == (RefundOrigin.GATEWAY, RefundStatus.SUCCEEDED, 5_151)
        assert (after.message_id, after.succeeded_at, after.recorded_at) == (7, NOON - DAY, NOON)

    def test_voids_all_that_is_left_with_the_last_money(self) -> None:
        what = bought(69_900, 18_000, left_seconds=12_850, refunded_minor=20_000)

        change = import_refund(order(), reported(SUCCEEDED, 49_900), what, message_id=7, at=NOON)

        assert change.movements == (Movement(VOID, 12_850),)

    def test_takes_what_a_dispute_has_frozen_too(self) -> None:
        what = replace(bought(69_900, 18_000, left_seconds=0), frozen_by_disputes_seconds=18_000)

        change = import_refund(order(), reported(SUCCEEDED, 60_000), what, message_id=7, at=NOON)

        assert change.movements == (Movement(UNFREEZE, 15_451, "refund-unfreeze:re_1"), Movement(VOID, 15_451))

    def test_leaves_what_refunds_under_way_have_frozen(self) -> None:
        what = replace(bought(69_900, 18_000, left_seconds=1_000), frozen_by_refunds_seconds=17_000)

        assert (
            import_refund(order(), reported(SUCCEEDED, 60_000), what, message_id=7, at=NOON).refund.void_seconds
            == 1_000
        )


class TestEndsPackage:
    @pytest.mark.parametrize(
        ("minor", "left_seconds", "is_waived", "expected"),
        [
            (69_900, 0, False, True),
            (69_899, 0, False, False),
            (69_900, 1, False, False),
            (69_900, 0, True, False),
        ],
    )
    def test_when_all_money_is_back_and_nothing_is_left(
        self, minor: int, left_seconds: int, is_waived: bool, expected: bool
    ) -> None:
        last = refund(RefundStatus.SUCCEEDED, amount=Money(minor, "RUB"), is_waived=is_waived)

        assert ends_package(order(), [last, refund()], last, left_seconds=left_seconds) is expected


class TestCall:
    def test_is_dated_by_the_first_with_its_key_and_says_the_same_of_the_buyer(self) -> None:
        first = begin_refund_call(refund(), Buyer("account"), at=NOON)

        again = begin_refund_call(first, Buyer("account", "a@b.c"), at=NOON + DAY)

        assert (first.status, again.called_at, again.buyer_snapshot) == (
            RefundStatus.SENT,
            NOON,
            {"email": None, "customer": None, "locale": None},
        )

    def test_of_unknown_outcome_stays_unknown_until_it_is_known(self) -> None:
        lost = mark_unknown(refund(RefundStatus.SENT), at=NOON, needs_review=True)

        assert (lost.status, lost.needs_review) == (RefundStatus.UNKNOWN, True)
        assert begin_refund_call(lost, Buyer("account"), at=NOON).status is RefundStatus.UNKNOWN


class TestBoughtOf:
    def of(self, refunds: list[Refund], disputes: list[Dispute]) -> tuple[int, int, int, int, bool, bool]:
        package = PackageSeconds(
            left_seconds=10, consumed_seconds=20, frozen_seconds=100, is_frozen=False, is_voided=False
        )
        paid = replace(order(), paid_at=NOON)
        what = bought_of(paid, package, refunds, disputes)
        frozen = (what.frozen_by_refunds_seconds, what.frozen_by_disputes_seconds)
        return (what.refunded.minor, what.pending.minor, *frozen, what.is_disputed, what.was_restored)

    def test_tells_money_and_seconds_apart(self) -> None:
        refunds = [refund(), refund(RefundStatus.SUCCEEDED), refund(RefundStatus.FAILED)]

        assert self.of(refunds, []) == (100, 100, 60, 40, False, False)

    def test_is_disputed_unless_the_dispute_was_won(self) -> None:
        assert [self.of([], [dispute(state)])[4] for state in ("open", "won", "lost")] == [True, False, True]

    def test_knows_that_minutes_were_restored(self) -> None:
        restored = replace(refund(RefundStatus.FAILED), succeeded_at=NOON)

        assert self.of([restored], [])[5]
