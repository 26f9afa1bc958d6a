"""Charging a saved method, and what its declines are."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import stripe

from domain.gateway.decline import Decline, Retry
from domain.gateway.errors import CallRefused
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.requests import ChargeRequest
from domain.money import Money
from gateways.stripe import bodies
from gateways.stripe.declines import decline_of, wants_buyer
from gateways.stripe.objects import expanded
from gateways.stripe.reading import ABANDONED, payment_of_intent
from gateways.stripe.refusals import error_in, telling

OF_THE_METHOD = frozenset({"payment_method", "customer"})
"""Where Stripe finds fault when a saved method is gone: detached, or its customer deleted."""


def charge_method(client: stripe.StripeClient, charge: ChargeRequest, key: str) -> GatewayPayment:
    """
    Charge a saved method without the buyer.

    A charge that waits for the buyer is cancelled: they pay by a new checkout, and it must not succeed beside that.

    Raises:
        UnableToReach: whether money was taken is unknown.
        CallRefused: Stripe said no to the call itself.
    """
    customer = charge.method.gateway_customer or charge.buyer.gateway_customer
    if not customer:
        raise CallRefused(
            "customer_missing", f"order {charge.order_id}: Stripe charges saved methods of customers only"
        )
    with telling(f"attempt {charge.attempt} to charge for order {charge.order_id}"):
        try:
            answer = client.v1.payment_intents.create(bodies.intent_of(charge, customer), {"idempotency_key": key})
        except stripe.CardError as error:
            return _declined(charge, error_in(error))
        except stripe.InvalidRequestError as error:
            if error_in(error).get("param") not in OF_THE_METHOD:
                raise
            return _without_intent(charge, _lost_method(error_in(error)))
        intent = answer.to_dict()
        if intent.get("status") == "requires_action":
            return _withdrawn(client, intent, key)
    return payment_of_intent(intent)


def _withdrawn(client: stripe.StripeClient, intent: dict[str, Any], key: str) -> GatewayPayment:
    try:
        body = client.v1.payment_intents.cancel(
            intent["id"],
            {"cancellation_reason": ABANDONED, "expand": ["latest_charge"]},
            {"idempotency_key": f"{key}-no"},
        )
    except stripe.InvalidRequestError:
        # It has gone on meanwhile and can be cancelled no more: how it went, it tells itself.
        body = client.v1.payment_intents.retrieve(intent["id"], {"expand": ["latest_charge"]})
    return payment_of_intent(body.to_dict())


def _declined(charge: ChargeRequest, error: dict[str, Any]) -> GatewayPayment:
    decline = decline_of(error)
    intent = expanded(error.get("payment_intent"))
    if not intent:
        return _without_intent(charge, decline)
    state = PaymentStatus.ACTION_REQUIRED if wants_buyer(error) else PaymentStatus.FAILED
    return replace(payment_of_intent(intent), status=state, decline=decline)


def _without_intent(charge: ChargeRequest, decline: Decline) -> GatewayPayment:
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=None,
        order_id=charge.order_id,
        status=PaymentStatus.ACTION_REQUIRED if decline.retry is Retry.CUSTOMER_ACTION else PaymentStatus.FAILED,
        price=charge.price,
        refunded=Money(0, charge.price.currency),
        at=datetime.now(UTC),
        gateway_customer=charge.method.gateway_customer,
        decline=decline,
    )


def _lost_method(error: dict[str, Any]) -> Decline:
    return Decline(Retry.NEW_METHOD, str(error.get("code") or "payment_method_unusable"))
