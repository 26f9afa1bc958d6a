"""What the opening and the end of a dispute mean for the minutes."""

from dataclasses import replace

import pytest

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.money import Money
from domain.payments.bought import Bought
from domain.payments.dispute import Dispute
from domain.payments.dispute_decision import DisputeChange, close_dispute, open_dispute
from domain.payments.movement import Movement, MovementKind, PackageChange
from tests.domain.payments.builders import DAY, NOON, bought, dispute, order

UNFREEZE, FREEZE, VOID = MovementKind.UNFREEZE, MovementKind.FREEZE, MovementKind.VOID
REPORTED = GatewayDispute("dp_1", "pi_1", DisputeStatus.OPEN, Money(69_900, "RUB"), "fraudulent", NOON - DAY)
FROZEN = replace(bought(left_seconds=0, consumed_seconds=100), frozen_by_disputes_seconds=900, is_package_frozen=True)

ANOTHER = replace(dispute(), dispute_ref="dp_2")


class TestOpenDispute:
    def open_dispute(self, what: Bought, reported: GatewayDispute = REPORTED) -> DisputeChange:
        return open_dispute(order(), reported, what, message_id=7, at=NOON)

    def test_freezes_what_is_left(self) -> None:
        change = self.open_dispute(bought(consumed_seconds=100))

        assert change.movements == (Movement(FREEZE, 900),)
        assert change.package is PackageChange.FREEZE

    def test_has_the_gateways_moment_and_ours(self) -> None:
        one = self.open_dispute(bought()).dispute

        assert (one.opened_at, one.recorded_at, one.closed_at) == (NOON - DAY, NOON, None)

    def test_was_never_opened_after_we_heard_of_it(self) -> None:
        assert self.open_dispute(bought(), replace(REPORTED, at=NOON + DAY)).dispute.opened_at == NOON

    @pytest.mark.parametrize("state", ["is_package_frozen", "is_package_voided"])
    def test_leaves_a_package_that_cannot_be_burnt_as_it_is(self, state: str) -> None:
        assert self.open_dispute(replace(bought(left_seconds=0), **{state: True})).package is None

    @pytest.mark.parametrize(("reason", "stored"), [("", "-"), ("x" * 501, "x" * 500)])
    def test_has_a_reason_of_bounded_length(self, reason: str, stored: str) -> None:
        assert self.open_dispute(bought(), replace(REPORTED, reason=reason)).dispute.reason == stored


class TestOpenDisputeOfAPart:
    PART = replace(REPORTED, amount=Money(200, "RUB"))

    @pytest.mark.parametrize(
        ("consumed_seconds", "frozen_seconds", "package"),
        [(0, 200, None), (799, 200, None), (800, 200, PackageChange.FREEZE), (900, 100, PackageChange.FREEZE)],
    )
    def test_freezes_what_its_amount_paid_for_as_far_as_it_is_left(
        self, consumed_seconds: int, frozen_seconds: int, package: PackageChange | None
    ) -> None:
        what = bought(consumed_seconds=consumed_seconds)

        change = open_dispute(order(), self.PART, what, message_id=7, at=NOON)

        assert (change.movements, change.package) == ((Movement(FREEZE, frozen_seconds),), package)

    def test_is_rounded_up_to_whole_seconds(self) -> None:
        change = open_dispute(order(), self.PART, bought(999, 18_000), message_id=7, at=NOON)

        assert change.movements == (Movement(FREEZE, 3_604),)

    def test_counts_as_far_as_the_money_is_here(self) -> None:
        what = bought(left_seconds=100, refunded_minor=900)

        assert open_dispute(order(), self.PART, what, message_id=7, at=NOON).movements == (Movement(FREEZE, 100),)

    def test_in_another_currency_counts_as_everything(self) -> None:
        reported = replace(REPORTED, amount=Money(2, "USD"))

        assert open_dispute(order(), reported, bought(), message_id=7, at=NOON).movements == (Movement(FREEZE, 1_000),)


class TestCloseDispute:
    def closed(self, what: Bought = FROZEN, *others: Dispute, is_won: bool) -> DisputeChange:
        return close_dispute(dispute(), replace(what, disputes=(dispute(), *others)), is_won=is_won, at=NOON)

    def test_won_unfreezes_its_own(self) -> None:
        change = self.closed(replace(FROZEN, frozen_by_refunds_seconds=50), is_won=True)

        assert change.movements == (Movement(UNFREEZE, 900),)
        assert (change.package, change.voided_seconds, change.owed_seconds) == (PackageChange.FREE, 0, 0)
        assert (change.dispute.status, change.dispute.closed_at) == (DisputeStatus.WON, NOON)

    def test_lost_voids_its_own_and_makes_what_was_used_a_debt(self) -> None:
        change = self.closed(is_won=False)

        assert change.movements == (Movement(UNFREEZE, 900), Movement(VOID, 900))
        assert (change.package, change.voided_seconds, change.owed_seconds) == (PackageChange.VOID, 900, 100)
        assert change.dispute.status is DisputeStatus.LOST

    def test_lost_in_another_currency_takes_everything_and_ends_the_package(self) -> None:
        foreign = replace(dispute(), amount=Money(2, "USD"))

        change = close_dispute(foreign, replace(FROZEN, disputes=(foreign,)), is_won=False, at=NOON)

        assert (change.package, change.voided_seconds, change.owed_seconds) == (PackageChange.VOID, 900, 100)

    def test_won_frees_nothing_while_another_is_open(self) -> None:
        change = self.closed(FROZEN, ANOTHER, is_won=True)

        assert (change.movements, change.package) == ((), PackageChange.FREEZE)
        assert change.dispute.status is DisputeStatus.WON

    def test_lost_voids_although_another_is_open(self) -> None:
        assert self.closed(FROZEN, ANOTHER, is_won=False).package is PackageChange.VOID

    def test_won_of_a_voided_package_frees_nothing(self) -> None:
        change = self.closed(replace(FROZEN, is_package_frozen=False, is_package_voided=True), is_won=True)

        assert change.movements == (Movement(UNFREEZE, 900), Movement(VOID, 900))
        assert (change.package, change.owed_seconds) == (PackageChange.VOID, 0)


class TestCloseDisputeOfAPart:
    PART = replace(dispute(), amount=Money(200, "RUB"))
    OTHER_PART = replace(dispute(), dispute_ref="dp_2", amount=Money(300, "RUB"))

    def closed(self, what: Bought, *others: Dispute, is_won: bool) -> DisputeChange:
        return close_dispute(self.PART, replace(what, disputes=(self.PART, *others)), is_won=is_won, at=NOON)

    def test_lost_voids_what_its_amount_paid_for(self) -> None:
        what = replace(bought(left_seconds=700, consumed_seconds=100), frozen_by_disputes_seconds=200)

        change = self.closed(what, is_won=False)

        assert change.movements == (Movement(UNFREEZE, 200), Movement(VOID, 200))
        assert (change.package, change.owed_seconds) == (PackageChange.FREE, 0)

    def test_lost_owes_only_what_was_used_of_its_share(self) -> None:
        what = replace(bought(left_seconds=0, consumed_seconds=850), frozen_by_disputes_seconds=150)

        change = self.closed(what, is_won=False)

        assert (change.voided_seconds, change.owed_seconds) == (150, 50)

    def test_lost_takes_what_was_given_back_meanwhile(self) -> None:
        what = replace(bought(left_seconds=0), frozen_by_disputes_seconds=1_000, is_package_frozen=True)

        change = self.closed(what, is_won=False)

        assert change.movements == (Movement(UNFREEZE, 1_000), Movement(VOID, 200))
        assert (change.package, change.owed_seconds) == (PackageChange.FREE, 0)

    @pytest.mark.parametrize("is_won", [True, False])
    def test_leaves_what_another_claims(self, is_won: bool) -> None:
        what = replace(bought(left_seconds=500), frozen_by_disputes_seconds=500)

        change = self.closed(what, self.OTHER_PART, is_won=is_won)

        assert change.movements[0] == Movement(UNFREEZE, 200)
        assert change.voided_seconds == (0 if is_won else 200)
        assert change.package is PackageChange.FREE

    def test_takes_together_never_more_than_was_paid(self) -> None:
        lost = replace(dispute("lost"), dispute_ref="dp_2", amount=Money(900, "RUB"))
        what = replace(bought(left_seconds=0, consumed_seconds=500), frozen_by_disputes_seconds=0)

        change = self.closed(what, lost, is_won=False)

        assert change.owed_seconds == 100

    def test_counts_what_others_took_although_one_between_was_won_after_all(self) -> None:
        lost = replace(dispute("lost"), dispute_ref="dp_2", amount=Money(1, "RUB"), owed_seconds=2)
        what = replace(bought(1_000, 500, left_seconds=0, consumed_seconds=500), frozen_by_disputes_seconds=0)

        change = self.closed(what, lost, is_won=False)

        assert change.owed_seconds == 99
