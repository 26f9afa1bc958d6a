"""Reversals at PayPal: the money is gone, and so are the minutes, once."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.webhook import Hint, Subject
from domain.money import Money
from store.engine import Engine
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.paypal.records import new_id
from tests.gateways.contract.abilities import settings_of
from tests.gateways.contract.marks import ABILITIES
from tests.workers.payments.harness import PaymentHarness
from workers.payments.reconcile import import_recent, poll_open_payments

[PAYPAL] = [able for able in ABILITIES if able.name == "paypal"]

Bought = tuple[PaymentHarness, PaypalDouble, str]


@pytest.fixture
def bought(shop: Engine) -> Iterator[Bought]:
    """An order that is paid through PayPal, and its capture."""
    with PaypalDouble() as double:
        harness = PaymentHarness(shop, PAYPAL.folder.open_gateway(settings_of(PAYPAL, double.settings())))
        order_id = harness.buy("standard", currency="JPY")["order_id"]
        checkout_ref = harness.order(order_id)["checkout_ref"]
        double.pay(checkout_ref)
        hear(harness, Subject.CHECKOUT, checkout_ref)
        yield harness, double, str(double.payment_ref_of(checkout_ref))


def hear(harness: PaymentHarness, subject: Subject, ref: str) -> str:
    """Let a webhook about an object arrive."""
    return harness.hear(Hint("paypal", f"evt_{uuid.uuid4()}", subject, ref, "changed", True))


def by_webhook(harness: PaymentHarness, payment_ref: str) -> None:
    """Hear of a capture by its webhook."""
    hear(harness, Subject.PAYMENT, payment_ref)


def by_list(harness: PaymentHarness, payment_ref: str) -> None:
    """Find a capture in the feed; its webhook was lost."""
    import_recent(harness.context)


def by_poll(harness: PaymentHarness, payment_ref: str) -> None:
    """Poll what may be won after all, days later; neither webhook nor feed has told of it."""
    harness.offset = timedelta(days=2)
    poll_open_payments(harness.context)


def paid_again(double: PaypalDouble, payment_ref: str) -> str:
    """Let the buyer pay once more by another order that names ours; return its capture."""
    first = double.state.captures[payment_ref]
    order = replace(double.state.orders[first.order_id], id=new_id(), captures=[])
    capture = replace(first, id=new_id(), order_id=order.id)
    order.captures.append(capture)
    double.state.orders[order.id], double.state.captures[capture.id] = order, capture
    return capture.id


class TestReversal:
    @pytest.mark.parametrize("notice", [by_webhook, by_list])
    def test_voids_what_is_left_and_makes_a_debt_of_the_rest(
        self, bought: Bought, notice: Callable[[PaymentHarness, str], None]
    ) -> None:
        harness, double, payment_ref = bought
        harness.use(8_000)

        double.reverse(payment_ref)
        notice(harness, payment_ref)
        import_recent(harness.context)

        [package] = harness.minutes.packages()
        assert (package["state"], package["voided_seconds"]) == ("voided", 10_000)
        assert harness.minutes.row()["debt_seconds"] == 8_000

    @pytest.mark.parametrize("notice", [by_webhook, by_list, by_poll])
    def test_that_is_taken_back_gives_everything_back_once(
        self, bought: Bought, notice: Callable[[PaymentHarness, str], None]
    ) -> None:
        harness, double, payment_ref = bought
        harness.use(8_000)
        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)

        double.take_back_reversal(payment_ref)
        for _ in range(2):
            notice(harness, payment_ref)

        assert harness.minutes.row()["debt_seconds"] == 0
        assert sorted((one["kind"], one["left_seconds"]) for one in harness.minutes.packages()) == [
            ("purchased", 0),
            ("support", 10_000),
        ]

    def test_that_stands_again_after_it_was_taken_back_is_put_before_a_person(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)
        double.take_back_reversal(payment_ref)
        by_webhook(harness, payment_ref)

        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)

        order_id = harness.orders()[0]["id"]
        assert harness.order(order_id)["needs_review"]

    def test_that_stands_stays_when_it_is_polled(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)

        by_poll(harness, payment_ref)

        assert [one["kind"] for one in harness.minutes.packages()] == ["purchased"]

    def test_beside_a_dispute_takes_the_money_once(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        harness.use(8_000)
        dispute = double.open_dispute(payment_ref)
        hear(harness, Subject.DISPUTE, dispute)
        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)
        double.close_dispute(dispute, won=False)

        import_recent(harness.context)

        assert harness.minutes.row()["debt_seconds"] == 8_000

    def test_before_its_dispute_is_heard_of_takes_the_money_once(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        harness.use(8_000)
        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)

        double.close_dispute(double.open_dispute(payment_ref), won=False)
        import_recent(harness.context)

        assert harness.minutes.row()["debt_seconds"] == 8_000

    def test_of_the_rest_of_a_refunded_capture_takes_the_rest(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        refund = double.refund_from_dashboard(payment_ref, Money(400, "JPY").minor)
        hear(harness, Subject.REFUND, refund)

        double.reverse(payment_ref)
        by_webhook(harness, payment_ref)

        [package] = harness.minutes.packages()
        assert (package["state"], package["left_seconds"]) == ("voided", 0)

    def test_that_is_a_refund_at_paypal_enters_as_one(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        double.refund_from_dashboard(payment_ref)

        by_webhook(harness, payment_ref)

        assert [one["status"] for one in harness.refunds(harness.orders()[0]["id"])] == ["succeeded"]
        assert harness.minutes.packages()[0]["state"] == "voided"

    def test_of_a_second_payment_ends_its_review(self, bought: Bought) -> None:
        harness, double, payment_ref = bought
        second = paid_again(double, payment_ref)
        by_webhook(harness, second)
        [before] = harness.orders()

        double.reverse(second)
        by_webhook(harness, second)
        by_webhook(harness, second)

        [after] = harness.orders()
        assert (before["needs_review"], after["needs_review"]) == (True, False)
        assert harness.minutes.packages()[0]["left_seconds"] == 18_000
