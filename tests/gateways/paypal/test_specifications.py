"""What we send, and what the double answers, against PayPal's published specifications."""

import copy
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from domain.money import Money
from gateways.paypal.adapter import PaypalGateway
from tests.doubles.faults import Fault
from tests.doubles.paypal import schemas
from tests.doubles.paypal.api import Exchange
from tests.doubles.paypal.double import PaypalDouble
from tests.gateways.paypal.samples import (
    a_key,
    charge_request,
    checkout_request,
    now,
    paid,
    refund_request,
    setup_request,
)
from tests.gateways.paypal.specifications import FOLDER, schema_of

needs_specifications = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="PayPal's published specifications are not on this machine (shared/specs/paypal)"
)

REQUESTS = {
    "create_checkout": ("checkout_orders_v2", "order_request", schemas.CREATE_ORDER),
    "charge": ("checkout_orders_v2", "order_request", schemas.CHARGE),
    "complete_checkout": ("checkout_orders_v2", "order_capture_request", schemas.CAPTURE),
    "refund": ("payments_payment_v2", "refund_request", schemas.REFUND),
    "create_setup": ("vault_payment_tokens_v3", "setup_token_request", schemas.CREATE_SETUP),
    "complete_setup": ("vault_payment_tokens_v3", "payment_token_request", schemas.SAVE_METHOD),
}
ANSWERS = {
    "/v2/checkout/orders": ("checkout_orders_v2", "order", schemas.ORDER_ANSWER),
    "/v2/payments/captures": ("payments_payment_v2", "capture-2", schemas.CAPTURE_ANSWER),
    "/v2/payments/refunds": ("payments_payment_v2", "refund", schemas.REFUND_ANSWER),
    "/v3/vault/setup-tokens": ("vault_payment_tokens_v3", "setup_token_response", schemas.SETUP_ANSWER),
    "/v3/vault/payment-tokens": ("vault_payment_tokens_v3", "payment_token_response", schemas.TOKEN_ANSWER),
    "/v1/customer/disputes/": ("customer_disputes_v1", "dispute", {"required": ["dispute_id", "status"]}),
    "/v1/customer/disputes": ("customer_disputes_v1", "dispute_search", {"required": ["items"]}),
    "/v1/notifications/webhooks-events": ("notifications_webhooks_v1", "EventList", {"required": ["events"]}),
}


@pytest.fixture
def exchanges(gateway: PaypalGateway, double: PaypalDouble) -> list[Exchange]:
    """Return the calls of every kind that our adapter makes, and their answers."""
    payment = paid(gateway, double)
    saving = paid(gateway, double, saves_method=True)
    assert payment.payment_ref is not None
    assert saving.method is not None
    gateway.create_checkout(
        checkout_request(locale="de_DE", saves_method=True, gateway_customer="208743798", price=Money(500, "JPY")),
        a_key(),
    )
    gateway.charge_saved_method(charge_request(saving.method.token), a_key("ch"))
    double.faults.plan("charge", Fault.DECLINE, code="PAYER_ACTION_REQUIRED")
    gateway.charge_saved_method(charge_request(saving.method.token, attempt=2), a_key("ch"))
    double.hold_refunds = True
    given = gateway.refund(refund_request(payment, 300, note="We are sorry."), a_key("rf"))
    double.end_refund(given.ref, succeeded=True)
    double.hold_captures = True
    pending = paid(gateway, double)
    for ref in (payment.payment_ref, payment.checkout_ref, saving.checkout_ref, pending.payment_ref):
        gateway.fetch_payment(str(ref))
    gateway.fetch_refund(given.ref)
    dispute_ref = double.open_dispute(payment.payment_ref)
    gateway.fetch_dispute(dispute_ref)
    double.close_dispute(dispute_ref, won=True)
    gateway.fetch_dispute(dispute_ref)
    page = gateway.create_setup(setup_request(gateway_customer="208743798", locale="de_DE"), a_key("su"))
    gateway.fetch_setup(page.ref)
    double.finish_setup(page.ref)
    setup = gateway.complete_setup(page.ref, a_key("sc"))
    assert setup.method is not None
    gateway.fetch_setup(setup.method.token)
    gateway.forget_method(setup.method)
    assert list(gateway.list_recent(now() - timedelta(hours=1), now()))
    return double.exchanges


class TestRequests:
    def test_fit_our_own_schemas(self, exchanges: list[Exchange]) -> None:
        seen = _requests(exchanges)

        assert set(seen) == set(REQUESTS)
        assert [
            _faults(REQUESTS[name][2], body)
            for name, bodies in seen.items()
            for body in bodies
            if _faults(REQUESTS[name][2], body)
        ] == []

    @needs_specifications
    def test_fit_the_specifications(self, exchanges: list[Exchange]) -> None:
        for name, sent in _requests(exchanges).items():
            strict = schema_of(*REQUESTS[name][:2])
            for body in sent:
                assert _faults(strict, body) == []

    @needs_specifications
    def test_are_caught_when_they_are_wrong(self, exchanges: list[Exchange]) -> None:
        strict = schema_of("checkout_orders_v2", "order_request")
        sent = _requests(exchanges)["create_checkout"][0]

        for change in (_unknown_field, _deep_unknown_field, _number_for_a_text, _wrong_word):
            body = copy.deepcopy(sent)
            change(body)
            assert _faults(strict, body), change.__name__
            assert _faults(schemas.CREATE_ORDER, body), change.__name__


class TestAnswers:
    def test_fit_our_own_schemas(self, exchanges: list[Exchange]) -> None:
        seen = _answers(exchanges)

        assert set(seen) == set(ANSWERS)
        for path, bodies in seen.items():
            for body in bodies:
                assert _faults(ANSWERS[path][2], body) == []

    @needs_specifications
    def test_fit_the_specifications(self, exchanges: list[Exchange]) -> None:
        for path, bodies in _answers(exchanges).items():
            strict = schema_of(*ANSWERS[path][:2])
            for body in bodies:
                assert _faults(strict, body) == []

    @needs_specifications
    def test_that_refuse_name_issues_of_the_specification(self) -> None:
        order_text = (FOLDER / "checkout_orders_v2.json").read_text(encoding="utf-8")
        payment_text = (FOLDER / "payments_payment_v2.json").read_text(encoding="utf-8")

        for issue in ("ORDER_ALREADY_CAPTURED", "ORDER_NOT_APPROVED", "DUPLICATE_INVOICE_ID", "INVALID_RESOURCE_ID"):
            assert f'"{issue}"' in order_text
        for issue in ("REFUND_AMOUNT_EXCEEDED", "CAPTURE_FULLY_REFUNDED", "PENDING_CAPTURE", "TRANSACTION_DISPUTED"):
            assert f'"{issue}"' in payment_text


def _requests(exchanges: list[Exchange]) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    for one in exchanges:
        if one.operation in REQUESTS:
            seen.setdefault(one.operation, []).append(one.call.body)
    return seen


def _answers(exchanges: list[Exchange]) -> dict[str, list[Any]]:
    seen: dict[str, list[Any]] = {}
    for one in exchanges:
        if one.operation == "token" or one.reply.status >= 300 or one.reply.body is None:
            continue
        path = "/v2/payments/refunds" if one.operation == "refund" else one.call.path
        seen.setdefault(next(prefix for prefix in ANSWERS if path.startswith(prefix)), []).append(one.reply.body)
    return seen


def _faults(schema: schemas.Schema, body: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(schema).iter_errors(body)]


def _unknown_field(body: Any) -> None:
    body["application"] = {}


def _deep_unknown_field(body: Any) -> None:
    body["payment_source"]["paypal"]["experience_context"]["colour"] = "blue"


def _number_for_a_text(body: Any) -> None:
    body["purchase_units"][0]["amount"]["value"] = 10


def _wrong_word(body: Any) -> None:
    body["payment_source"]["paypal"]["experience_context"]["user_action"] = "PAY"
