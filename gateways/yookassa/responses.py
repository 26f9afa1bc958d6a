"""YooKassa's objects in our words: payments and refunds; its API has no disputes."""

from datetime import datetime
from typing import Any

from domain.gateway.decline import Decline
from domain.gateway.errors import Unreadable
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.money import Money
from gateways.yookassa.amounts import from_wire
from gateways.yookassa.declines import decline_of
from gateways.yookassa.methods import fingerprint_of, saved_method_in, saved_method_of
from gateways.yookassa.objects import id_of, moment_of, reason_of

REFUND_STATUSES = {
    "pending": GatewayRefundStatus.PENDING,
    "succeeded": GatewayRefundStatus.SUCCEEDED,
    "canceled": GatewayRefundStatus.FAILED,
}

SETUP_STATUSES = {
    "pending": SetupStatus.PENDING,
    "active": SetupStatus.SAVED,
    "inactive": SetupStatus.FAILED,
}

_EXPIRED = "expired_on_confirmation"
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def payment_of(body: dict[str, Any]) -> GatewayPayment:
    """
    Return a payment.

    Its one id is always the `checkout_ref`, and the `payment_ref` as soon as there is money.

    Raises:
        Unreadable: the payment cannot be read, so what was done is unknown.
    """
    try:
        return _payment_of(body)
    except _UNREADABLE as error:
        raise Unreadable(f"YooKassa sent a payment that cannot be read ({type(error).__name__})") from error


def refund_of(body: dict[str, Any]) -> GatewayRefund:
    """
    Return a refund.

    Raises:
        Unreadable: the refund cannot be read, so what was done is unknown.
    """
    try:
        return _refund_of(body)
    except _UNREADABLE as error:
        raise Unreadable(f"YooKassa sent a refund that cannot be read ({type(error).__name__})") from error


def setup_of(body: dict[str, Any], *, at: datetime) -> GatewaySetup:
    """
    Return a payment method that is being saved as a setup; its one id is the method's token, too.

    Args:
        body: YooKassa's payment method.
        at: the moment, for YooKassa names none.

    Raises:
        Unreadable: the method cannot be read.
    """
    try:
        return _setup_of(body, at)
    except _UNREADABLE as error:
        raise Unreadable(f"YooKassa sent a payment method that cannot be read ({type(error).__name__})") from error


def _setup_of(body: dict[str, Any], at: datetime) -> GatewaySetup:
    status = SETUP_STATUSES[body["status"]]
    method = saved_method_in(body) if status is SetupStatus.SAVED else None
    if status is SetupStatus.SAVED and method is None:
        # Active, and not ours to charge.
        status = SetupStatus.FAILED
    return GatewaySetup(
        ref=id_of(body["id"]),
        setup_id=(body.get("metadata") or {}).get("setup_id"),
        status=status,
        at=at,
        method=method,
        failure="not_saved" if status is SetupStatus.FAILED else None,
        fingerprint=fingerprint_of(body) if method else None,
    )


def _payment_of(body: dict[str, Any]) -> GatewayPayment:
    status, decline = _status_of(body)
    price = from_wire(body["amount"])
    is_paid = status is PaymentStatus.PAID
    confirmation = body.get("confirmation") or {}
    return GatewayPayment(
        checkout_ref=id_of(body["id"]),
        payment_ref=id_of(body["id"]) if is_paid else None,
        order_id=(body.get("metadata") or {}).get("order_id"),
        status=status,
        price=price,
        refunded=from_wire(body["refunded_amount"]) if body.get("refunded_amount") else Money(0, price.currency),
        at=moment_of(body.get("captured_at") or body["created_at"]),
        method=saved_method_of(body) if is_paid else None,
        action_url=confirmation.get("confirmation_url") if status is PaymentStatus.PENDING else None,
        decline=decline,
        fee=_fee_of(body, price) if is_paid else None,
        # While the buyer is awaited the payment has a page; a transfer or cash at a terminal takes days.
        is_under_way=status is PaymentStatus.PENDING and (not confirmation or bool(body.get("paid"))),
        fingerprint=fingerprint_of(body.get("payment_method") or {}) if is_paid else None,
    )


def _fee_of(body: dict[str, Any], price: Money) -> Money | None:
    """Return what YooKassa keeps: it says what the shop gets, and only once that is known."""
    income = from_wire(body["income_amount"]) if body.get("income_amount") else None
    return Money(price.minor - income.minor, price.currency) if income and income.currency == price.currency else None


def _status_of(body: dict[str, Any]) -> tuple[PaymentStatus, Decline | None]:
    match body["status"]:
        case "pending":
            return PaymentStatus.PENDING, None
        case "waiting_for_capture":
            return PaymentStatus.APPROVED, None
        case "succeeded":
            return PaymentStatus.PAID, None
        case "canceled":
            reason = reason_of(body)
            if reason == _EXPIRED:
                return PaymentStatus.EXPIRED, None
            return PaymentStatus.FAILED, decline_of(reason)
        case other:
            raise ValueError(f"{other!r} is no status of a payment")


def _refund_of(body: dict[str, Any]) -> GatewayRefund:
    status = REFUND_STATUSES[body["status"]]
    return GatewayRefund(
        ref=id_of(body["id"]),
        payment_ref=id_of(body["payment_id"]),
        refund_id=(body.get("metadata") or {}).get("refund_id"),
        status=status,
        amount=from_wire(body["amount"]),
        at=moment_of(body["created_at"]),
        failure=reason_of(body) if status is GatewayRefundStatus.FAILED else None,
    )
