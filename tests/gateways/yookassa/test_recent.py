"""Listing payments and refunds of a period, however many."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.gateway.errors import UnableToReach
from domain.gateway.payment import GatewayPayment
from domain.gateway.recent import ListedObject, UnreadObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.webhook import Subject
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.faults import Fault
from tests.doubles.yookassa.double import YooKassaDouble
from tests.gateways.yookassa.samples import CHECKOUT_REQUEST, a_key, paid, refund_request

DAY = timedelta(days=1)


class TestRecent:
    def test_lists_payments_in_every_state_and_refunds(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        payment = paid(double, gateway)
        waiting = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        ours = gateway.refund(refund_request(payment, 5_000), a_key("rf"))
        by_hand = double.refund_from_dashboard(payment.payment_ref or "", 1_000)

        items = _recent(gateway)

        assert _payment_refs(items) == {payment.checkout_ref, waiting.ref}
        assert {item.ref: item.refund_id for item in items if isinstance(item, GatewayRefund)} == {
            ours.ref: "r-1",
            by_hand: None,
        }

    def test_goes_over_pages_to_the_end(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        opened = {gateway.create_checkout(CHECKOUT_REQUEST, a_key()).ref for _ in range(205)}

        items = _recent(gateway)

        assert _payment_refs(items) == opened
        assert len(items) == 205
        # Three pages by creation, and one each for what was paid and for refunds.
        assert double.count("list") == 5

    def test_lists_what_was_made_before_and_paid_since(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        double.clock_shift = -DAY
        early = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        unpaid = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        double.clock_shift = timedelta(0)
        double.pay(early.ref)

        refs = _payment_refs(_recent(gateway))

        assert early.ref in refs
        assert unpaid.ref not in refs

    def test_keeps_to_its_period(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        paid(double, gateway)
        now = datetime.now(UTC)

        assert list(gateway.list_recent(now - 2 * DAY, now - DAY)) == []

    def test_loses_nothing_between_two_milliseconds(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        checkout = gateway.create_checkout(CHECKOUT_REQUEST, a_key())
        made_at = gateway.fetch_payment(checkout.ref).at

        items = list(gateway.list_recent(made_at, made_at + timedelta(microseconds=500)))

        assert _payment_refs(items) == {checkout.ref}

    def test_an_empty_shop_has_nothing(self, gateway: YooKassaGateway) -> None:
        assert _recent(gateway) == []

    @pytest.mark.parametrize(
        "spoilt", [{"amount": None}, {"status": "on_the_moon"}, {"amount": {"value": "ten"}}, {"metadata": 7}]
    )
    def test_goes_on_behind_what_it_cannot_read(
        self, double: YooKassaDouble, gateway: YooKassaGateway, spoilt: dict[str, Any]
    ) -> None:
        first, second = paid(double, gateway), paid(double, gateway)
        refund = double.refund_from_dashboard(second.payment_ref or "", 1_000)
        double.spoil(first.payment_ref or "", **spoilt)

        items = _recent(gateway)

        assert _payment_refs(items) == {second.checkout_ref}
        assert {item.ref for item in items if isinstance(item, GatewayRefund)} == {refund}
        assert {item.subject for item in items if isinstance(item, UnreadObject)} == {Subject.PAYMENT}

    def test_a_page_that_does_not_come_ends_the_list(self, double: YooKassaDouble, gateway: YooKassaGateway) -> None:
        paid(double, gateway)
        double.faults.plan("list", Fault.HTML)

        with pytest.raises(UnableToReach):
            _recent(gateway)


def _recent(gateway: YooKassaGateway) -> list[ListedObject]:
    now = datetime.now(UTC)
    return list(gateway.list_recent(now - timedelta(hours=1), now + timedelta(minutes=1)))


def _payment_refs(items: list[ListedObject]) -> set[str | None]:
    return {item.checkout_ref for item in items if isinstance(item, GatewayPayment)}
