"""What the opening and the end of a dispute mean for the minutes."""

from dataclasses import replace

import pytest

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.money import Money
from domain.payments.bought import Bought
from domain.payments.dispute_decision import DisputeChange, close_dispute, open_dispute
from domain.payments.movement import Movement, MovementKind, PackageChange
from tests.domain.payments.builders import DAY, NOON, bought, dispute, order

UNFREEZE, FREEZE, VOID = MovementKind.UNFREEZE, MovementKind.FREEZE, MovementKind.VOID
REPORTED = GatewayDispute("dp_1", "pi_1", DisputeStatus.OPEN, Money(69_900, "RUB"), "fraudulent", NOON - DAY)
FROZEN = replace(bought(left_seconds=0, consumed_seconds=100), frozen_by_disputes_seconds=900, is_package_frozen=True)


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


class TestCloseDispute:
    def closed(self, what: Bought = FROZEN, *, is_won: bool, is_another_open: bool = False) -> DisputeChange:
        return close_dispute(dispute(), what, is_won=is_won, is_another_open=is_another_open, at=NOON)

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

    def test_won_frees_nothing_while_another_is_open(self) -> None:
        change = self.closed(is_won=True, is_another_open=True)

        assert (change.movements, change.package) == ((), None)
        assert change.dispute.status is DisputeStatus.WON

    def test_lost_voids_although_another_is_open(self) -> None:
        assert self.closed(is_won=False, is_another_open=True).package is PackageChange.VOID

    def test_won_of_a_voided_package_frees_nothing(self) -> None:
        change = self.closed(replace(FROZEN, is_package_frozen=False, is_package_voided=True), is_won=True)

        assert change.movements == (Movement(UNFREEZE, 900), Movement(VOID, 900))
        assert (change.package, change.owed_seconds) == (PackageChange.VOID, 0)
