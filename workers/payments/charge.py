"""Charging: an order is paid by a saved method, without its buyer."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
from store.payments.charge import ChargeBarrier, find_charge_barrier, find_charge_barriers, find_known_payment
from store.payments.method import find_method
from store.payments.order import find_order, lock_order, save_order
from workers.context import Context
from workers.payments.payment import Follow, Report, apply_report
from workers.payments.settled import announce_settled

log = logging.getLogger(__name__)

MOST_WAIT_S = 8.0
"""How long whoever meets a call that may be under way is put off; the call itself is over soon, as a rule."""

SEARCHED_AFTER = timedelta(hours=1)
"""How long after the last possible call of a charge its payment is looked for: whatever was under way has ended."""

SEARCHED_BEFORE = timedelta(minutes=5)
"""How far before the first call the list begins, for our clock and the gateway's differ."""

NEVER_ARRIVED = "never_arrived"
"""Code of a charge that is not among the gateway's payments."""

METHOD_ENDED = "method_ended"
"""Code of a charge that was not asked for because its buyer had let us forget the method."""


@dataclass(frozen=True, slots=True)
class Charge:
    """
    An order whose present attempt is committed, and the method that it charges.

    `is_searched`: it is not asked for any more, because its key protects no longer; its payment is looked for.
    """

    order: Order
    method: StoredMethod
    is_searched: bool = False


def charge_order(
    context: Context, order_id: str, *, polled_at: datetime | None = None, follow: Follow = announce_settled
) -> None:
    """
    Make the call of an order's present charge, or make it again where its outcome is unknown.

    When the key of the call protects no longer, nothing is asked for any more: the gateway's list of payments, read to
    its end, tells whether the charge arrived. Where a gateway has no such list, a person has to look.

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
    if charge is None:
        return
    report = (_search if charge.is_searched else call_charge)(context, charge, follow=follow)
    if report is not None:
        apply_report(context, report)


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
    last_call_at = order.called_at + context.gateway(order.gateway).key_lifetime
    if last_call_at < now <= last_call_at + SEARCHED_AFTER:
        return None
    if now > last_call_at:
        method = find_method(session, order.method_id)
        assert method is not None
        return Charge(order, method, is_searched=True)
    if find_charge_barrier(session, order) is not None:
        # A repeat may be the first that arrives, so from now on it is only looked for.
        save_order(session, replace(order, withdrawn_at=now, updated_at=now), before=order)
        return None
    method = find_method(session, order.method_id)
    assert method is not None
    begun = replace(order, polled_at=now)
    save_order(session, begun, before=order)
    return Charge(begun, method)


def _search(context: Context, charge: Charge, *, follow: Follow) -> Report | None:
    """
    Return what became of a charge by the gateway's list of payments; None: no list tells, so a person has to look.

    Raises:
        Unavailable: the list was not read to its end; repeating is harmless.
    """
    order = charge.order
    assert order.called_at is not None
    try:
        payment = context.gateway(order.gateway).find_charge(_request(charge), order.called_at - SEARCHED_BEFORE)
        if payment is None:
            _see_that_key_is_ours(context, order)
    except UnableToReach as error:
        raise Unavailable(f"whether order {order.id} was charged is not known yet: {error}") from error
    except CallRefused as error:
        log.warning("order %s is put before a person: %s", order.id, error)
        context.transact(lambda session: _put_before_person(session, context, order))
        return None
    if payment is None:
        log.warning("order %s was not charged: its charge is not among the payments of %s", order.id, order.gateway)
        payment = _declined(context, order, Decline(Retry.LATER, NEVER_ARRIVED, is_vague=True))
    return Report(order.gateway, payment, order, follow)


def _see_that_key_is_ours(context: Context, order: Order) -> None:
    """
    Fetch what the account had paid before the call: with a key of another shop the charge is in no list.

    What it has paid since says nothing: that was perhaps paid in the other shop already.

    Raises:
        CallRefused: it is not known at the gateway, or there is nothing to ask for.
        UnableToReach: no answer came.
    """
    called_at = order.called_at
    assert called_at is not None
    ref = context.transact(
        lambda session: find_known_payment(session, order.account_id, order.gateway, before=called_at)
    )
    if ref is None:
        raise CallRefused("nothing_known", f"order {order.id}: no payment of its account proves that the list is ours")
    context.gateway(order.gateway).fetch_payment(ref)


def _put_before_person(session: Session, context: Context, asked: Order) -> None:
    order = lock_order(session, asked.id)
    if order is None or not order.is_open or (order.attempt, order.payment_ref) != (asked.attempt, None):
        return
    sentence = "whether it was charged is unknown, and the key of the call protects no longer"
    save_order(session, put_to_review(order, sentence, at=context.clock()), before=order)


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
