"""Reading: YooKassa's objects in our words."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any

from domain.gateway.decline import Decline
from domain.gateway.errors import UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.money import Money, money_of
from gateways.yookassa.declines import retry_after

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_EXPIRED = "expired_on_confirmation"
_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


def is_id(text: object) -> bool:
    """Tell whether a text can be an id of YooKassa; what cannot must never become part of an address."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def payment_of(body: dict[str, Any]) -> GatewayPayment:
    """
    Return a payment as YooKassa tells of it.

    Its one id is always the `checkout_ref`, and the `payment_ref` as soon as there is money.

    Raises:
        UnableToReach: it lacks what a payment has, so what became of it is unknown.
    """
    try:
        return _payment(body)
    except _UNREADABLE as error:
        raise UnableToReach(f"YooKassa told of a payment that cannot be read ({type(error).__name__})") from error


def refund_of(body: dict[str, Any]) -> GatewayRefund:
    """
    Return a refund as YooKassa tells of it.

    Raises:
        UnableToReach: it lacks what a refund has, so what became of it is unknown.
    """
    try:
        return _refund(body)
    except _UNREADABLE as error:
        raise UnableToReach(f"YooKassa told of a refund that cannot be read ({type(error).__name__})") from error


def _payment(body: dict[str, Any]) -> GatewayPayment:
    state, decline = _state(body)
    price = _money(body["amount"])
    is_paid = state is PaymentStatus.PAID
    confirmation = body.get("confirmation") or {}
    return GatewayPayment(
        checkout_ref=_id(body["id"]),
        payment_ref=_id(body["id"]) if is_paid else None,
        order_id=(body.get("metadata") or {}).get("order_id"),
        status=state,
        price=price,
        refunded=_money(body["refunded_amount"]) if body.get("refunded_amount") else Money(0, price.currency),
        at=_moment(body.get("captured_at") or body["created_at"]),
        method=_saved_method(body.get("payment_method") or {}) if is_paid else None,
        action_url=confirmation.get("confirmation_url") if state is PaymentStatus.PENDING else None,
        decline=decline,
    )


def _state(body: dict[str, Any]) -> tuple[PaymentStatus, Decline | None]:
    match body["status"]:
        case "pending":
            return PaymentStatus.PENDING, None
        case "waiting_for_capture":
            return PaymentStatus.APPROVED, None
        case "succeeded":
            return PaymentStatus.PAID, None
        case "canceled":
            reason = _reason(body)
            if reason == _EXPIRED:
                return PaymentStatus.EXPIRED, None
            return PaymentStatus.FAILED, Decline(retry_after(reason), reason)
        case other:
            raise ValueError(f"{other!r} is no status of a payment")


def _refund(body: dict[str, Any]) -> GatewayRefund:
    state = {
        "pending": GatewayRefundStatus.PENDING,
        "succeeded": GatewayRefundStatus.SUCCEEDED,
        "canceled": GatewayRefundStatus.FAILED,
    }[body["status"]]
    return GatewayRefund(
        ref=_id(body["id"]),
        payment_ref=_id(body["payment_id"]),
        refund_id=(body.get("metadata") or {}).get("refund_id"),
        status=state,
        amount=_money(body["amount"]),
        at=_moment(body["created_at"]),
        failure=_reason(body) if state is GatewayRefundStatus.FAILED else None,
    )


def _saved_method(method: dict[str, Any]) -> SavedMethod | None:
    # Every payment has a method with an id; only one that says so was saved and can be charged.
    if method.get("saved") is not True:
        return None
    card = method.get("card") or {}
    label = f"{card.get('card_type') or 'Card'} *{card['last4']}" if card.get("last4") else method.get("title")
    return SavedMethod(_id(method["id"]), None, label or str(method["type"]), _last_day(card))


def _last_day(card: dict[str, Any]) -> date | None:
    if not (card.get("expiry_year") and card.get("expiry_month")):
        return None
    year, month = int(card["expiry_year"]), int(card["expiry_month"])
    return date(year, month, monthrange(year, month)[1])


def _reason(body: dict[str, Any]) -> str:
    return str((body.get("cancellation_details") or {}).get("reason") or "unknown")


def _money(amount: dict[str, Any]) -> Money:
    return money_of(amount["value"], amount["currency"])


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return moment.astimezone(UTC)


def _id(text: Any) -> str:
    if not is_id(text):
        raise ValueError("an id that cannot be one")
    return str(text)
