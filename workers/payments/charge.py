"""Charging: an order is paid by a saved method, without its buyer."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.gateway.decline import Decline, Retry
from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.requests import ChargeRequest
from domain.money import Money
from domain.payments.charge import CALL_LASTS, is_too_late_for_first_call, may_be_called_now
from domain.payments.order import Order, buyer_in, call_key
from domain.payments.order_update import put_to_review
from domain.payments.stored_method import StoredMethod
from messages.errors import Busy, Unavailable
from store.engine import Session
from store.payments.charge import ChargeBarrier, find_charge_barrier, find_charge_barriers
from store.payments.method import find_method
from store.payments.order import find_order, lock_order, save_order
from workers.context import Context
from workers.payments.payment import Follow, Report, apply_report
from workers.payments.settled import announce_settled

log = logging.getLogger(__name__)

MOST_WAIT_S = 8.0
"""How long whoever meets a call that may be under way is put off; the call itself is over soon, as a rule."""

METHOD_ENDED = "method_ended"
"""Code of a charge that was not asked for because its buyer had let us forget the method."""


@dataclass(frozen=True, slots=True)
class Charge:
    """An order whose present attempt is committed, and the method that it charges."""

    order: Order
    method: StoredMethod


def charge_order(
    context: Context, order_id: str, *, polled_at: datetime | None = None, follow: Follow = announce_settled
) -> None:
    """
    Make the call of an order's present charge, or make it again where its outcome is unknown.

    Args:
        context: what handlers need.
        order_id: ours; nothing happens unless its present attempt is a charge that nobody has an answer to.
        polled_at: when the caller has marked it as polled, which keeps every other caller away.
        follow: what a changed order leads to elsewhere.

    Raises:
        Busy: somebody else may just be making the call.
        Unavailable: the gateway gave no answer; repeating is harmless.
    """
    charge = context.transact(lambda session: _begin_call(session, context, order_id, polled_at))
    if isinstance(charge, Busy):
        raise charge
    if charge is not None:
        apply_report(context, call_charge(context, charge, follow=follow))


def cancel_charge(context: Context, order_id: str, *, follow: Follow = announce_settled) -> None:
    """
    See to it that no money can come of an order's failed charge any more, before its buyer pays by hand.

    Should it have come after all, or be under way, that is applied.

    Args:
        context: what handlers need.
        order_id: ours; nothing happens unless its last attempt was a charge whose payment is known.
        follow: what a changed order leads to elsewhere.

    Raises:
        Unavailable: the gateway gave no answer; repeating is harmless.
    """
    order = context.transact(lambda session: find_order(session, order_id))
    if order is None or order.is_open or order.is_paid or not order.is_charge or order.payment_ref is None:
        return
    try:
        payment = context.gateway(order.gateway).cancel_charge(order.payment_ref, call_key("cc", order))
    except UnableToReach as error:
        raise Unavailable(f"the failed charge of order {order.id} could not be cancelled yet: {error}") from error
    except CallRefused as error:
        log.warning("the failed charge of order %s cannot be cancelled: %s", order.id, error.code)
        return
    if payment.status is PaymentStatus.PAID:
        apply_report(context, Report(order.gateway, payment, order, follow))


def clear_charges(
    context: Context, charges: Sequence[Charge], *, follow: Follow = announce_settled
) -> tuple[list[Charge], list[Report]]:
    """
    Return the charges whose first call is to be made now, and what is known already of others.

    Since the intent their buyers may have cancelled, or let us forget the method: then nothing is called. What speaks
    against a call is asked in the last transaction before it, so the calls must be made at once, and only these. One
    whose intent is some minutes old is left to whoever looks for charges without an outcome.
    """
    barriers = context.transact(lambda session: find_charge_barriers(session, [charge.order for charge in charges]))
    cleared, known, now = [], [], context.clock()
    for charge in charges:
        match barriers[charge.order.id]:
            case None if is_too_late_for_first_call(charge.order, at=now):
                log.info("order %s is not charged now: its intent is too old", charge.order.id)
            case None:
                cleared.append(charge)
            case ChargeBarrier.METHOD_ENDED:
                # Nobody has called for this attempt yet, so it is known that no money moves.
                declined = _declined(context, charge.order, Decline(Retry.NEW_METHOD, METHOD_ENDED))
                known.append(Report(charge.order.gateway, declined, charge.order, follow))
            case ChargeBarrier.WITHDRAWN | ChargeBarrier.OVERTAKEN as barrier:
                log.info("order %s is not charged: %s", charge.order.id, barrier)
    return cleared, known


def call_charge(context: Context, charge: Charge, *, follow: Follow = announce_settled) -> Report:
    """
    Make the call of a charge and return its answer, which is not applied yet; no transaction may be open.

    Raises:
        Unavailable: the gateway gave no answer; the same call may be repeated.
    """
    order = charge.order
    try:
        payment = context.gateway(order.gateway).charge_saved_method(_request(charge), call_key("ch", order))
    except (UnableToReach, NotFound) as error:
        # A charge that finds nothing has a key of another account: a decline would end a subscription.
        raise Unavailable(f"whether order {order.id} was charged is not known yet: {error}") from error
    except CallRefused as error:
        log.warning("%s refuses to charge for order %s: %s", order.gateway, order.id, error.code)
        payment = _declined(context, order, Decline(Retry.LATER, error.code, is_vague=True))
    return Report(order.gateway, payment, order, follow)


def _begin_call(session: Session, context: Context, order_id: str, polled_at: datetime | None) -> Charge | Busy | None:
    order = lock_order(session, order_id)
    if order is None or not order.is_open or not order.is_charge or order.needs_review:
        return None
    if order.checkout_ref is not None or order.payment_ref is not None or order.withdrawn_at is not None:
        # Its payment is known and is polled; or it must not be charged any more, and is looked for.
        return None
    now = context.clock()
    if order.polled_at != polled_at and may_be_called_now(order, at=now):
        wait_s = min(CALL_LASTS.total_seconds(), MOST_WAIT_S)
        # Not raised here: a transaction that raises it would be tried again until it is over.
        return Busy(f"whoever has charged for order {order.id} last may still wait for the answer", wait_seconds=wait_s)
    assert order.called_at is not None
    assert order.method_id is not None
    if now - order.called_at > context.gateway(order.gateway).key_lifetime:
        sentence = "whether it was charged is unknown, and the key of the call protects no longer"
        save_order(session, put_to_review(order, sentence, at=now), before=order)
        return None
    if find_charge_barrier(session, order) is not None:
        # A repeat may be the first that arrives, so from now on it is only looked for.
        save_order(session, replace(order, withdrawn_at=now, updated_at=now), before=order)
        return None
    method = find_method(session, order.method_id)
    assert method is not None
    begun = replace(order, polled_at=now)
    save_order(session, begun, before=order)
    return Charge(begun, method)


def _request(charge: Charge) -> ChargeRequest:
    order = charge.order
    assert order.buyer_snapshot is not None
    return ChargeRequest(
        order_id=order.id,
        attempt=order.attempt,
        price=order.price,
        title=order.title,
        buyer=buyer_in(order.account_id, order.buyer_snapshot),
        method=charge.method.method,
    )


def _declined(context: Context, order: Order, decline: Decline) -> GatewayPayment:
    """Return the payment of a charge by which no money moved: it was refused as such, or not asked for."""
    return GatewayPayment(
        checkout_ref=None,
        payment_ref=None,
        order_id=order.id,
        status=PaymentStatus.FAILED,
        price=order.price,
        refunded=Money(0, order.price.currency),
        at=context.clock(),
        decline=decline,
    )
