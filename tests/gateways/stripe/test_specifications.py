"""What the adapter sends and the double answers, against what Stripe publishes."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
import stripe
from jsonschema import Draft202012Validator

from domain.gateway.errors import CallRefused
from gateways.stripe.events import SUBJECTS
from tests.doubles.faults import Fault
from tests.doubles.stripe.api import ROUTES
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.stripe.schemas import REQUESTS
from tests.gateways.stripe.samples import (
    charge_request,
    checkout_request,
    gateway_at,
    paid,
    refund_request,
    setup_request,
)
from tests.gateways.stripe.specifications import Specification, spec_file


@pytest.fixture(scope="module")
def specification():
    path = spec_file()
    if path is None:
        pytest.skip("Stripe's specification is not beside this checkout (../shared/specs/stripe)")
    return Specification(path)


@pytest.fixture(scope="module")
def lived():
    """Return a double that has seen everything that can happen."""
    with StripeDouble() as double:
        gateway = gateway_at(double)
        payment = paid(gateway, double, saves_method=True)
        gateway.fetch_payment(payment.payment_ref or "")
        for number, reason in enumerate(
            ["insufficient_funds", "expired_card", "authentication_required", "requires_action"]
        ):
            double.faults.plan("charge", Fault.DECLINE, code=reason)
            gateway.charge_saved_method(charge_request(payment.method, attempt=number), f"ch-{number}")
        gateway.charge_saved_method(charge_request(payment.method, attempt=9), "ch-9")
        for number, end in enumerate([double.expire, double.pay]):
            checkout = gateway.create_checkout(checkout_request(order=f"o{number}"), f"co-{number}-x")
            double.decline(checkout.ref, "stolen_card")
            double.need_action(checkout.ref)
            gateway.fetch_payment(checkout.ref)
            end(checkout.ref)
        slow = gateway.create_checkout(checkout_request(order="o9"), "co-9-x")
        double.pay_slowly(slow.ref)
        double.end_slow(slow.ref, succeeded=False)
        refund = gateway.refund(refund_request(payment.payment_ref, 100), "rf-1")
        gateway.fetch_refund(refund.ref)
        list(gateway.list_refunds(payment.payment_ref or ""))
        with pytest.raises(CallRefused):
            gateway.refund(refund_request(payment.payment_ref, 10**7, refund_id="r2"), "rf-2")
        double.end_refund(refund.ref, succeeded=False)
        dispute_ref = double.open_dispute(payment.payment_ref or "")
        gateway.fetch_dispute(dispute_ref)
        double.close_dispute(dispute_ref, won=True)
        for number, end in enumerate(
            [double.finish_setup, partial(double.fail_setup, code="card_declined"), double.expire]
        ):
            page = gateway.create_setup(setup_request(number), f"su-{number}")
            gateway.fetch_setup(page.ref)
            end(page.ref)
            setup = gateway.fetch_setup(page.ref)
            gateway.fetch_setup(double.listed("sessions")[-1]["setup_intent"])
            if setup.method is not None:
                double.replace_card(setup.method.token, exp_year=2040)
                gateway.fetch_setup(setup.method.token)
                gateway.forget_method(setup.method)
                gateway.forget_method(setup.method)
        gateway.cancel_charge(payment.payment_ref or "", "cc-1")
        now = datetime.now(UTC)
        gateway.find_charge(charge_request(payment.method, attempt=9), now - timedelta(hours=1))
        list(gateway.list_recent(now - timedelta(hours=1), now))
        yield double


class TestSpecification:
    def test_every_route_was_used(self, lived):
        used = {kind for _, _, kind, operation in ROUTES if lived.count(operation)}

        assert used == set(REQUESTS)
        assert {call.status for call in lived.recorded} == {200, 400, 402}

    def test_stripe_would_take_every_request(self, lived, specification):
        wrong = {
            (call.method, call.path): faults
            for call in lived.recorded
            if (faults := specification.faults_of_request(call.method, call.path, call.form))
        }

        assert wrong == {}

    def test_stripe_could_have_given_every_answer(self, lived, specification):
        wrong = {
            (call.method, call.path): faults
            for call in lived.recorded
            if (faults := specification.faults_of_answer(call.method, call.path, call.status, call.answer))
        }

        assert wrong == {}

    def test_stripe_could_have_sent_every_event(self, lived, specification):
        wrong = {}
        for webhook in lived.deliveries.sent:
            event = json.loads(webhook.body)
            about = event["data"]["object"]
            faults = specification.faults_of_object("event", event)
            faults += specification.faults_of_object(about["object"], about)
            if faults:
                wrong[event["type"]] = faults

        assert wrong == {}

    def test_the_sdk_reads_every_event(self, lived):
        for webhook in lived.deliveries.sent:
            header = webhook.headers["Stripe-Signature"]

            event = stripe.Webhook.construct_event(webhook.body, header, lived.settings()["WEBHOOK_SECRETS"])

            assert event.type == webhook.event
            assert event.data.object["id"]

    def test_stripe_has_every_event_that_we_listen_to(self, specification):
        assert set(SUBJECTS) <= specification.kinds_of_events()

    @pytest.mark.parametrize(
        ("path", "form", "word"),
        [
            ("/v1/refunds", {"payment_intent": "pi_1", "amount": "1.5"}, "amount"),
            ("/v1/refunds", {"payment_intent": "pi_1", "sum": "1"}, "unknown: .sum"),
            ("/v1/payment_intents", {"amount": "1"}, "currency"),
            (
                "/v1/checkout/sessions",
                {"line_items": [{"price_data": {"curency": "usd"}}]},
                "unknown: .line_items[0].price_data.curency",
            ),
        ],
    )
    def test_sees_what_stripe_would_not_take(self, specification, path, form, word):
        assert word in " ".join(specification.faults_of_request("POST", path, form))

    def test_sees_an_object_that_stripe_has_not(self, specification):
        assert specification.faults_of_object("refund", {"id": "re_1", "object": "refund", "amount": "5"})
        assert specification.faults_of_object("refund", {"total": 5})[-1] == "unknown: total"


class TestOurSchemas:
    def test_are_schemas(self):
        for schema in REQUESTS.values():
            Draft202012Validator.check_schema(schema)

    def test_take_no_field_that_stripe_does_not_know(self, specification):
        for method, path, kind, _ in ROUTES:
            example = path.replace(r"(\w+)", "x_1")
            names = REQUESTS[kind]["properties"]
            form: dict = {name: {} for name in names}
            faults = specification.faults_of_request(method, example, form)
            assert [fault for fault in faults if fault.startswith("unknown")] == [], kind
