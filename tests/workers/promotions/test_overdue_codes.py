"""The sweep of overdue uses, and codes that make an order free."""

from sqlalchemy import text

from store.transaction import transaction
from tests.workers.promotions.harness import PromotionHarness
from workers.payments.overdue_codes import sweep_redemptions


def end_by_hand(codes: PromotionHarness, order_id: str) -> None:
    """End an order as no worker does: nobody settles its codes."""
    with transaction(codes.engine) as session:
        ended = "UPDATE orders SET status = 'expired', expired_at = now() WHERE id = :id"
        session.execute(text(ended), {"id": order_id})


class TestSweep:
    def test_gives_back_what_an_ended_order_still_holds(self, codes: PromotionHarness) -> None:
        codes.create()
        end_by_hand(codes, codes.buy()["order_id"])

        with codes.later(hours=26):
            sweep_redemptions(codes.payments.context)

        assert codes.statuses() == ["given_back"]
        assert codes.row()["used"] == 0

    def test_leaves_what_may_still_be_paid(self, codes: PromotionHarness) -> None:
        codes.create()
        codes.buy()

        with codes.later(hours=26):
            counts = sweep_redemptions(codes.payments.context)
            again = sweep_redemptions(codes.payments.context)

        assert codes.statuses() == ["reserved"]
        assert counts["still_open"] >= 1
        assert again["still_open"] == 0


class TestFreeOrder:
    def test_is_paid_at_once_and_its_use_confirmed(self, codes: PromotionHarness) -> None:
        codes.create(share=10_000)

        answer = codes.buy()

        order = codes.payments.order(answer["order_id"])
        assert (order["gateway"], order["status"], order["price_minor"]) == ("none", "paid", 0)
        assert codes.statuses() == ["confirmed"]
        assert codes.payments.memory.checkouts() == []

    def test_of_a_free_package_is_of_its_product_alone(self, codes: PromotionHarness) -> None:
        codes.create("free_package", free_product_id="month")

        other, free = codes.buy(), codes.buy(product="month")

        assert other["code"] == "OtherProduct"
        assert free["amount_minor"] == 0
        assert free["status"] == "paid"
