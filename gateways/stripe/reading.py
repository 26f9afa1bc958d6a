"""Stripe's sessions and payment intents as payments."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.money import Money
from gateways.stripe.amounts import money_on_wire
from gateways.stripe.declines import AUTHENTICATION_REQUIRED, decline_of, wants_buyer
from gateways.stripe.methods import saved_method_of
from gateways.stripe.objects import expanded, moment, ref_of, wanted

ABANDONED = "abandoned"
"""Why we cancel a charge that waits for the buyer: they pay by a new checkout instead."""


def payment_of_session(session: Mapping[str, Any]) -> GatewayPayment:
    """
    Return the payment of a hosted checkout.

    Args:
        session: with `payment_intent.latest_charge` expanded.
    """
    intent = expanded(session.get("payment_intent"))
    by_intent = payment_of_intent(intent) if intent else None
    seen = by_intent or _of_session_alone(session)
    state = _state_of_session(session, intent)
    return replace(
        seen,
        checkout_ref=wanted(session, "id"),
        payment_ref=seen.payment_ref or ref_of(session.get("payment_intent")),
        order_id=expanded(session.get("metadata")).get("order_id")
        or session.get("client_reference_id")
        or seen.order_id,
        status=state,
        gateway_customer=ref_of(session.get("customer")) or seen.gateway_customer,
        action_url=session.get("url") if state is PaymentStatus.ACTION_REQUIRED else None,
        decline=None if state in (PaymentStatus.PAID, PaymentStatus.EXPIRED) else seen.decline,
    )


def payment_of_intent(intent: Mapping[str, Any]) -> GatewayPayment:
    """
    Return the payment that an intent is.

    Args:
        intent: with `latest_charge` expanded, if its refunds and its method are to be told.
    """
    charge = expanded(intent.get("latest_charge"))
    state = _state_of_intent(intent)
    is_paid = state is PaymentStatus.PAID
    currency = wanted(intent, "currency")
    # What came counts, not what was asked for.
    units = intent.get("amount_received") if is_paid else None
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=wanted(intent, "id"),
        order_id=expanded(intent.get("metadata")).get("order_id"),
        status=state,
        price=money_on_wire(units or wanted(intent, "amount"), currency),
        refunded=money_on_wire(charge.get("amount_refunded") or 0, currency),
        at=moment(charge["created"] if is_paid and charge else wanted(intent, "created")),
        method=saved_method_of(intent, charge) if is_paid else None,
        gateway_customer=ref_of(intent.get("customer")),
        decline=None if is_paid else _decline_of_intent(intent),
    )


def _of_session_alone(session: Mapping[str, Any]) -> GatewayPayment:
    price = money_on_wire(wanted(session, "amount_total"), wanted(session, "currency"))
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=None,
        order_id=None,
        status=PaymentStatus.PENDING,
        price=price,
        refunded=Money(0, price.currency),
        at=moment(wanted(session, "created")),
    )


def _state_of_session(session: Mapping[str, Any], intent: Mapping[str, Any]) -> PaymentStatus:
    by_intent = _state_of_intent(intent) if intent else PaymentStatus.PENDING
    if session.get("payment_status") in ("paid", "no_payment_required") or by_intent is PaymentStatus.PAID:
        return PaymentStatus.PAID
    match session.get("status"):
        case "expired":
            return PaymentStatus.EXPIRED
        case "complete":
            # A method that takes days: the intent knows how it went.
            return by_intent
        case _:
            # While the page is open a decline ends nothing: the buyer may take another card.
            is_waiting = intent.get("status") == "requires_action"
            return PaymentStatus.ACTION_REQUIRED if is_waiting else PaymentStatus.PENDING


def _state_of_intent(intent: Mapping[str, Any]) -> PaymentStatus:
    match intent.get("status"):
        case "succeeded":
            return PaymentStatus.PAID
        case "requires_action":
            return PaymentStatus.ACTION_REQUIRED
        case "requires_payment_method" if error := expanded(intent.get("last_payment_error")):
            return PaymentStatus.ACTION_REQUIRED if wants_buyer(error) else PaymentStatus.FAILED
        case "canceled" if intent.get("cancellation_reason") == ABANDONED and is_charge_of_ours(intent):
            return PaymentStatus.ACTION_REQUIRED
        case "canceled":
            return PaymentStatus.FAILED
        case _:
            return PaymentStatus.PENDING


def is_charge_of_ours(intent: Mapping[str, Any]) -> bool:
    """Tell whether an intent is our charge of a saved method, not the payment of a hosted checkout."""
    return "attempt" in expanded(intent.get("metadata"))


def _decline_of_intent(intent: Mapping[str, Any]) -> Decline | None:
    error = expanded(intent.get("last_payment_error"))
    if error:
        return decline_of(error)
    if is_charge_of_ours(intent) and _state_of_intent(intent) is PaymentStatus.ACTION_REQUIRED:
        return Decline(Retry.CUSTOMER_ACTION, AUTHENTICATION_REQUIRED)
    if intent.get("status") == "canceled":
        return Decline(Retry.LATER, intent.get("cancellation_reason") or "canceled")
    return None
