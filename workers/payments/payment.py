"""Applying what a gateway says of a payment: forward only, and granted in the transaction in which it becomes paid."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind
from domain.payments.attempt import AttemptOutcome, PaymentAttempt, attempt_of
from domain.payments.charge import as_final, at_gateway, concerns_present_attempt, package_time, with_paid_time
from domain.payments.order import Order, call_key
from domain.payments.order_update import (
    apply_update,
    kind_of_purchase,
    put_to_review,
    with_fee,
    with_money_under_way,
)
from domain.payments.payment_decision import PaymentDecision, Step, decide_payment
from domain.payments.reversal import dispute_of_reversal, is_reversal_lost
from messages.errors import Unavailable
from store.engine import Session
from store.payments.attempt import add_attempt
from store.payments.buyer import save_customer
from store.payments.case import Case, open_case
from store.payments.order import lock_order
from workers.claims import claim_gateway_event
from workers.context import Context
from workers.facts import Facts
from workers.minutes.grant import write_grant
from workers.payments.announce import emit_purchase_completed, emit_purchase_failed, owe_receipt
from workers.payments.case import close_case
from workers.payments.method import add_method
from workers.payments.refund_result import apply_refund
from workers.payments.replaced import void_replaced
from workers.payments.settled import announce_settled
from workers.payments.unapplied import review_payment

log = logging.getLogger(__name__)

PAID = "screph.payment.paid.v1"

OnDone = Callable[[Session, Order, Step], None]
"""Called in the transaction after which an update has nothing left to do, with its order and what was done."""

Follow = Callable[[Session, Case, Facts], None]
"""What a changed order leads to elsewhere, in the transaction that changes it."""


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

    `attempt` is the number of the attempt whose call was answered by it; None: a webhook or a poll. `follow` is what a
    changed order leads to elsewhere.
    """

    gateway: str
    payment: GatewayPayment
    attempt: int | None = None
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
    payment = report.payment
    applied = context.transact(lambda session: _apply(session, context, report))
    if applied.step is Step.COMPLETE and applied.order is not None:
        taken = _complete(context, applied.order, payment)
        if taken is not None and taken.status is not PaymentStatus.APPROVED:
            applied = context.transact(lambda session: _apply(session, context, replace(report, payment=taken)))
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


def _apply(session: Session, context: Context, report: Report) -> AppliedPayment:
    payment = report.payment
    refs = (payment.payment_ref, payment.checkout_ref)
    case = open_case(session, payment.order_id, gateway=report.gateway, refs=refs)
    if case is None:
        return AppliedPayment(None)
    before, facts = case.order, Facts(context.clock())
    is_present = before.attempt == report.attempt or concerns_present_attempt(before, payment, gateway=report.gateway)
    if not is_present:
        if report.on_done is not None:
            report.on_done(session, before, Step.NOTHING)
        return AppliedPayment(before, is_done=True)
    payment = as_final(payment) if before.is_charge else payment
    decision = decide_payment(before, payment, gateway=report.gateway)
    _save_buyer(session, before, report, facts)
    step = _follow(session, case, replace(report, payment=payment), decision, facts)
    case.order = with_money_under_way(case.order, payment, at=facts.at)
    if case.order.status is not before.status:
        report.follow(session, case, facts)
    close_case(session, case, facts)
    is_reversed = is_reversal_lost(payment.payment_ref, case.disputes)
    lacks_refunds = _lacks_refunds(case, payment, gateway=report.gateway)
    reversal = dispute_of_reversal(payment, is_known=is_reversed)
    is_done = step is not Step.COMPLETE and not lacks_refunds and reversal is None
    if is_done and report.on_done is not None:
        report.on_done(session, before, step)
    return AppliedPayment(before, step, lacks_refunds, is_reversed, is_done)


def _lacks_refunds(case: Case, payment: GatewayPayment, *, gateway: str) -> bool:
    if not case.order.is_paid or (gateway, payment.payment_ref) != (case.order.gateway, case.order.payment_ref):
        return False
    return payment.refunded.minor > sum(one.amount.minor for one in case.refunds.values() if one.has_succeeded)


def _save_buyer(session: Session, order: Order, report: Report, facts: Facts) -> None:
    payment = report.payment
    if payment.gateway_customer:
        save_customer(session, order.account_id, report.gateway, payment.gateway_customer)
    if payment.method is not None and order.saves_method and payment.status is PaymentStatus.PAID:
        add_method(session, order.account_id, report.gateway, payment.method, facts)


def _follow(session: Session, case: Case, report: Report, decision: PaymentDecision, facts: Facts) -> Step:
    """Do what was decided; return the step that was taken."""
    payment = report.payment
    match decision.step:
        case Step.NOTHING:
            case.order = with_fee(case.order, payment)
        case Step.NOTE | Step.COMPLETE:
            case.order = apply_update(case.order, payment, decision, at=facts.at)
        case Step.FAIL:
            case.order = apply_update(case.order, payment, decision, at=facts.at)
            _note_attempt(case, payment, facts)
            emit_purchase_failed(facts, case.order, decision.reason or "failed")
        case Step.REVIEW:
            review_payment(session, case, payment, decision.reason or "", facts, gateway=report.gateway)
        case Step.GRANT:
            # Late money may come through the gateway of an earlier attempt: by that one it is refunded.
            case.order = at_gateway(case.order, report.gateway)
            return _grant(session, case, payment, decision, facts)
    return decision.step


def _grant(session: Session, case: Case, payment: GatewayPayment, decision: PaymentDecision, facts: Facts) -> Step:
    order, ref = case.order, payment.payment_ref or payment.checkout_ref
    is_subscription = order.subscription_id is not None
    is_start = is_subscription and order.period_start is None
    message_id = claim_gateway_event(session, case.book, order.gateway, f"paid:{ref}", PAID)
    if message_id is None:
        sentence = f"payment {payment.payment_ref} has paid another order already"
        case.order = put_to_review(order, sentence, at=facts.at)
        return Step.REVIEW
    order = with_paid_time(order, at=facts.at) if is_subscription else order
    starts_at, ends_at = package_time(order, at=facts.at)
    package = new_package(
        case.package_id,
        order.account_id,
        kind=PackageKind.SUBSCRIPTION if is_subscription else PackageKind.PURCHASED,
        activated_at=starts_at,
        expires_at=ends_at,
    )
    write_grant(facts, case.book, package, order.granted_seconds, message_id)
    void_replaced(session, case, facts, message_id=message_id)
    kind = kind_of_purchase(order, has_bought_before=case.has_bought_before)
    paid = apply_update(order, payment, decision, at=facts.at, package_id=package.id)
    case.order = replace(paid, kind=kind)
    _note_attempt(case, payment, facts)
    emit_purchase_completed(facts, case.order)
    owe_receipt(facts, case.order, expires_at=package.expires_at, is_start=is_start)
    return decision.step


def _note_attempt(case: Case, payment: GatewayPayment, facts: Facts) -> None:
    order = case.order
    attempt = attempt_of(order.id, payment, at=facts.at, charge=order.attempt)
    if attempt is not None:
        case.attempts.append(replace(attempt, method_id=order.method_id, gateway=order.gateway))
