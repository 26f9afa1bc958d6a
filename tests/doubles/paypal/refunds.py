"""Refunds and disputes: what PayPal does with them."""

from typing import Any

from domain.money import Money
from tests.doubles.paypal.amounts import accepted_money
from tests.doubles.paypal.records import Capture, DisputeRecord, RefundRecord, State, new_id, now_text
from tests.doubles.paypal.refusing import Refused, unknown
from tests.doubles.paypal.rendering import capture_body, dispute_body, refund_body

REFUNDABLE = ("COMPLETED", "PARTIALLY_REFUNDED")


def refund(state: State, capture_id: str, body: dict[str, Any], *, code: str = "") -> RefundRecord:
    """Give money of a capture back, or refuse as PayPal does."""
    money = found(state, capture_id)
    left = left_of(state, money)
    if money.status == "PENDING":
        raise Refused(422, "PENDING_CAPTURE")
    if money.status == "REFUNDED" or (money.status in REFUNDABLE and left.minor == 0):
        raise Refused(422, "CAPTURE_FULLY_REFUNDED")
    if money.status not in REFUNDABLE:
        raise Refused(422, "REFUND_NOT_ALLOWED")
    amount = accepted_money(body["amount"], "/amount/value") if "amount" in body else left
    if amount.currency != money.money.currency:
        raise Refused(422, "REFUND_CAPTURE_CURRENCY_MISMATCH")
    if amount.minor > left.minor:
        raise Refused(422, "REFUND_AMOUNT_EXCEEDED")
    if amount != money.money and any(
        dispute.capture_id == capture_id and dispute.status != "RESOLVED" for dispute in state.disputes.values()
    ):
        raise Refused(422, "TRANSACTION_DISPUTED")
    if code:
        raise Refused(422, code)
    refund = RefundRecord(new_id(), capture_id, "PENDING", amount, body.get("custom_id"), body.get("note_to_payer"))
    state.refunds[refund.id] = refund
    if not state.hold_refunds:
        settle(state, refund.id, succeeded=True)
    return refund


def from_dashboard(state: State, capture_id: str, minor: int | None) -> str:
    """Give money back by hand: at once, and with the capture's own `custom_id`, for nobody wrote another."""
    money = found(state, capture_id)
    amount = Money(minor, money.money.currency) if minor is not None else left_of(state, money)
    if not 0 < amount.minor <= left_of(state, money).minor:
        raise ValueError(f"{amount} cannot be given back of capture {capture_id}")
    refund = RefundRecord(new_id(), capture_id, "PENDING", amount, money.custom_id)
    state.refunds[refund.id] = refund
    settle(state, refund.id, succeeded=True)
    return refund.id


def settle(state: State, refund_id: str, *, succeeded: bool) -> None:
    """End a refund; PayPal sends no event of one that failed."""
    refund = state.refunds[refund_id]
    refund.status, refund.updated = ("COMPLETED" if succeeded else "FAILED"), now_text()
    if not succeeded:
        return
    money = state.captures[refund.capture_id]
    done_minor = sum(one.money.minor for one in state.refunds_of(money.id) if one.status == "COMPLETED")
    money.status = "REFUNDED" if done_minor == money.money.minor else "PARTIALLY_REFUNDED"
    money.updated = now_text()
    state.emit("PAYMENT.CAPTURE.REFUNDED", "refund", refund_body(state, refund))


def open_dispute(state: State, capture_id: str, minor: int | None = None) -> str:
    """Let the buyer complain, about all of the money or about a part."""
    price = found(state, capture_id).money
    amount = price if minor is None else Money(minor, price.currency)
    dispute = DisputeRecord(f"PP-D-{new_id(6)}", capture_id, amount)
    state.disputes[dispute.id] = dispute
    state.emit("CUSTOMER.DISPUTE.CREATED", "dispute", dispute_body(state, dispute))
    return dispute.id


def close_dispute(state: State, dispute_id: str, *, won: bool) -> None:
    """Let PayPal decide."""
    dispute = state.disputes[dispute_id]
    dispute.status, dispute.updated = "RESOLVED", now_text()
    dispute.outcome = "RESOLVED_SELLER_FAVOUR" if won else "RESOLVED_BUYER_FAVOUR"
    state.emit("CUSTOMER.DISPUTE.RESOLVED", "dispute", dispute_body(state, dispute))


def reverse(state: State, capture_id: str) -> None:
    """Let PayPal take the money of a capture back, as after a chargeback; no refund is made."""
    money = found(state, capture_id)
    money.status, money.updated = "REVERSED", now_text()
    state.emit("PAYMENT.CAPTURE.REVERSED", "capture", capture_body(state, money))


def take_back_reversal(state: State, capture_id: str) -> None:
    """Let PayPal give the money of a reversed capture again."""
    money = found(state, capture_id)
    money.status, money.updated = "COMPLETED", now_text()
    state.emit("PAYMENT.CAPTURE.COMPLETED", "capture", capture_body(state, money))


def report(state: State, refund_id: str) -> None:
    """Send the event of a refund that is pending or has failed; not every account gets one."""
    one = state.refunds[refund_id]
    state.emit(f"PAYMENT.REFUND.{one.status}", "refund", refund_body(state, one))


def found(state: State, capture_id: str) -> Capture:
    """Return a capture, or refuse as PayPal does."""
    if capture_id not in state.captures:
        raise unknown()
    return state.captures[capture_id]


def left_of(state: State, money: Capture) -> Money:
    """Return what may still be given back of a capture; refunds that are under way count."""
    gone_minor = sum(one.money.minor for one in state.refunds_of(money.id) if one.status != "FAILED")
    return Money(money.money.minor - gone_minor, money.money.currency)
