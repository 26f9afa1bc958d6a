"""Applying an object of a gateway, whoever has read it: a webhook's object, one of a list, or one that was polled."""

from dataclasses import dataclass
from typing import assert_never

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.ids import is_own_id
from domain.payments.reversal import dispute_of_reversal
from messages.errors import Unavailable
from store.engine import Session
from store.payments.ownership import find_unapplied_payments
from workers.context import Context
from workers.payments.dispute import apply_dispute
from workers.payments.payment import OnDone, apply_payment
from workers.payments.refund_result import apply_refund


@dataclass(frozen=True, slots=True)
class AppliedObject:
    """
    The order that an object is about, and what was done.

    Without an order, `is_foreign` tells an object of another shop on the same account from one that names an order of
    ours which is unknown here. `is_done`: `on_done` was called, if there is one.
    """

    order_id: str | None
    what: str
    is_foreign: bool = False
    is_done: bool = False


def apply_object(
    context: Context,
    gateway: str,
    found: GatewayPayment | GatewayRefund | GatewayDispute,
    *,
    on_done: OnDone | None = None,
) -> AppliedObject:
    """
    Apply a payment, a refund or a dispute as its gateway has it now.

    Args:
        context: what handlers need.
        gateway: its name.
        found: the object.
        on_done: called in the transaction that applies a payment, where that is all that there is to do.

    Raises:
        Unavailable: the gateway gave no answer to a question that this led to; repeating is harmless.
    """
    match found:
        case GatewayPayment():
            return _apply_payment(context, gateway, found, on_done)
        case GatewayRefund():
            return _apply_refund(context, gateway, found)
        case GatewayDispute():
            return _apply_dispute(context, gateway, found)
        case other:
            assert_never(other)


def _apply_payment(
    context: Context, gateway: str, payment: GatewayPayment, on_done: OnDone | None = None
) -> AppliedObject:
    applied = apply_payment(context, gateway, payment, on_done=on_done)
    if applied.order is None:
        return AppliedObject(None, "", is_foreign=not is_own_id(payment.order_id))
    reversal = dispute_of_reversal(payment, is_known=applied.is_reversed)
    if reversal is None:
        return AppliedObject(applied.order.id, str(applied.step), is_done=applied.is_done)
    apply_dispute(context, gateway, reversal)
    is_lost = reversal.status is DisputeStatus.LOST
    return AppliedObject(applied.order.id, "reversed" if is_lost else "reversal taken back")


def _apply_refund(context: Context, gateway: str, refund: GatewayRefund) -> AppliedObject:
    order_id = apply_refund(context, gateway, refund)
    buys_nothing = context.transact(lambda session: _buys_nothing(session, gateway, refund.payment_ref))
    if order_id is not None and not buys_nothing:
        return AppliedObject(order_id, "refund")
    # Its payment is unknown here, is not paid yet, or bought nothing: what became of that comes first.
    payment = _payment_of(context, gateway, refund.payment_ref)
    if payment is None:
        return AppliedObject(None, "refund", is_foreign=not is_own_id(refund.refund_id))
    applied = _apply_payment(context, gateway, payment)
    if applied.order_id is None:
        return AppliedObject(None, "refund", is_foreign=applied.is_foreign and not is_own_id(refund.refund_id))
    order_id = apply_refund(context, gateway, refund)
    if order_id is None and context.transact(lambda session: _buys_nothing(session, gateway, refund.payment_ref)):
        order_id = applied.order_id
    return AppliedObject(order_id, "refund")


def _apply_dispute(context: Context, gateway: str, dispute: GatewayDispute) -> AppliedObject:
    if dispute.is_inquiry and dispute.status is DisputeStatus.LOST:
        # Nobody has decided it: its money went back as a refund, of which the payment tells.
        asked_about = _payment_of(context, gateway, dispute.payment_ref)
        if asked_about is not None:
            _apply_payment(context, gateway, asked_about)
    order_id = apply_dispute(context, gateway, dispute)
    if order_id is not None:
        return AppliedObject(order_id, "dispute")
    payment = _payment_of(context, gateway, dispute.payment_ref)
    if payment is None:
        return AppliedObject(None, "dispute", is_foreign=True)
    applied = _apply_payment(context, gateway, payment)
    if applied.order_id is None:
        return applied
    order_id = apply_dispute(context, gateway, dispute)
    return AppliedObject(order_id or applied.order_id, "dispute")


def _payment_of(context: Context, gateway: str, ref: str) -> GatewayPayment | None:
    try:
        return context.gateway(gateway).fetch_payment(ref)
    except NotFound:
        return None
    except UnableToReach as error:
        raise Unavailable(f"{gateway} gave no answer about payment {ref}: {error}") from error


def _buys_nothing(session: Session, gateway: str, payment_ref: str) -> bool:
    return bool(find_unapplied_payments(session, gateway, [payment_ref]))
