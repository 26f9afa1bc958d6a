"""Applying what a gateway says of a payment: forward only, and granted in the transaction in which it becomes paid."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.payments.attempt import AttemptOutcome, PaymentAttempt
from domain.payments.order import Order, call_key
from domain.payments.payment_decision import Step
from domain.payments.reversal import dispute_of_reversal, is_reversal_lost
from messages.errors import Unavailable
from store.engine import Session
from store.payments.attempt import add_attempt
from store.payments.case import Case, open_cases
from store.payments.order import OrderKey, find_order_key, lock_order
from workers.context import Context
from workers.facts import Facts
from workers.payments.case import close_cases
from workers.payments.codes import settle_codes
from workers.payments.payment_update import PaymentUpdate, decide_update, make_updates
from workers.payments.refund_result import apply_refund
from workers.payments.settled import announce_settled

log = logging.getLogger(__name__)

OnDone = Callable[[Session, Order, Step], None]
"""Called in the transaction after which an update has nothing left to do, with its order and what was done."""

Follow = Callable[[Session, Sequence[Case], Facts], None]
"""What changed orders lead to elsewhere, in the transaction that changes them."""


@dataclass(frozen=True, slots=True)
class AppliedPayment:
    """
    The order that an update was about, as it was before, and what was done; no order: it is unknown here.

    `lacks_refunds`: the gateway has given back more of the payment than is known here. `is_reversed`: a reversal of the
    payment counts as lost here. `is_done`: nothing is left to do.
    """

    order: Order | None
    step: Step = Step.NOTHING
    lacks_refunds: bool = False
    is_reversed: bool = False
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """
    What a gateway says of a payment, and who heard it.

    `called_for` is the order whose present attempt was called for and is answered by it; None: a webhook or a poll.
    `follow` is what a changed order leads to elsewhere.
    """

    gateway: str
    payment: GatewayPayment
    called_for: Order | None = None
    follow: Follow = announce_settled
    on_done: OnDone | None = None


def apply_payment(
    context: Context, gateway: str, payment: GatewayPayment, *, on_done: OnDone | None = None
) -> AppliedPayment:
    """
    Apply what a gateway says of a payment; take the money if the buyer has approved and that is ours to do.

    Args:
        context: what handlers need.
        gateway: its name.
        payment: as it has it now.
        on_done: called if, and in the transaction in which, this is all that there was to do.

    Raises:
        Unavailable: the gateway did not answer when the money was to be taken, or when it was asked for refunds that
            are not known here; repeating is harmless.
    """
    return apply_report(context, Report(gateway, payment, on_done=on_done))


def apply_report(context: Context, report: Report) -> AppliedPayment:
    """
    Do the same, with what is known besides.

    Raises:
        Unavailable: as `apply_payment`.
    """
    return apply_reports(context, [report])[0]


def apply_reports(context: Context, reports: Sequence[Report]) -> list[AppliedPayment]:
    """
    Do the same for several in one transaction; each must be about another account.

    Raises:
        Unavailable: as `apply_payment`. What was applied stays so, and applying it again changes nothing.
    """
    done = context.transact(lambda session: _apply(session, context, reports))
    return [_finish(context, report, applied) for report, applied in zip(reports, done, strict=True)]


def _finish(context: Context, report: Report, applied: AppliedPayment) -> AppliedPayment:
    payment = report.payment
    if applied.step is Step.COMPLETE and applied.order is not None:
        taken = _complete(context, applied.order, payment)
        if taken is not None and taken.status is not PaymentStatus.APPROVED:
            [applied] = context.transact(lambda session: _apply(session, context, [replace(report, payment=taken)]))
    if applied.lacks_refunds and payment.payment_ref is not None:
        _import_refunds(context, report.gateway, payment.payment_ref)
    return applied


def _import_refunds(context: Context, gateway: str, payment_ref: str) -> None:
    """Apply the refunds of a payment whose webhooks came before the payment was known, or never."""
    try:
        for refund in context.gateway(gateway).list_refunds(payment_ref):
            apply_refund(context, gateway, refund)
    except (UnableToReach, CallRefused) as error:
        raise Unavailable(f"the refunds of payment {payment_ref} could not be read yet: {error}") from error


def _complete(context: Context, order: Order, payment: GatewayPayment) -> GatewayPayment | None:
    checkout_ref = order.checkout_ref or payment.checkout_ref
    if checkout_ref is None:
        return None
    try:
        return context.gateway(order.gateway).complete_checkout(checkout_ref, call_key("cp", order))
    except UnableToReach as error:
        raise Unavailable(f"the money of order {order.id} could not be taken yet: {error}") from error
    except CallRefused as error:
        # It stays approved: a poll will find out whether it was taken after all, or reversed.
        log.warning("the money of order %s was not taken: %s", order.id, error.code)
        at = context.clock()
        code, number = error.code, order.attempt
        refused = PaymentAttempt(
            order.id, at, AttemptOutcome.CAPTURE_REFUSED, code=code, charge=number, gateway=order.gateway
        )
        context.transact(lambda session: _add_attempt(session, refused))
        return None


def _add_attempt(session: Session, attempt: PaymentAttempt) -> None:
    lock_order(session, attempt.order_id)
    add_attempt(session, attempt)


def _apply(session: Session, context: Context, reports: Sequence[Report]) -> list[AppliedPayment]:
    keys = [_key_of(session, report) for report in reports]
    cases = open_cases(session, [key for key in keys if key is not None])
    facts = Facts(context.clock())
    decided = [
        None if key is None else decide_update(cases[key.id], report.payment, report.gateway, report.called_for)
        for report, key in zip(reports, keys, strict=True)
    ]
    updates = [one for one in decided if isinstance(one, PaymentUpdate)]
    make_updates(session, updates, facts)
    changed: dict[Follow, list[Case]] = {}
    for report, one in zip(reports, decided, strict=True):
        if isinstance(one, PaymentUpdate) and one.case.order.status is not one.before.status:
            one.case.order = settle_codes(session, one.case.order, facts)
            changed.setdefault(report.follow, []).append(one.case)
    for follow, followed in changed.items():
        follow(session, followed, facts)
    close_cases(session, [one.case for one in updates], facts)
    return [_applied(session, report, one) for report, one in zip(reports, decided, strict=True)]


def _key_of(session: Session, report: Report) -> OrderKey | None:
    payment, order = report.payment, report.called_for
    if order is not None and payment.order_id == order.id:
        return OrderKey(order.id, order.account_id)
    refs = (payment.payment_ref, payment.checkout_ref)
    return find_order_key(session, payment.order_id, gateway=report.gateway, refs=refs)


def _applied(session: Session, report: Report, one: PaymentUpdate | Order | None) -> AppliedPayment:
    if one is None:
        return AppliedPayment(None)
    if isinstance(one, Order):
        applied = AppliedPayment(one, is_done=True)
    else:
        is_reversed = is_reversal_lost(one.payment.payment_ref, one.case.disputes)
        lacks_refunds = _lacks_refunds(one.case, one.payment, gateway=report.gateway)
        reversal = dispute_of_reversal(one.payment, is_known=is_reversed)
        is_done = one.step is not Step.COMPLETE and not lacks_refunds and reversal is None
        applied = AppliedPayment(one.before, one.step, lacks_refunds, is_reversed, is_done)
    if applied.is_done and applied.order is not None and report.on_done is not None:
        report.on_done(session, applied.order, applied.step)
    return applied


def _lacks_refunds(case: Case, payment: GatewayPayment, *, gateway: str) -> bool:
    if not case.order.is_paid or (gateway, payment.payment_ref) != (case.order.gateway, case.order.payment_ref):
        return False
    return payment.refunded.minor > sum(one.amount.minor for one in case.refunds.values() if one.has_succeeded)
