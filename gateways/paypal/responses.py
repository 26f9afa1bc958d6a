"""PayPal's objects in our words: payments (its orders and captures) and refunds."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from domain.gateway.errors import Unreadable
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.money import Money
from gateways.paypal.amounts import from_wire
from gateways.paypal.declines import decline_of
from gateways.paypal.methods import buyer_email_of, fingerprint_of, saved_method_of
from gateways.paypal.objects import Body, first, linked, moment_of, reason_of, required

CAPTURED = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED", "REVERSED"})
"""States of a capture whose money has come, whatever happened to it afterwards."""

REFUND_STATUSES = {
    "PENDING": GatewayRefundStatus.PENDING,
    "COMPLETED": GatewayRefundStatus.SUCCEEDED,
    "FAILED": GatewayRefundStatus.FAILED,
    "CANCELLED": GatewayRefundStatus.FAILED,
}


def payment_of_order(order: Body, *, now: datetime, capture_ref: str | None = None) -> GatewayPayment:
    """
    Return an order as a payment.

    Args:
        order: PayPal's order, in full.
        now: the moment for an order that names none.
        capture_ref: the capture that is meant, where an order has more than one.

    Raises:
        Unreadable: the order cannot be understood, so what was done is unknown.
    """
    unit = first(order.get("purchase_units"))
    payments = unit.get("payments") or {}
    capture = _chosen(payments.get("captures") or [], capture_ref)
    method, customer = saved_method_of(order)
    if capture is None:
        price = from_wire(unit.get("amount"))
        return GatewayPayment(
            checkout_ref=required(order, "id"),
            payment_ref=None,
            order_id=unit.get("custom_id"),
            status=_status_of_order(required(order, "status")),
            price=price,
            refunded=Money(0, price.currency),
            at=moment_of(order.get("update_time") or order.get("create_time"), now),
            method=method,
            gateway_customer=customer,
            is_under_way=order["status"] == "COMPLETED",
        )
    payment = payment_of_capture(capture, now=now)
    is_paid = payment.status is PaymentStatus.PAID
    refunds = payments.get("refunds") or []
    return replace(
        payment,
        checkout_ref=required(order, "id"),
        order_id=payment.order_id or unit.get("custom_id"),
        refunded=_refunded(capture, refunds),
        reversed_money=_reversed(capture, refunds, names_all_refunds=True),
        method=method,
        gateway_customer=customer,
        fingerprint=fingerprint_of(order) if is_paid else None,
        buyer_email=buyer_email_of(order) if is_paid else None,
    )


def payment_of_capture(capture: Body, *, now: datetime) -> GatewayPayment:
    """
    Return a capture as a payment, without its order.

    Raises:
        Unreadable: the capture cannot be understood, so what was done is unknown.
    """
    status = _status_of_capture(required(capture, "status"))
    return GatewayPayment(
        checkout_ref=order_ref_of(capture),
        payment_ref=required(capture, "id"),
        order_id=capture.get("custom_id"),
        status=status,
        price=from_wire(capture.get("amount")),
        refunded=_refunded(capture, []),
        reversed_money=_reversed(capture, [], names_all_refunds=False),
        # Not its last change: a refund changes it too, and the refund window begins with the payment.
        at=moment_of(capture.get("create_time"), now),
        decline=decline_of(reason_of(capture) or str(capture["status"])) if status is PaymentStatus.FAILED else None,
        fee=_fee_of(capture),
        is_under_way=status is PaymentStatus.PENDING,
    )


def order_ref_of(capture: Body) -> str | None:
    """Return the id of the order that a capture belongs to, if the capture names it."""
    related = (capture.get("supplementary_data") or {}).get("related_ids") or {}
    order_ref = related.get("order_id")
    return order_ref if isinstance(order_ref, str) else linked(capture, "up", "orders")


def refund_of(
    refund: Body, *, now: datetime, payment_ref: str | None = None, foreign_id: str | None = None
) -> GatewayRefund:
    """
    Return a refund.

    Args:
        refund: PayPal's refund, in full.
        now: the moment for a refund that names none.
        payment_ref: its capture, where the refund does not name it.
        foreign_id: a `custom_id` that is not ours although it stands there: that of the capture.

    Raises:
        Unreadable: the refund cannot be understood, so what was done is unknown.
    """
    paypal_status = required(refund, "status")
    if paypal_status not in REFUND_STATUSES:
        raise Unreadable(f"PayPal reports a refund that is {paypal_status}, which is not known here")
    status = REFUND_STATUSES[paypal_status]
    capture_ref = linked(refund, "up", "captures") or payment_ref
    if capture_ref is None:
        raise Unreadable("PayPal reports a refund without the capture that it belongs to")
    custom_id = refund.get("custom_id") or None
    return GatewayRefund(
        ref=required(refund, "id"),
        payment_ref=capture_ref,
        refund_id=None if custom_id == foreign_id else custom_id,
        status=status,
        amount=from_wire(refund.get("amount")),
        at=moment_of(refund.get("update_time") or refund.get("create_time"), now),
        failure=reason_of(refund) or paypal_status if status is GatewayRefundStatus.FAILED else None,
    )


def refunds_of_order(order: Body, *, now: datetime, capture: Body) -> Iterator[GatewayRefund]:
    """
    Go through the refunds of one capture that an order lists.

    Args:
        order: PayPal's order, in full.
        now: the moment for a refund that names none.
        capture: whose refunds are meant.
    """
    payments = first(order.get("purchase_units")).get("payments") or {}
    for refund in payments.get("refunds") or []:
        if linked(refund, "up", "captures") in (None, capture.get("id")):
            yield refund_of(refund, now=now, payment_ref=capture.get("id"), foreign_id=capture.get("custom_id"))


def _chosen(captures: Iterable[Body], capture_ref: str | None) -> Body | None:
    """Return the capture that is asked for, else one that has brought money, else the latest."""
    known = list(captures)
    for capture in known:
        if capture.get("id") == capture_ref:
            return capture
    for capture in known:
        if capture.get("status") in CAPTURED:
            return capture
    return known[-1] if known else None


def _fee_of(capture: Body) -> Money | None:
    fee = (capture.get("seller_receivable_breakdown") or {}).get("paypal_fee")
    return from_wire(fee) if fee else None


def _refunded(capture: Body, refunds: Iterable[Body]) -> Money:
    price, refunded = from_wire(capture.get("amount")), _sum_of_refunds(capture, refunds)
    return price if not refunded.minor and capture.get("status") == "REFUNDED" else refunded


def _reversed(capture: Body, refunds: Collection[Body], *, names_all_refunds: bool) -> Money | None:
    """
    Return the money that PayPal took back without a refund; 0: it took none, or gave it again; None: it does not say.

    A capture without any refund that is all refunded was reversed too: the state REVERSED is not in PayPal's
    specification, only the event is.
    """
    price, refunded = from_wire(capture.get("amount")), _sum_of_refunds(capture, refunds)
    status = capture.get("status")
    if status == "REVERSED" or (status == "REFUNDED" and names_all_refunds and not refunds):
        return Money(price.minor - refunded.minor, price.currency) if price.minor > refunded.minor else None
    return Money(0, price.currency) if status in ("COMPLETED", "PARTIALLY_REFUNDED") else None


def _sum_of_refunds(capture: Body, refunds: Iterable[Body]) -> Money:
    refunded_minor = sum(
        from_wire(refund.get("amount")).minor
        for refund in refunds
        if refund.get("status") == "COMPLETED" and linked(refund, "up", "captures") in (None, capture.get("id"))
    )
    return Money(refunded_minor, from_wire(capture.get("amount")).currency)


def _status_of_order(status: str) -> PaymentStatus:
    match status:
        case "CREATED" | "SAVED" | "PAYER_ACTION_REQUIRED" | "COMPLETED":
            return PaymentStatus.PENDING
        case "APPROVED":
            return PaymentStatus.APPROVED
        case "VOIDED":
            return PaymentStatus.EXPIRED
        case _:
            raise Unreadable(f"PayPal reports an order that is {status}, which is not known here")


def _status_of_capture(status: str) -> PaymentStatus:
    match status:
        case "PENDING":
            return PaymentStatus.PENDING
        case "DECLINED" | "DENIED" | "FAILED":
            return PaymentStatus.FAILED
        case _ if status in CAPTURED:
            return PaymentStatus.PAID
        case _:
            raise Unreadable(f"PayPal reports a capture that is {status}, which is not known here")
