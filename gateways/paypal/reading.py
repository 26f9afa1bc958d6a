"""PayPal's objects in our words."""

from collections.abc import Iterable
from datetime import datetime

from domain.gateway.errors import UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus, SavedMethod
from domain.money import Money
from gateways.paypal.amounts import read
from gateways.paypal.declines import decline
from gateways.paypal.objects import Body, first, linked, moment, reason, wanted

TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "REVERSED"})
"""States of a capture whose money has come, whatever happened to it afterwards."""


def payment_of_order(order: Body, *, now: datetime, capture_ref: str | None = None) -> GatewayPayment:
    """
    Return an order as a payment.

    Args:
        order: PayPal's order, in full.
        now: the moment for an order that names none.
        capture_ref: the capture that is meant, where an order has more than one.

    Raises:
        UnableToReach: it cannot be understood, so what was done is unknown.
    """
    unit = first(order.get("purchase_units"))
    payments = unit.get("payments") or {}
    capture = _chosen(payments.get("captures") or [], capture_ref)
    method, customer = _saved(order)
    if capture is None:
        return GatewayPayment(
            checkout_ref=wanted(order, "id"),
            payment_ref=None,
            order_id=unit.get("custom_id"),
            status=_state_of_order(wanted(order, "status")),
            price=read(unit.get("amount")),
            refunded=Money(0, read(unit.get("amount")).currency),
            at=moment(order.get("update_time") or order.get("create_time"), now),
            method=method,
            gateway_customer=customer,
        )
    return _with_capture(
        capture,
        checkout_ref=wanted(order, "id"),
        order_id=capture.get("custom_id") or unit.get("custom_id"),
        refunded_minor=_refunded_minor(payments.get("refunds") or [], capture),
        now=now,
        method=method,
        customer=customer,
    )


def payment_of_capture(capture: Body, *, now: datetime) -> GatewayPayment:
    """
    Return a capture as a payment, where its order is not to be had.

    Raises:
        UnableToReach: it cannot be understood, so what was done is unknown.
    """
    return _with_capture(
        capture,
        checkout_ref=order_ref_of(capture),
        order_id=capture.get("custom_id"),
        refunded_minor=_refunded_minor([], capture),
        now=now,
        method=None,
        customer=None,
    )


def order_ref_of(capture: Body) -> str | None:
    """Return the id of the order that a capture belongs to, if it tells."""
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    order_ref = related.get("order_id")
    return order_ref if isinstance(order_ref, str) else linked(capture, "up", "orders")


def _with_capture(
    capture: Body,
    *,
    checkout_ref: str | None,
    order_id: str | None,
    refunded_minor: int,
    now: datetime,
    method: SavedMethod | None,
    customer: str | None,
) -> GatewayPayment:
    price = read(capture.get("amount"))
    state = _state_of_capture(wanted(capture, "status"))
    return GatewayPayment(
        checkout_ref=checkout_ref,
        payment_ref=wanted(capture, "id"),
        order_id=order_id,
        status=state,
        price=price,
        refunded=Money(refunded_minor, price.currency),
        # Not its last change: refunds change it too, and the time for refunds runs from the payment.
        at=moment(capture.get("create_time"), now),
        method=method,
        gateway_customer=customer,
        decline=decline(reason(capture) or str(capture["status"])) if state is PaymentStatus.FAILED else None,
    )


def _chosen(captures: Iterable[Body], capture_ref: str | None) -> Body | None:
    """Return the capture that is asked for, else one that has brought money, else the latest."""
    known = list(captures)
    for capture in known:
        if capture.get("id") == capture_ref:
            return capture
    for capture in known:
        if capture.get("status") in TAKEN:
            return capture
    return known[-1] if known else None


def _refunded_minor(refunds: Iterable[Body], capture: Body) -> int:
    told = sum(
        read(refund.get("amount")).minor
        for refund in refunds
        if refund.get("status") == "COMPLETED" and linked(refund, "up", "captures") in (None, capture.get("id"))
    )
    if not told and capture.get("status") in ("REFUNDED", "REVERSED"):
        return read(capture.get("amount")).minor
    return told


def _state_of_order(status: str) -> PaymentStatus:
    match status:
        case "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED" | "COMPLETED":
            return PaymentStatus.PENDING
        case "APPROVED":
            return PaymentStatus.APPROVED
        case "VOIDED":
            return PaymentStatus.EXPIRED
        case _:
            raise UnableToReach(f"PayPal tells of an order that is {status}, which is not known here")


def _state_of_capture(status: str) -> PaymentStatus:
    match status:
        case "PENDING":
            return PaymentStatus.PENDING
        case "DECLINED" | "DENIED" | "FAILED":
            return PaymentStatus.FAILED
        case _ if status in TAKEN:
            return PaymentStatus.PAID
        case _:
            raise UnableToReach(f"PayPal tells of a capture that is {status}, which is not known here")


def _saved(order: Body) -> tuple[SavedMethod | None, str | None]:
    """Return the method that an order has saved, and PayPal's id of the buyer."""
    wallet = (order.get("payment_source") or {}).get("paypal") or {}
    vault = (wallet.get("attributes") or {}).get("vault") or {}
    customer = (vault.get("customer") or {}).get("id")
    token = vault.get("id")
    # APPROVED means that the buyer agreed and that there is no token yet.
    if not token or vault.get("status") not in ("VAULTED", "CREATED"):
        return None, customer
    return SavedMethod(token, customer, _label(wallet.get("email_address"))), customer


def _label(email: object) -> str:
    """Return what a person knows the wallet by; the whole address is nobody's business here."""
    name, at, host = email.partition("@") if isinstance(email, str) else ("", "", "")
    return f"PayPal {name[0]}***@{host}" if name and at and host else "PayPal"
