"""Looking up, and answers that are unclear, odd, or do not come."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from tests.doubles.faults import Fault
from tests.gateways.contract.desk import (
    Desk,
    a_key,
    paid_ref,
    settings_of,
)
from tests.gateways.contract.marks import (
    DAY,
    DISPUTING,
    NOTHING,
    NOTHING_DONE,
    ODD_REFS,
    UNCLEAR,
)


class TestRecent:
    def test_has_payments_and_refunds_with_our_ids(self, desk: Desk) -> None:
        payment = desk.paid(saves_method=True)
        assert payment.method is not None
        charged = desk.gateway.charge_saved_method(desk.charge(payment.method), a_key("ch"))
        refund = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))
        by_hand = desk.double.refund_from_dashboard(paid_ref(charged), 100)

        found = list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))

        order_ids = {one.payment_ref: one.order_id for one in found if isinstance(one, GatewayPayment)}
        assert order_ids[payment.payment_ref] == payment.order_id
        assert order_ids[charged.payment_ref] == charged.order_id
        refund_ids = {one.ref: one.refund_id for one in found if isinstance(one, GatewayRefund)}
        assert refund_ids[refund.ref] == refund.refund_id
        assert refund_ids[by_hand] is None

    def test_has_a_payment_whose_webhook_was_lost(self, desk: Desk) -> None:
        checkout = desk.checkout()
        desk.double.pay(checkout.ref)

        found = list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))

        seen = [one for one in found if isinstance(one, GatewayPayment) and one.checkout_ref == checkout.ref]
        assert {one.status for one in seen} == {desk.able.once_paid}
        assert seen[0] == desk.gateway.fetch_payment(checkout.ref)

    def test_tells_what_a_look_tells(self, desk: Desk) -> None:
        payment = desk.paid()
        refund = desk.gateway.refund(desk.refund_order(payment, 100), a_key("rf"))

        found = list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))

        assert desk.gateway.fetch_payment(paid_ref(payment)) in found
        assert refund in found

    @pytest.mark.parametrize("days", [-2, 2])
    def test_keeps_to_its_period(self, desk: Desk, days: int) -> None:
        desk.double.refund_from_dashboard(paid_ref(desk.paid()), 100)
        since = desk.began + days * DAY

        assert list(desk.gateway.list_recent(since, since + DAY)) == []

    def test_that_gets_no_answer_is_no_empty_list(self, desk: Desk) -> None:
        desk.paid()
        desk.break_next(desk.able.lists_by, Fault.HTML)

        with pytest.raises(UnableToReach):
            list(desk.gateway.list_recent(desk.began, datetime.now(UTC)))


class TestUnknownRef:
    @pytest.mark.parametrize("ref", [None, *ODD_REFS])
    def test_is_not_found(self, desk: Desk, ref: str | None) -> None:
        asked = desk.able.unknown_ref if ref is None else ref

        for look in (desk.gateway.fetch_payment, desk.gateway.fetch_refund):
            with pytest.raises(NotFound):
                look(asked)
        with pytest.raises(NotFound):
            desk.gateway.complete_checkout(asked, a_key("cp"))

    @DISPUTING
    @pytest.mark.parametrize("ref", [None, *ODD_REFS])
    def test_is_no_dispute_either(self, desk: Desk, ref: str | None) -> None:
        with pytest.raises(NotFound):
            desk.gateway.fetch_dispute(desk.able.unknown_ref if ref is None else ref)


class TestUnclearAnswer:
    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_to_a_checkout_is_asked_for_again_by_the_key(self, desk: Desk, fault: Fault) -> None:
        purchase, key = desk.purchase(), a_key("co")
        desk.break_next("create_checkout", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.create_checkout(purchase, key)
        first, second = (desk.gateway.create_checkout(purchase, key) for _ in range(2))

        assert first == second
        assert desk.gateway.fetch_payment(first.ref).order_id == purchase.order_id

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_to_completing_has_taken_nothing(self, desk: Desk, fault: Fault) -> None:
        checkout, price = desk.checkout(), desk.able.price
        desk.double.pay(checkout.ref)
        desk.break_next(desk.able.completes_by, fault)

        with pytest.raises(UnableToReach):
            desk.gateway.complete_checkout(checkout.ref, a_key("cp"))

        taken_by_itself = {price.currency: (price.minor, 0)}
        assert (
            desk.books() == {PaymentStatus.PAID: taken_by_itself, PaymentStatus.APPROVED: NOTHING}[desk.able.once_paid]
        )

    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_to_completing_is_asked_for_again_and_takes_the_money_once(self, desk: Desk, fault: Fault) -> None:
        checkout, key = desk.checkout(), a_key("cp")
        desk.double.pay(checkout.ref)
        desk.break_next(desk.able.completes_by, fault)

        with pytest.raises(UnableToReach):
            desk.gateway.complete_checkout(checkout.ref, key)
        payment = desk.gateway.complete_checkout(checkout.ref, key)

        assert payment.status is PaymentStatus.PAID
        assert desk.books() == {payment.price.currency: (payment.price.minor, 0)}

    @pytest.mark.parametrize(
        ("fault", "done"), [(Fault.ERROR_BEFORE, False), (Fault.HTML, False), (Fault.ERROR_AFTER_COMMIT, True)]
    )
    def test_to_a_charge_is_asked_for_again_and_takes_the_money_once(
        self, desk: Desk, fault: Fault, done: bool
    ) -> None:
        charge, key = desk.charge(desk.saved_method()), a_key("ch")
        once = {charge.price.currency: (charge.price.minor, 0)}
        desk.break_next("charge", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.charge_saved_method(charge, key)
        books_while_unclear = desk.books()
        payment = desk.gateway.charge_saved_method(charge, key)

        assert books_while_unclear == (once if done else NOTHING)
        assert payment.status is PaymentStatus.PAID
        assert desk.books() == once

    @pytest.mark.parametrize(
        ("fault", "done_minor"), [(Fault.ERROR_BEFORE, 0), (Fault.HTML, 0), (Fault.ERROR_AFTER_COMMIT, 100)]
    )
    def test_to_a_refund_is_asked_for_again_and_gives_the_money_back_once(
        self, desk: Desk, fault: Fault, done_minor: int
    ) -> None:
        payment, key = desk.paid(), a_key("rf")
        price, currency = payment.price.minor, payment.price.currency
        order = desk.refund_order(payment, 100)
        desk.break_next("refund", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.refund(order, key)
        books_while_unclear = desk.books()
        refund = desk.gateway.refund(order, key)

        assert books_while_unclear == {currency: (price, done_minor)}
        assert (refund.status, refund.refund_id) == (GatewayRefundStatus.SUCCEEDED, order.refund_id)
        assert desk.books() == {currency: (price, 100)}

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_to_a_look_is_not_a_no(self, desk: Desk, fault: Fault) -> None:
        payment = desk.paid()
        desk.break_next("fetch", fault)

        with pytest.raises(UnableToReach):
            desk.gateway.fetch_payment(paid_ref(payment))

        assert desk.gateway.fetch_payment(paid_ref(payment)) == payment


class TestNobodyThere:
    def test_is_an_unclear_answer(self, desk: Desk) -> None:
        with desk.able.new_double() as gone:
            settings = settings_of(desk.able, gone.settings())
        lonely = replace(desk, gateway=desk.able.opening.open_gateway(settings))

        with pytest.raises(UnableToReach):
            lonely.checkout()
        with pytest.raises(UnableToReach):
            lonely.gateway.fetch_payment(desk.able.unknown_ref)
