"""Charges: an order whose money is asked for again and again, by a saved method or by a fresh checkout."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.requests import Buyer
from domain.payments.order import Order, snapshot_of
from domain.periods import end_of_period

BUYER_WANTED = "action_required"
"""Code of a decline that only says that the buyer must confirm."""

CALL_LASTS = timedelta(seconds=30)
"""A call of a charge is over by then, answered or not: twice its deadline. Until then nobody makes it again."""

FIRST_CALL_WITHIN = timedelta(minutes=5)
"""How long after its intent the first call of a charge may begin; later ones are left to whoever looks for it."""


def begin_attempt(order: Order, buyer: Buyer, *, method_id: int | None, at: datetime) -> Order:
    """
    Return an order whose next attempt begins: pending again, with a key and refs of its own.

    Only an attempt that is known to have failed has a next one, or the buyer might pay twice.

    Args:
        order: is neither paid nor open, or has not been asked for yet.
        buyer: what the call says of them.
        method_id: the saved method that is charged; None: a hosted checkout is opened.
        at: aware UTC; the key of the call counts from now on.
    """
    assert not order.is_paid
    assert not order.is_open or order.attempt == 0
    return replace(
        order,
        status=PaymentStatus.PENDING,
        attempt=order.attempt + 1,
        method_id=method_id,
        saves_method=method_id is None,
        checkout_ref=None,
        payment_ref=None,
        redirect_url=None,
        checkout_expires_at=None,
        called_at=at if method_id is not None else None,
        polled_at=at,
        under_way_since=None,
        failure=None,
        withdrawn_at=None,
        buyer_snapshot=snapshot_of(buyer),
        updated_at=at,
    )


def may_be_called_now(order: Order, *, at: datetime) -> bool:
    """
    Tell whether somebody may just be making the call of an order's present charge again.

    Two calls with one key may end differently: not every gateway keeps a decline with the key, so one of them is
    declined while the other takes the money. Whoever believed the decline would begin the next attempt.
    """
    if order.polled_at is None or order.polled_at == order.called_at:
        return False
    return at - order.polled_at < CALL_LASTS


def is_too_late_for_first_call(order: Order, *, at: datetime) -> bool:
    """Tell whether the first call of a charge begins no more, for others may soon make it in its place."""
    return order.called_at is not None and at - order.called_at > FIRST_CALL_WITHIN


def at_gateway(order: Order, gateway: str) -> Order:
    """
    Return an order whose next attempt is made through a gateway, or which was paid through it after all.

    The refs and the method of the present attempt are those of the gateway before, and say nothing to this one.
    """
    if order.gateway == gateway:
        return order
    return replace(
        order,
        gateway=gateway,
        method_id=None,
        checkout_ref=None,
        payment_ref=None,
        redirect_url=None,
        checkout_expires_at=None,
    )


def concerns_present_attempt(order: Order, payment: GatewayPayment, *, gateway: str) -> bool:
    """
    Tell whether an update is about the present attempt of an order, or about money, which always counts.

    A late report that an earlier attempt failed must not end the present one: its money may be under way.

    Args:
        order: as it is stored.
        payment: as its gateway has it now.
        gateway: whose payment it is; an earlier attempt may have been made through another one.
    """
    if order.attempt == 0 or payment.status is PaymentStatus.PAID:
        return True
    if gateway != order.gateway:
        return False
    refs = {order.checkout_ref, order.payment_ref} - {None}
    return bool(refs & {payment.checkout_ref, payment.payment_ref})


def is_answer_to(order: Order, called_for: Order) -> bool:
    """
    Tell whether an answer is the one to the last call of an order's present attempt.

    If the call was made again meanwhile, what that one comes to decides; money counts whichever call has brought it.

    Args:
        order: as it is stored.
        called_for: as it was when the call was made that is answered.
    """
    return (called_for.attempt, called_for.polled_at) == (order.attempt, order.polled_at)


def as_final(payment: GatewayPayment) -> GatewayPayment:
    """
    Return the payment of a charge: one that waits for the buyer has failed.

    Nobody is there to confirm it. The buyer pays by a fresh checkout, and the gateway's charge must not succeed beside.
    """
    if payment.status is not PaymentStatus.ACTION_REQUIRED:
        return payment
    decline = payment.decline or Decline(Retry.CUSTOMER_ACTION, BUYER_WANTED)
    return replace(payment, status=PaymentStatus.FAILED, decline=decline)


def with_paid_time(order: Order, *, at: datetime) -> Order:
    """
    Return an order with the period that it pays for, as it is paid now.

    Without a period of its own it begins now. A renewal that is paid when more than half of its period is over begins
    now, too: nobody pays for time that is gone.

    Args:
        order: of a subscription.
        at: aware UTC moment at which its package is granted.
    """
    assert order.period is not None
    start, end = order.period_start, order.period_end
    if start is None or end is None or at - start > (end - start) / 2:
        start, end = at, end_of_period(at, order.period, at)
    return replace(order, period_start=start, period_end=end)


def package_time(order: Order, *, at: datetime) -> tuple[datetime, datetime | None]:
    """
    Return when the package of an order begins and ends; None: never.

    Args:
        order: is being paid; one of a subscription has its period.
        at: aware UTC moment at which the package is granted.
    """
    if order.valid_days is None:
        return order.period_start or at, order.period_end
    start = at if order.period_start is None else max(order.period_start, at)
    return start, start + timedelta(days=order.valid_days)
