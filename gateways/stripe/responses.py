"""Stripe's objects in our words: payments (its sessions and intents), refunds and disputes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.gateway.decline import Decline, Retry
from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.email import email_of
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.money import Money
from gateways.stripe.amounts import from_wire
from gateways.stripe.declines import AUTHENTICATION_REQUIRED, decline_of, wants_buyer
from gateways.stripe.methods import fingerprint_of, saved_method_of
from gateways.stripe.objects import expanded, moment_of, optional_text, ref_of, required

ABANDONED = "abandoned"
"""Our reason for cancelling a charge that waits for the buyer, who pays by a new checkout instead."""

REFUND_STATUSES = {
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "failed": GatewayRefundStatus.FAILED,
    "canceled": GatewayRefundStatus.FAILED,
}
"""By status; any other one is pending."""

UNDER_WAY = frozenset({"processing", "requires_capture"})
"""Statuses of an intent whose money the buyer has given."""

OPEN = frozenset({PaymentStatus.PENDING, PaymentStatus.ACTION_REQUIRED})

DISPUTE_STATUSES = {
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    # An inquiry that never became a chargeback: the money stayed.
    "warning_closed": DisputeStatus.WON,
    # A refund averted it, and is reported as a refund; the dispute itself takes nothing.
    "prevented": DisputeStatus.WON,
}
"""By status; any other one is open."""


def payment_of_session(session: Mapping[str, Any]) -> GatewayPayment:
    """
    Return the payment of a hosted checkout.

    Args:
        session: with `payment_intent.latest_charge` expanded.
    """
    intent = expanded(session.get("payment_intent"))
    payment = payment_of_intent(intent) if intent else _payment_without_intent(session)
    status = _status_of_session(session, intent)
    return replace(
        payment,
        checkout_ref=required(session, "id"),
        payment_ref=payment.payment_ref or ref_of(session.get("payment_intent")),
        order_id=expanded(session.get("metadata")).get("order_id")
        or session.get("client_reference_id")
        or payment.order_id,
        status=status,
        gateway_customer=ref_of(session.get("customer")) or payment.gateway_customer,
        action_url=session.get("url") if status is PaymentStatus.ACTION_REQUIRED else None,
        decline=None if status in (PaymentStatus.PAID, PaymentStatus.EXPIRED) else payment.decline,
        # The page is done and the money is not here: a debit, or a voucher that the buyer pays elsewhere.
        is_under_way=status in OPEN and (payment.is_under_way or session.get("status") == "complete"),
        buyer_email=_email_at_page(session) or payment.buyer_email if status is PaymentStatus.PAID else None,
    )


def payment_of_intent(intent: Mapping[str, Any]) -> GatewayPayment:
    """
    Return the payment that an intent is.

    Args:
        intent: with `latest_charge.balance_transaction` expanded: the refunds, the method and the fee.
    """
    charge = expanded(intent.get("latest_charge"))
    status = _status_of_intent(intent)
    is_paid = status is PaymentStatus.PAID
    currency = required(intent, "currency")
    # The money that came counts, not the money that was asked for.
    units = intent.get("amount_received") if is_paid else None
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=required(intent, "id"),
        order_id=expanded(intent.get("metadata")).get("order_id"),
        status=status,
        price=from_wire(units or required(intent, "amount"), currency),
        refunded=from_wire(charge.get("amount_refunded") or 0, currency),
        at=moment_of(charge["created"] if is_paid and charge else required(intent, "created")),
        method=saved_method_of(intent, charge) if is_paid else None,
        gateway_customer=ref_of(intent.get("customer")),
        decline=None if is_paid else _decline_of_intent(intent),
        fee=_fee_of(charge) if is_paid else None,
        is_under_way=intent.get("status") in UNDER_WAY,
        fingerprint=fingerprint_of(expanded(charge.get("payment_method_details"))) if is_paid else None,
        buyer_email=email_of(expanded(charge.get("billing_details")).get("email")) if is_paid else None,
    )


def refund_of(refund: Mapping[str, Any]) -> GatewayRefund:
    """Return a refund."""
    # Stripe's specification lets it be null; the refund has its id then, and later polls tell how it ended.
    status = REFUND_STATUSES.get(optional_text(refund, "status"), GatewayRefundStatus.PENDING)
    failure = None
    if status is GatewayRefundStatus.FAILED:
        failure = str(refund.get("failure_reason") or refund["status"])
    return GatewayRefund(
        ref=required(refund, "id"),
        payment_ref=_payment_ref_of(refund),
        refund_id=expanded(refund.get("metadata")).get("refund_id"),
        status=status,
        amount=from_wire(required(refund, "amount"), required(refund, "currency")),
        at=moment_of(required(refund, "created")),
        failure=failure,
    )


def dispute_of(dispute: Mapping[str, Any]) -> GatewayDispute:
    """Return a dispute."""
    return GatewayDispute(
        ref=required(dispute, "id"),
        payment_ref=_payment_ref_of(dispute),
        status=DISPUTE_STATUSES.get(required(dispute, "status"), DisputeStatus.OPEN),
        amount=from_wire(required(dispute, "amount"), required(dispute, "currency")),
        reason=str(dispute.get("reason") or "general"),
        at=moment_of(required(dispute, "created")),
        is_inquiry=required(dispute, "status").startswith("warning_"),
    )


def is_saved_method_charge(intent: Mapping[str, Any]) -> bool:
    """Tell whether an intent is our charge of a saved method; otherwise it is of a hosted checkout."""
    return "attempt" in expanded(intent.get("metadata"))


def _payment_without_intent(session: Mapping[str, Any]) -> GatewayPayment:
    price = from_wire(required(session, "amount_total"), required(session, "currency"))
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=None,
        order_id=None,
        status=PaymentStatus.PENDING,
        price=price,
        refunded=Money(0, price.currency),
        at=moment_of(required(session, "created")),
    )


def _email_at_page(session: Mapping[str, Any]) -> str | None:
    return email_of(expanded(session.get("customer_details")).get("email"))


def _fee_of(charge: Mapping[str, Any]) -> Money | None:
    """Return Stripe's fee, in the currency of the account that is paid out, as soon as the charge has its balance."""
    transaction = expanded(charge.get("balance_transaction"))
    return from_wire(transaction["fee"], transaction["currency"]) if transaction else None


def _status_of_session(session: Mapping[str, Any], intent: Mapping[str, Any]) -> PaymentStatus:
    by_intent = _status_of_intent(intent) if intent else PaymentStatus.PENDING
    if session.get("payment_status") in ("paid", "no_payment_required") or by_intent is PaymentStatus.PAID:
        return PaymentStatus.PAID
    match session.get("status"):
        case "expired":
            return PaymentStatus.EXPIRED
        case "complete":
            # A method that takes days: the intent says how it ended.
            return by_intent
        case _:
            # While the page is open a decline ends nothing: the buyer may take another card.
            waits_for_buyer = intent.get("status") == "requires_action"
            return PaymentStatus.ACTION_REQUIRED if waits_for_buyer else PaymentStatus.PENDING


def _status_of_intent(intent: Mapping[str, Any]) -> PaymentStatus:
    match intent.get("status"):
        case "succeeded":
            return PaymentStatus.PAID
        case "requires_action":
            return PaymentStatus.ACTION_REQUIRED
        case "requires_payment_method" if error := expanded(intent.get("last_payment_error")):
            return PaymentStatus.ACTION_REQUIRED if wants_buyer(error) else PaymentStatus.FAILED
        case "canceled" if intent.get("cancellation_reason") == ABANDONED and is_saved_method_charge(intent):
            return PaymentStatus.ACTION_REQUIRED
        case "canceled":
            return PaymentStatus.FAILED
        case _:
            return PaymentStatus.PENDING


def _decline_of_intent(intent: Mapping[str, Any]) -> Decline | None:
    error = expanded(intent.get("last_payment_error"))
    if error:
        return decline_of(error)
    if is_saved_method_charge(intent) and _status_of_intent(intent) is PaymentStatus.ACTION_REQUIRED:
        return Decline(Retry.CUSTOMER_ACTION, AUTHENTICATION_REQUIRED)
    if intent.get("status") == "canceled":
        return Decline(Retry.LATER, intent.get("cancellation_reason") or "canceled")
    return None


def _payment_ref_of(child: Mapping[str, Any]) -> str:
    # Money without a payment intent is never ours; even so it needs a name.
    return ref_of(child.get("payment_intent")) or ref_of(child.get("charge")) or f"payment of {required(child, 'id')}"
