"""A bonus code is used as often as a person may use it, by whatever accounts: the payment shows the card."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.gateway.payment import PaymentStatus
from tests.workers.payments.harness import fresh_harness
from tests.workers.promotions.harness import PromotionHarness


@pytest.fixture
def ann(codes: PromotionHarness) -> PromotionHarness:
    """An account whose owner pays with one card, and a bonus code."""
    codes.create("bonus_seconds", needs_purchase=True)
    codes.payments.memory.payer = "Ann"
    return codes


@pytest.fixture
def again(ann: PromotionHarness) -> PromotionHarness:
    """Another account of hers at the same gateway, which knows the same code."""
    payments = fresh_harness(ann.engine)
    payments.memory, payments.gateway, payments.context = (
        ann.payments.memory,
        ann.payments.gateway,
        ann.payments.context,
    )
    other = PromotionHarness(ann.engine, payments)
    other.id, other.code = ann.id, ann.code
    return other


def kinds(harness: PromotionHarness) -> list[str]:
    """The kinds of the account's packages."""
    return sorted(row["kind"] for row in harness.payments.minutes.packages())


class TestBonusOfAPerson:
    def test_is_withheld_where_the_card_shows_that_it_was_used(
        self, ann: PromotionHarness, again: PromotionHarness
    ) -> None:
        ann.pay(ann.buy()["order_id"])
        order_id = again.buy()["order_id"]

        again.pay(order_id)

        assert (kinds(ann), kinds(again)) == (["promo", "purchased"], ["purchased"])
        assert ann.statuses() == ["confirmed", "given_back"]
        assert ann.row()["used"] == 1
        [fact] = again.payments.minutes.facts("promotion.refused")
        assert (fact["data"]["code"], fact["data"]["request_id"]) == ("UsedByYou", order_id)

    def test_is_granted_once_to_two_that_pay_at_the_same_moment(
        self, ann: PromotionHarness, again: PromotionHarness
    ) -> None:
        for one in (ann, again):
            ann.payments.memory.pay(ann.payments.order(one.buy()["order_id"])["checkout_ref"])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(ann.payments.hear, ann.payments.memory.take_hints()))

        assert sorted([*kinds(ann), *kinds(again)]) == ["promo", "purchased", "purchased"]
        assert sorted(ann.statuses()) == ["confirmed", "given_back"]

    def test_comes_once_although_the_first_order_failed_and_is_paid_later(self, ann: PromotionHarness) -> None:
        memory, first = ann.payments.memory, ann.buy()["order_id"]
        memory.fail(ann.payments.order(first)["checkout_ref"], PaymentStatus.FAILED)
        ann.payments.hear_all()
        ann.pay(ann.buy()["order_id"])

        ann.pay(first)

        assert kinds(ann) == ["promo", "purchased", "purchased"]
        assert sorted(ann.statuses()) == ["confirmed", "given_back"]
        assert ann.row()["used"] == 1

    def test_comes_with_late_money_whose_code_nobody_has_used_since(self, ann: PromotionHarness) -> None:
        order_id = ann.buy()["order_id"]
        ann.cancel(order_id)

        ann.pay(order_id)

        assert kinds(ann) == ["promo", "purchased"]
        assert ann.statuses() == ["confirmed"]
