"""README.md, "Bonus": it has no money value, and follows all of the money."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.money import Money
from domain.payments.bonus import bonus_change
from domain.payments.bought import Bought
from domain.payments.movement import Movement, MovementKind, PackageChange
from domain.payments.quote import Quote, refund_quote, refundable_minor
from domain.payments.refund import Refund, RefundStatus
from domain.payments.refund_decision import decide_refund, import_refund, release
from tests.domain.payments.builders import NOON, PART, bought, dispute, order, refund

UNFREEZE, VOID = MovementKind.UNFREEZE, MovementKind.VOID


def disputed(status: str, minor: int, currency: str = "RUB") -> Bought:
    """What was bought for 1 000, with a dispute."""
    one = replace(dispute(status), amount=Money(minor, currency))
    return replace(bought(bonus_left_seconds=60), disputes=(one,))


def with_bonus(status: RefundStatus = RefundStatus.FROZEN) -> Refund:
    """A refund that takes a bonus of 30 s with it."""
    return replace(refund(status), bonus_void_seconds=30)


def reported(status: GatewayRefundStatus, amount: Money = PART) -> GatewayRefund:
    """What the gateway says of it."""
    return GatewayRefund("re_1", "pi_1", "refund-1", status, amount, NOON)


class TestBonusChange:
    @pytest.mark.parametrize(
        ("status", "minor", "currency", "change"),
        [
            ("open", 999, "RUB", PackageChange.FREE),
            ("open", 1_000, "RUB", PackageChange.FREEZE),
            ("open", 1, "USD", PackageChange.FREEZE),
            ("lost", 999, "RUB", PackageChange.FREE),
            ("lost", 1_000, "RUB", PackageChange.VOID),
            ("lost", 1, "USD", PackageChange.VOID),
            ("won", 1_000, "RUB", PackageChange.FREE),
        ],
    )
    def test_follows_all_of_the_money(self, status: str, minor: int, currency: str, change: PackageChange) -> None:
        assert bonus_change(disputed(status, minor, currency)) is change

    def test_counts_refunds_and_disputes_together(self) -> None:
        what = disputed("lost", 400)

        assert bonus_change(replace(what, refunded=Money(599, "RUB"))) is PackageChange.FREE
        assert bonus_change(replace(what, refunded=Money(600, "RUB"))) is PackageChange.VOID

    def test_stays_while_a_waived_refund_is_all_that_took_the_money(self) -> None:
        what = bought(bonus_left_seconds=60, refunded_minor=1_000)

        assert bonus_change(what) is PackageChange.FREE
        assert bonus_change(what, has_ended=True) is PackageChange.VOID

    def test_never_comes_back_once_it_is_void(self) -> None:
        assert bonus_change(replace(disputed("won", 1_000), is_bonus_voided=True)) is PackageChange.VOID


class TestRefundOfABonus:
    def test_voids_it_when_it_succeeds(self) -> None:
        change = decide_refund(with_bonus(), reported(GatewayRefundStatus.SUCCEEDED), bought(), at=NOON)

        assert change is not None
        assert [one for one in change.movements if one.is_bonus] == [
            Movement(UNFREEZE, 30, is_bonus=True),
            Movement(VOID, 30, is_bonus=True),
        ]

    def test_frees_it_when_it_fails_unless_it_is_void_already(self) -> None:
        freed = release(with_bonus(), "declined", bought(), at=NOON).movements
        voided = release(with_bonus(), "declined", replace(bought(), is_bonus_voided=True), at=NOON).movements

        assert [(one.kind, one.seconds) for one in freed if one.is_bonus] == [(UNFREEZE, 30)]
        assert [(one.kind, one.seconds) for one in voided if one.is_bonus] == [(UNFREEZE, 30), (VOID, 30)]

    def test_gives_it_back_when_it_fails_after_it_had_succeeded(self) -> None:
        failed = reported(GatewayRefundStatus.FAILED)

        change = decide_refund(with_bonus(RefundStatus.SUCCEEDED), failed, bought(), at=NOON)

        assert change is not None
        assert change.restored_seconds == 60 + 30

    @pytest.mark.parametrize(("minor", "bonus_seconds"), [(349_50, 60), (349_49, 0)])
    def test_in_the_dashboard_takes_it_with_the_last_money_that_could_go_back(
        self, minor: int, bonus_seconds: int
    ) -> None:
        half_used = bought(69_900, 18_000, consumed_seconds=9_000, bonus_left_seconds=60)
        given_back = reported(GatewayRefundStatus.SUCCEEDED, Money(minor, "RUB"))

        change = import_refund(order(), given_back, half_used, message_id=7, at=NOON)

        assert change.refund.bonus_void_seconds == bonus_seconds


class TestMoneyOfABonus:
    @given(
        price_minor=st.integers(1, 10**9),
        paid_seconds=st.integers(1, 10**7),
        used=st.integers(0, 10**7),
        bonus_used=st.integers(0, 10**7),
        bonus_left=st.integers(0, 10**7),
    )
    def test_is_none(self, price_minor: int, paid_seconds: int, used: int, bonus_used: int, bonus_left: int) -> None:
        used = min(used, paid_seconds)
        plain = bought(price_minor, paid_seconds, consumed_seconds=used)
        what = replace(plain, bonus_left_seconds=bonus_left, bonus_consumed_seconds=bonus_used)

        assert 0 <= refundable_minor(what) <= refundable_minor(plain) <= price_minor
        assert refundable_minor(what) == refundable_minor(replace(what, bonus_left_seconds=0))
        quote = refund_quote(what, None, now=NOON, window=None)
        if isinstance(quote, Quote):
            assert (quote.amount.minor, quote.bonus_void_seconds) == (refundable_minor(what), bonus_left)
        else:
            assert refundable_minor(what) == 0
