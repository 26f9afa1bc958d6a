"""Codes at the checkout: reserved, confirmed, given back, and never used more often than they may be."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.refund import GatewayRefundStatus
from domain.money import Money
from messages.payments.requests import PurchaseRequested
from messages.queues import PURCHASE
from store.engine import Engine
from tests.workers.events import registered
from tests.workers.payments.test_at_once import at_once
from tests.workers.promotions.harness import PromotionHarness
from workers.payments.dispute import apply_dispute
from workers.payments.refund_result import apply_refund

PRICE_MINOR = 69_900


class TestCheckout:
    def test_takes_the_discount_off_and_keeps_the_list_price(self, codes: PromotionHarness) -> None:
        codes.create()

        order = codes.payments.order(codes.buy()["order_id"])

        assert (order["list_price_minor"], order["price_minor"]) == (PRICE_MINOR, 62_910)
        assert order["discount_minor"] == codes.row()["used_minor"]["RUB"] == 6_990
        assert codes.statuses() == ["reserved"]

    def test_takes_a_discount_and_a_bonus_in_either_order(self, codes: PromotionHarness) -> None:
        codes.create()
        bonus = codes.another()
        bonus.id, bonus.code = f"{codes.id}-bonus", f"{codes.code}B"
        bonus.create("bonus_seconds", valid_days=30)

        first, second = codes.another(), codes.another()
        orders = [
            each.payments.order(each.buy(*named)["order_id"])
            for each, named in ((first, (codes.code, bonus.code)), (second, (bonus.code, codes.code)))
        ]

        for order in orders:
            assert (order["price_minor"], order["bonus_seconds"], order["bonus_valid_days"]) == (62_910, 600, 30)
            assert order["discount_code"] is not None
            assert order["bonus_code"] is not None

    def test_is_confirmed_by_the_payment_and_says_so(self, codes: PromotionHarness) -> None:
        codes.create()
        order_id = codes.buy()["order_id"]

        codes.pay(order_id)

        assert codes.statuses() == ["confirmed"]
        [fact] = codes.payments.minutes.facts("promotion.redeemed")
        assert fact["data"]["order_id"] == order_id
        assert fact["data"]["discount_minor"] == 6_990

    def test_gives_back_what_is_not_paid(self, codes: PromotionHarness) -> None:
        codes.create()

        codes.cancel(codes.buy()["order_id"])

        assert codes.statuses() == ["given_back"]
        row = codes.row()
        assert (row["used"], row["used_today"], row["used_minor"]) == (0, 0, {"RUB": 0})

    def test_gives_back_what_is_refunded_in_full_and_no_earlier(self, codes: PromotionHarness) -> None:
        codes.create()
        order_id = codes.buy()["order_id"]
        codes.pay(order_id)

        codes.payments.refund(order_id, 10_000)
        codes.payments.hear_all()
        partly = codes.statuses()
        codes.payments.refund(order_id)
        codes.payments.hear_all()

        assert partly == ["confirmed"]
        assert codes.statuses() == ["given_back"]

    @pytest.mark.parametrize("is_used_up", [False, True])
    def test_counts_again_when_the_refund_fails_after_all(self, codes: PromotionHarness, is_used_up: bool) -> None:
        codes.create(uses=1)
        order_id = codes.buy()["order_id"]
        codes.pay(order_id)
        codes.payments.refund(order_id)
        reported = codes.payments.memory.fetch_refund(codes.payments.refunds(order_id)[0]["refund_ref"])
        if is_used_up:
            other = codes.another()
            other.pay(other.buy()["order_id"])

        failed = replace(reported, status=GatewayRefundStatus.FAILED)
        apply_refund(codes.payments.context, codes.payments.memory.name, failed)

        use = codes.uses()[0]
        assert (use["status"], use["is_beyond_limit"]) == ("confirmed", is_used_up)
        assert codes.payments.order(order_id)["needs_review"] is is_used_up
        assert len(codes.payments.minutes.facts("promotion.redeemed")) == 1

    def test_counts_again_when_a_lost_dispute_is_won_after_all(self, codes: PromotionHarness) -> None:
        codes.create()
        order_id = codes.buy()["order_id"]
        codes.pay(order_id)
        statuses = []

        for status in ("open", "lost", "won"):
            codes.payments.report_dispute(order_id, status)
            statuses += codes.statuses()

        assert statuses == ["confirmed", "given_back", "confirmed"]
        assert codes.row()["used"] == 1

    def test_gives_back_what_a_dispute_in_another_currency_took(self, codes: PromotionHarness) -> None:
        codes.create()
        order_id = codes.buy()["order_id"]
        codes.pay(order_id)
        payments, payment_ref = codes.payments, codes.payments.order(order_id)["payment_ref"]
        reported = GatewayDispute("dp", payment_ref, DisputeStatus.OPEN, Money(2, "USD"), "fraud", payments.clock())

        for status in (DisputeStatus.OPEN, DisputeStatus.LOST):
            apply_dispute(payments.context, payments.memory.name, replace(reported, status=status))

        assert codes.statuses() == ["given_back"]

    def test_counts_late_money_again_even_beyond_the_limit(self, codes: PromotionHarness) -> None:
        codes.create(uses=1)
        late = codes.buy()["order_id"]
        codes.cancel(late)
        other = codes.another()
        other.pay(other.buy()["order_id"])

        codes.pay(late)

        assert codes.statuses() == ["confirmed", "confirmed"]
        assert codes.uses()[0]["is_beyond_limit"]
        assert codes.payments.order(late)["needs_review"]

    def test_counts_late_money_beyond_what_a_person_may_have_and_says_so(self, codes: PromotionHarness) -> None:
        codes.create()
        late = codes.buy()["order_id"]
        codes.cancel(late)
        codes.pay(codes.buy()["order_id"])

        codes.pay(late)

        assert [use["is_beyond_limit"] for use in codes.uses()] == [True, False]
        assert codes.payments.order(late)["needs_review"]

    def test_repeated_reserves_once(self, codes: PromotionHarness) -> None:
        codes.create()

        data = {"product_id": "standard", "codes": [codes.code]}
        event = codes.payments.event(PurchaseRequested, data, PURCHASE)
        answers = [codes.payments.handle(event) for _ in range(2)]

        assert answers[0]["order_id"] == answers[1]["order_id"]
        assert codes.row()["used"] == 1


class TestRefusal:
    def test_names_the_reason_and_sells_nothing(self, codes: PromotionHarness) -> None:
        answer = codes.buy("NOBODY-HAS-IT")

        assert answer["code"] == "UnknownCode"
        assert codes.payments.orders() == []

    def test_of_a_paused_code_reads_as_of_an_unknown_one(self, codes: PromotionHarness) -> None:
        codes.create()
        codes.pause()
        paused = codes.buy()
        codes.pause(is_paused=False)

        assert paused["code"] == "UnknownCode"
        assert "code" not in codes.buy()

    def test_ends_when_it_says(self, codes: PromotionHarness) -> None:
        ends_at = codes.payments.clock() + timedelta(hours=1)
        codes.create(ends_at=ends_at.isoformat())

        with codes.later(hours=2):
            assert codes.buy()["code"] == "CodeExpired"

    @pytest.mark.parametrize(
        ("terms", "wanted"),
        [
            ({"ends_at": "2026-01-01T00:00:00Z"}, "EndsInThePast"),
            ({"product_ids": ["standard", "nosuch"]}, "UnknownProduct"),
        ],
    )
    def test_is_not_made_where_nobody_could_use_it(
        self, codes: PromotionHarness, terms: dict[str, object], wanted: str
    ) -> None:
        assert codes.create(**terms)["code"] == wanted

    @pytest.mark.parametrize(
        ("terms", "wanted"),
        [
            ({"product_ids": ["month"]}, "OtherProduct"),
            ({"account_id": "somebody-else"}, "UnknownCode"),
            ({"buyers": "returning"}, "ReturningBuyersOnly"),
            ({"budget_minor": {"RUB": 6_989}}, "UsedUp"),
        ],
    )
    def test_keeps_to_the_terms(self, codes: PromotionHarness, terms: dict[str, object], wanted: str) -> None:
        codes.create(**terms)

        assert codes.buy()["code"] == wanted

    def test_of_a_second_use_by_the_same_person_with_another_account(self, codes: PromotionHarness) -> None:
        codes.create()
        other = codes.another()
        for each, tag in ((codes, ""), (other, "+again")):
            each.payments.minutes.apply(registered(each.payments.account, email=f"{codes.id}{tag}@example.org"))

        codes.buy()

        assert other.buy()["code"] == "UsedByYou"

    def test_of_a_first_purchase_code_to_who_has_bought(self, codes: PromotionHarness) -> None:
        codes.payments.bought()
        codes.create(first_purchase_only=True)

        assert codes.buy()["code"] == "FirstPurchaseOnly"

    def test_counts_until_no_code_may_be_tried_and_ends_after_an_hour(self, codes: PromotionHarness) -> None:
        codes.create()
        refused = [codes.buy(f"WRONG{number}")["code"] for number in range(10)]

        stopped = codes.buy()
        with codes.later(hours=1, minutes=1):
            again = codes.buy()

        assert refused == ["UnknownCode"] * 10
        assert stopped["code"] == "TooManyTries"
        assert "code" not in again


class TestAtOnce:
    def test_three_uses_are_three_among_many_and_two_more_after_two_cancels(self, shop: Engine) -> None:
        codes = PromotionHarness(shop)
        codes.create(uses=3)
        buyers = [codes.another() for _ in range(200)]

        first = buy_at_once(buyers)
        won = [buyer for buyer, answer in zip(buyers, first, strict=True) if "code" not in answer]
        for buyer in won[:2]:
            buyer.cancel(buyer.payments.orders()[0]["id"])
        second = buy_at_once([codes.another() for _ in range(20)])

        assert len(won) == 3
        assert {answer["code"] for answer in first if "code" in answer} == {"UsedUp"}
        assert sum("code" not in answer for answer in second) == 2
        assert sorted(codes.statuses()) == ["given_back"] * 2 + ["reserved"] * 3
        assert codes.row()["used"] == 3


def buy_at_once(buyers: list[PromotionHarness]) -> list[dict[str, object]]:
    """Let all buy at the same instant, in ten workers; return the answers in their order."""
    answers: dict[int, dict[str, object]] = {}

    def work(start: int) -> None:
        for number in range(start, len(buyers), 10):
            answers[number] = buyers[number].buy()

    at_once(*(lambda start=start: work(start) for start in range(10)))  # type: ignore[misc]
    return [answers[number] for number in range(len(buyers))]


class TestAlone:
    def test_gives_minutes_at_once(self, codes: PromotionHarness) -> None:
        codes.create("bonus_seconds", needs_purchase=False, valid_days=30)

        answer = codes.redeem(codes.code.lower())

        [package] = codes.payments.minutes.packages()
        assert answer["granted_seconds"] == package["left_seconds"] == 600
        assert package["kind"] == "bonus"
        assert codes.statuses() == ["confirmed"]
        assert [fact["type"] for fact in codes.payments.minutes.facts("promotion.redeemed")]

    def test_gives_a_products_package(self, codes: PromotionHarness) -> None:
        codes.create("free_package", free_product_id="month", needs_purchase=False)

        assert codes.redeem()["granted_seconds"] == 6_000

    def test_refuses_a_second_time(self, codes: PromotionHarness) -> None:
        codes.create("bonus_seconds", needs_purchase=False)
        codes.redeem()

        answer = codes.redeem()

        assert answer["code"] == "UsedByYou"
        [fact] = codes.payments.minutes.facts("promotion.refused")
        assert fact["data"]["code"] == "UsedByYou"

    def test_refuses_a_code_that_comes_with_a_purchase(self, codes: PromotionHarness) -> None:
        codes.create("bonus_seconds")

        assert codes.redeem()["code"] == "NeedsPurchase"


class TestMaking:
    def test_refuses_a_code_that_looks_like_another(self, codes: PromotionHarness) -> None:
        codes.create()
        other = codes.another()
        other.id, other.code = f"{codes.id}-2", codes.code.replace("C", "\u0421")

        assert other.create()["code"] == "CodeExists"
        assert other.payments.minutes.select("SELECT FROM promotion WHERE id = :id", id=other.id) == []

    def test_makes_batches_whose_codes_work_once_each(self, codes: PromotionHarness) -> None:
        codes.create(code=None, uses_each=0)

        answer = codes.batch(1_000)

        texts = codes.payments.minutes.select(
            "SELECT text FROM promo_code JOIN promotion ON promotion.number = promo_code.promotion"
            " WHERE promotion.id = :id",
            id=codes.id,
        )
        assert (answer["batch"], answer["codes"], len(texts)) == (1, 1_000, 1_000)
        code = texts[0]["text"]
        assert "code" not in codes.buy(code)
        assert codes.another().buy(code)["code"] == "UsedUp"

    def test_gives_the_list_out_once(self, codes: PromotionHarness) -> None:
        codes.create(code=None)
        codes.batch(10)

        first, second, again = codes.export(), codes.export(), codes.export(again=True)

        assert first["codes"] == again["codes"] == 10
        assert second["code"] == "ExportedBefore"
