"""Fetching and listing, and answers that are unclear, odd, or do not come."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from tests.doubles.faults import Fault
from tests.gateways.contract.abilities import settings_of
from tests.gateways.contract.harness import GatewayHarness, a_key, paid_ref
from tests.gateways.contract.marks import (
    DAY,
    NOTHING,
    NOTHING_DONE,
    ODD_REFS,
    UNCLEAR,
    WITH_DISPUTES,
)


class TestRecent:
    def test_has_payments_and_refunds_with_our_ids(self, harness: GatewayHarness) -> None:
        payment = harness.paid(saves_method=True)
        assert payment.method is not None
        charged = harness.gateway.charge_saved_method(harness.charge_request(payment.method), a_key("ch"))
        refund = harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))
        by_hand = harness.double.refund_from_dashboard(paid_ref(charged), 100)

        found = list(harness.gateway.list_recent(harness.began, datetime.now(UTC)))

        order_ids = {one.payment_ref: one.order_id for one in found if isinstance(one, GatewayPayment)}
        assert order_ids[payment.payment_ref] == payment.order_id
        assert order_ids[charged.payment_ref] == charged.order_id
        refund_ids = {one.ref: one.refund_id for one in found if isinstance(one, GatewayRefund)}
        assert refund_ids[refund.ref] == refund.refund_id
        assert refund_ids[by_hand] is None

    def test_has_a_payment_whose_webhook_was_lost(self, harness: GatewayHarness) -> None:
        checkout = harness.checkout()
        harness.double.pay(checkout.ref)

        found = list(harness.gateway.list_recent(harness.began, datetime.now(UTC)))

        seen = [one for one in found if isinstance(one, GatewayPayment) and one.checkout_ref == checkout.ref]
        assert {one.status for one in seen} == {harness.able.once_paid}
        assert seen[0] == harness.gateway.fetch_payment(checkout.ref)

    def test_has_what_fetching_returns(self, harness: GatewayHarness) -> None:
        payment = harness.paid()
        refund = harness.gateway.refund(harness.refund_request(payment, 100), a_key("rf"))

        found = list(harness.gateway.list_recent(harness.began, datetime.now(UTC)))

        assert harness.gateway.fetch_payment(paid_ref(payment)) in found
        assert refund in found

    @pytest.mark.parametrize("days", [-2, 2])
    def test_keeps_to_its_period(self, harness: GatewayHarness, days: int) -> None:
        harness.double.refund_from_dashboard(paid_ref(harness.paid()), 100)
        since = harness.began + days * DAY

        assert list(harness.gateway.list_recent(since, since + DAY)) == []

    def test_that_gets_no_answer_is_no_empty_list(self, harness: GatewayHarness) -> None:
        harness.paid()
        harness.break_next(harness.able.lists_by, Fault.HTML)

        with pytest.raises(UnableToReach):
            list(harness.gateway.list_recent(harness.began, datetime.now(UTC)))


class TestUnknownRef:
    @pytest.mark.parametrize("ref", [None, *ODD_REFS])
    def test_is_not_found(self, harness: GatewayHarness, ref: str | None) -> None:
        asked = harness.able.unknown_ref if ref is None else ref

        for fetch in (harness.gateway.fetch_payment, harness.gateway.fetch_refund):
            with pytest.raises(NotFound):
                fetch(asked)
        with pytest.raises(NotFound):
            harness.gateway.complete_checkout(asked, a_key("cp"))

    @WITH_DISPUTES
    @pytest.mark.parametrize("ref", [None, *ODD_REFS])
    def test_is_no_dispute_either(self, harness: GatewayHarness, ref: str | None) -> None:
        with pytest.raises(NotFound):
            harness.gateway.fetch_dispute(harness.able.unknown_ref if ref is None else ref)


class TestUnclearAnswer:
    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_to_a_checkout_is_asked_for_again_by_the_key(self, harness: GatewayHarness, fault: Fault) -> None:
        request, key = harness.checkout_request(), a_key("co")
        harness.break_next("create_checkout", fault)

        with pytest.raises(UnableToReach):
            harness.gateway.create_checkout(request, key)
        first, second = (harness.gateway.create_checkout(request, key) for _ in range(2))

        assert first == second
        assert harness.gateway.fetch_payment(first.ref).order_id == request.order_id

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_to_completing_has_taken_nothing(self, harness: GatewayHarness, fault: Fault) -> None:
        checkout, price = harness.checkout(), harness.able.price
        harness.double.pay(checkout.ref)
        harness.break_next(harness.able.completes_by, fault)

        with pytest.raises(UnableToReach):
            harness.gateway.complete_checkout(checkout.ref, a_key("cp"))

        taken_by_itself = {price.currency: (price.minor, 0)}
        assert (
            harness.books()
            == {PaymentStatus.PAID: taken_by_itself, PaymentStatus.APPROVED: NOTHING}[harness.able.once_paid]
        )

    @pytest.mark.parametrize("fault", UNCLEAR)
    def test_to_completing_is_asked_for_again_and_takes_the_money_once(
        self, harness: GatewayHarness, fault: Fault
    ) -> None:
        checkout, key = harness.checkout(), a_key("cp")
        harness.double.pay(checkout.ref)
        harness.break_next(harness.able.completes_by, fault)

        with pytest.raises(UnableToReach):
            harness.gateway.complete_checkout(checkout.ref, key)
        payment = harness.gateway.complete_checkout(checkout.ref, key)

        assert payment.status is PaymentStatus.PAID
        assert harness.books() == {payment.price.currency: (payment.price.minor, 0)}

    @pytest.mark.parametrize(
        ("fault", "done"),
        [(Fault.ERROR_BEFORE, False), (Fault.HTML, False), (Fault.BLOCKED, False), (Fault.ERROR_AFTER_COMMIT, True)],
    )
    def test_to_a_charge_is_asked_for_again_and_takes_the_money_once(
        self, harness: GatewayHarness, fault: Fault, done: bool
    ) -> None:
        request, key = harness.charge_request(harness.saved_method()), a_key("ch")
        once = {request.price.currency: (request.price.minor, 0)}
        harness.break_next("charge", fault)

        with pytest.raises(UnableToReach):
            harness.gateway.charge_saved_method(request, key)
        books_while_unclear = harness.books()
        payment = harness.gateway.charge_saved_method(request, key)

        assert books_while_unclear == (once if done else NOTHING)
        assert payment.status is PaymentStatus.PAID
        assert harness.books() == once

    @pytest.mark.parametrize(
        ("fault", "done_minor"),
        [(Fault.ERROR_BEFORE, 0), (Fault.HTML, 0), (Fault.BLOCKED, 0), (Fault.ERROR_AFTER_COMMIT, 100)],
    )
    def test_to_a_refund_is_asked_for_again_and_gives_the_money_back_once(
        self, harness: GatewayHarness, fault: Fault, done_minor: int
    ) -> None:
        payment, key = harness.paid(), a_key("rf")
        price, currency = payment.price.minor, payment.price.currency
        request = harness.refund_request(payment, 100)
        harness.break_next("refund", fault)

        with pytest.raises(UnableToReach):
            harness.gateway.refund(request, key)
        books_while_unclear = harness.books()
        refund = harness.gateway.refund(request, key)

        assert books_while_unclear == {currency: (price, done_minor)}
        assert (refund.status, refund.refund_id) == (GatewayRefundStatus.SUCCEEDED, request.refund_id)
        assert harness.books() == {currency: (price, 100)}

    @pytest.mark.parametrize("fault", NOTHING_DONE)
    def test_to_fetching_is_not_a_no(self, harness: GatewayHarness, fault: Fault) -> None:
        payment = harness.paid()
        harness.break_next("fetch", fault)

        with pytest.raises(UnableToReach):
            harness.gateway.fetch_payment(paid_ref(payment))

        assert harness.gateway.fetch_payment(paid_ref(payment)) == payment


class TestNobodyThere:
    def test_is_an_unclear_answer(self, harness: GatewayHarness) -> None:
        with harness.able.new_double() as gone:
            settings = settings_of(harness.able, gone.settings())
        lonely = replace(harness, gateway=harness.able.folder.open_gateway(settings))

        with pytest.raises(UnableToReach):
            lonely.checkout()
        with pytest.raises(UnableToReach):
            lonely.gateway.fetch_payment(harness.able.unknown_ref)
