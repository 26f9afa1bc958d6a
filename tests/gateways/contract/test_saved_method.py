"""Methods that are saved and charged later."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.gateway.decline import Retry
from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import PaymentStatus
from tests.doubles.faults import Fault
from tests.gateways.contract.harness import BUYER, GatewayHarness, a_key, paid_ref
from tests.gateways.contract.marks import (
    DAY,
    LISTING_CHARGES,
    LISTING_NO_CHARGES,
    NOTHING,
)


class TestSavedMethod:
    def test_comes_only_when_it_was_to_be_saved(self, harness: GatewayHarness) -> None:
        saved, unsaved = harness.paid(saves_method=True), harness.paid()

        assert unsaved.method is None
        assert saved.method is not None
        assert saved.method.token
        assert saved.method.label
        assert saved.method.expires_on is None or saved.method.expires_on > datetime.now(UTC).date()

    def test_is_of_the_same_customer_when_they_come_again(self, harness: GatewayHarness) -> None:
        first = harness.paid(saves_method=True)
        buyer = replace(BUYER, gateway_customer=first.gateway_customer)

        second = harness.paid(saves_method=True, buyer=buyer)

        assert second.method is not None
        assert second.gateway_customer == first.gateway_customer
        assert second.method.gateway_customer == second.gateway_customer

    def test_is_charged_without_the_buyer(self, harness: GatewayHarness) -> None:
        request = harness.charge_request(harness.saved_method())

        payment = harness.gateway.charge_saved_method(request, a_key("ch"))

        assert (payment.status, payment.order_id, payment.price) == (
            PaymentStatus.PAID,
            request.order_id,
            request.price,
        )
        assert payment.decline is None
        assert harness.gateway.fetch_payment(paid_ref(payment)) == payment
        assert harness.books() == {request.price.currency: (request.price.minor, 0)}

    def test_is_known_to_take_a_price_before_it_is_charged(self, harness: GatewayHarness) -> None:
        able = harness.able

        assert {price for price in (able.price, *able.taken) if not harness.gateway.takes(price)} == set()
        assert {price for price in able.refused if harness.gateway.takes(price)} == set()

    def test_is_charged_again_for_another_order(self, harness: GatewayHarness) -> None:
        method = harness.saved_method()

        first, second = (
            harness.gateway.charge_saved_method(harness.charge_request(method), a_key("ch")) for _ in range(2)
        )

        assert first.payment_ref != second.payment_ref
        assert harness.books() == {harness.able.price.currency: (2 * harness.able.price.minor, 0)}

    def test_is_charged_once_for_one_key(self, harness: GatewayHarness) -> None:
        request, key = harness.charge_request(harness.saved_method()), a_key("ch")

        first, second = (harness.gateway.charge_saved_method(request, key) for _ in range(2))

        assert first == second
        assert harness.books() == {request.price.currency: (request.price.minor, 0)}

    def test_is_charged_once_for_one_key_by_many_at_once(self, harness: GatewayHarness) -> None:
        request, key = harness.charge_request(harness.saved_method()), a_key("ch")

        with ThreadPoolExecutor(8) as many:
            payments = list(many.map(lambda _: harness.gateway.charge_saved_method(request, key), range(8)))

        assert len({payment.payment_ref for payment in payments}) == 1
        assert harness.books() == {request.price.currency: (request.price.minor, 0)}

    @pytest.mark.parametrize("retry", [Retry.LATER, Retry.NEW_METHOD, Retry.NEVER])
    def test_that_is_declined_is_a_failed_payment_that_says_what_may_help(
        self, harness: GatewayHarness, retry: Retry
    ) -> None:
        request, code = harness.charge_request(harness.saved_method()), harness.able.declines[retry]
        harness.break_next("charge", Fault.DECLINE, code=code)

        payment = harness.gateway.charge_saved_method(request, a_key("ch"))

        assert (payment.status, payment.order_id, payment.price) == (
            PaymentStatus.FAILED,
            request.order_id,
            request.price,
        )
        assert payment.decline is not None
        assert (payment.decline.retry, payment.decline.code) == (retry, code)
        assert harness.books() == NOTHING

    def test_that_wants_the_buyer_is_no_money_and_says_so(self, harness: GatewayHarness) -> None:
        request, (code, status) = harness.charge_request(harness.saved_method()), harness.able.asks_buyer
        harness.break_next("charge", Fault.DECLINE, code=code)

        payment = harness.gateway.charge_saved_method(request, a_key("ch"))

        assert (payment.status, payment.order_id) == (status, request.order_id)
        assert payment.decline is not None
        assert (payment.decline.retry, payment.decline.code) == (Retry.CUSTOMER_ACTION, code)
        assert harness.books() == NOTHING

    def test_that_was_declined_may_pay_by_the_next_attempt(self, harness: GatewayHarness) -> None:
        request = harness.charge_request(harness.saved_method())
        harness.break_next("charge", Fault.DECLINE, code=harness.able.declines[Retry.LATER])
        harness.gateway.charge_saved_method(request, a_key("ch"))

        payment = harness.gateway.charge_saved_method(replace(request, attempt=2), a_key("ch"))

        assert payment.status is PaymentStatus.PAID
        assert harness.books() == {request.price.currency: (request.price.minor, 0)}

    def test_that_is_gone_wants_a_new_one(self, harness: GatewayHarness) -> None:
        method = replace(harness.saved_method(), token=harness.able.unknown_ref)

        payment = harness.gateway.charge_saved_method(harness.charge_request(method), a_key("ch"))

        assert payment.status is PaymentStatus.FAILED
        assert payment.decline is not None
        assert payment.decline.retry is Retry.NEW_METHOD
        assert harness.books() == NOTHING


class TestAChargeWhoseAnswerWasLost:
    @LISTING_CHARGES
    @pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT])
    def test_is_found_if_it_has_arrived(self, harness: GatewayHarness, fault: Fault) -> None:
        request = harness.charge_request(harness.saved_method())
        harness.break_next("charge", fault)
        with pytest.raises(UnableToReach):
            harness.gateway.charge_saved_method(request, a_key("ch"))

        found = harness.gateway.find_charge(request, harness.began - DAY)

        has_arrived = fault is Fault.ERROR_AFTER_COMMIT
        assert (found is not None) == has_arrived == bool(harness.books())
        if found is not None:
            assert (found.status, found.order_id, found.price) == (PaymentStatus.PAID, request.order_id, request.price)

    @LISTING_CHARGES
    def test_is_not_taken_for_the_attempt_before(self, harness: GatewayHarness) -> None:
        request = harness.charge_request(harness.saved_method())
        harness.break_next("charge", Fault.DECLINE, code=harness.able.declines[Retry.LATER])
        harness.gateway.charge_saved_method(request, a_key("ch"))

        found = harness.gateway.find_charge(replace(request, attempt=2), harness.began - DAY)

        assert found is None

    @LISTING_CHARGES
    def test_is_unknown_while_the_list_is_not_read(self, harness: GatewayHarness) -> None:
        request = harness.charge_request(harness.saved_method())
        harness.break_next(harness.able.finds_charges_by, Fault.ERROR_BEFORE)

        with pytest.raises(UnableToReach):
            harness.gateway.find_charge(request, harness.began - DAY)

    @LISTING_NO_CHARGES
    def test_is_left_to_a_person_where_no_list_tells(self, harness: GatewayHarness) -> None:
        with pytest.raises(CallRefused):
            harness.gateway.find_charge(harness.charge_request(harness.saved_method()), harness.began)
