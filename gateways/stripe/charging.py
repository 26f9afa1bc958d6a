"""Charging a saved method, and reading how Stripe declines it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import stripe
from stripe.params import PaymentIntentListParams

from domain.gateway.decline import Decline, Retry
from domain.gateway.errors import CallRefused
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.requests import ChargeRequest
from domain.money import Money
from gateways.listing import pages
from gateways.stripe.declines import decline_of, wants_buyer
from gateways.stripe.errors import error_in, translate_errors
from gateways.stripe.objects import expanded, required
from gateways.stripe.requests import charge_body
from gateways.stripe.responses import ABANDONED, payment_of_intent

PAGE = 100

PARAMS_OF_METHOD = frozenset({"payment_method", "customer"})
"""Stripe names one of these when a saved method is gone: detached, or its customer deleted."""


def charge_saved_method(client: stripe.StripeClient, request: ChargeRequest, key: str) -> GatewayPayment:
    """
    Charge a saved method without the buyer.

    A charge that waits for the buyer is cancelled: the buyer pays by a new checkout, and the charge must not
    succeed beside it.

    Raises:
        UnableToReach: whether money was captured is unknown.
        CallRefused: Stripe refused the call itself.
    """
    customer = request.method.gateway_customer or request.buyer.gateway_customer
    if not customer:
        raise CallRefused(
            "customer_missing", f"order {request.order_id}: Stripe charges saved methods of customers only"
        )
    with translate_errors(f"charging for order {request.order_id}, attempt {request.attempt}"):
        try:
            answer = client.v1.payment_intents.create(charge_body(request, customer), {"idempotency_key": key})
        except stripe.CardError as error:
            return _declined(request, error_in(error))
        except stripe.InvalidRequestError as error:
            if error_in(error).get("param") not in PARAMS_OF_METHOD:
                raise
            return _without_intent(request, _lost_method(error_in(error)))
        intent = answer.to_dict()
        if intent.get("status") == "requires_action":
            return _cancel(client, intent["id"], f"{key}-no")
    return payment_of_intent(intent)


def find_charge(client: stripe.StripeClient, request: ChargeRequest, since: datetime) -> str | None:
    """
    Return the payment intent of a charge, looked for among all of its customer since a moment; None: there is none.

    Raises:
        UnableToReach: the list was not read to its end.
        CallRefused: there is no customer, or Stripe refused the call.
    """
    customer = request.method.gateway_customer or request.buyer.gateway_customer
    if not customer:
        raise CallRefused("customer_missing", f"order {request.order_id}: payments are listed by their customer")
    query: PaymentIntentListParams = {
        "customer": customer,
        "created": {"gte": int(since.timestamp())},
        "limit": PAGE,
    }
    wanted = {"order_id": request.order_id, "attempt": str(request.attempt)}
    with translate_errors(f"looking for the charge of order {request.order_id}, attempt {request.attempt}"):
        # Whoever gets no answer here is charged again, so a list without an end must not end this loop.
        page_numbers = pages("Stripe's list of payments")
        while True:
            next(page_numbers)
            page = client.v1.payment_intents.list(query).to_dict()
            intents: list[dict[str, Any]] = required(page, "data")
            # Among others, for people may have added notes of their own in the dashboard.
            found = next((one for one in intents if wanted.items() <= expanded(one.get("metadata")).items()), None)
            if found is not None:
                return str(required(found, "id"))
            if not intents or not page.get("has_more"):
                return None
            query["starting_after"] = required(intents[-1], "id")


def cancel_charge(client: stripe.StripeClient, payment_ref: str, key: str) -> GatewayPayment:
    """
    Cancel the payment intent of a charge that waits for the buyer, and return the payment as it is then.

    Raises:
        UnableToReach: whether it was cancelled is unknown.
        NotFound: Stripe does not know it.
    """
    with translate_errors(f"cancelling payment {payment_ref}"):
        return _cancel(client, payment_ref, key)


def _cancel(client: stripe.StripeClient, payment_ref: str, key: str) -> GatewayPayment:
    try:
        body = client.v1.payment_intents.cancel(
            payment_ref,
            {"cancellation_reason": ABANDONED, "expand": ["latest_charge"]},
            {"idempotency_key": key},
        )
    except stripe.InvalidRequestError:
        # It has moved on meanwhile and cannot be cancelled any more; fetched again, it says how it ended.
        body = client.v1.payment_intents.retrieve(payment_ref, {"expand": ["latest_charge"]})
    return payment_of_intent(body.to_dict())


def _declined(request: ChargeRequest, error: dict[str, Any]) -> GatewayPayment:
    decline = decline_of(error)
    intent = expanded(error.get("payment_intent"))
    if not intent:
        return _without_intent(request, decline)
    status = PaymentStatus.ACTION_REQUIRED if wants_buyer(error) else PaymentStatus.FAILED
    return replace(payment_of_intent(intent), status=status, decline=decline)


def _without_intent(request: ChargeRequest, decline: Decline) -> GatewayPayment:
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=None,
        order_id=request.order_id,
        status=PaymentStatus.ACTION_REQUIRED if decline.retry is Retry.CUSTOMER_ACTION else PaymentStatus.FAILED,
        price=request.price,
        refunded=Money(0, request.price.currency),
        at=datetime.now(UTC),
        gateway_customer=request.method.gateway_customer,
        decline=decline,
    )


def _lost_method(error: dict[str, Any]) -> Decline:
    return Decline(Retry.NEW_METHOD, str(error.get("code") or "payment_method_unusable"))
