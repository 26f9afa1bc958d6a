"""One update of a payment: decided by its order's case, and made in it; several at once where many come."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind
from domain.payments.attempt import attempt_of
from domain.payments.charge import (
    as_final,
    at_gateway,
    concerns_present_attempt,
    is_answer_to,
    package_time,
    with_paid_time,
)
from domain.payments.order import Order
from domain.payments.order_update import (
    apply_update,
    kind_of_purchase,
    put_to_review,
    with_fee,
    with_money_under_way,
)
from domain.payments.payment_decision import PaymentDecision, Step, decide_payment
from store.engine import Session
from store.payments.buyer import save_customers
from store.payments.case import Case
from store.payments.unapplied import has_unapplied_money
from workers.claims import claim_gateway_events
from workers.facts import Facts
from workers.minutes.grant import write_grant
from workers.payments.announce import emit_purchase_completed, emit_purchase_failed, owe_receipt
from workers.payments.bonus import grant_bonus
from workers.payments.card import note_card
from workers.payments.method import add_method
from workers.payments.replaced import void_replaced
from workers.payments.unapplied import review_payment

PAID = "screph.payment.paid.v1"


@dataclass(slots=True)
class PaymentUpdate:
    """What a gateway says of a payment: the open case that it concerns, the order before, and what was decided."""

    gateway: str
    case: Case
    before: Order
    payment: GatewayPayment
    decision: PaymentDecision
    step: Step = Step.NOTHING


def decide_update(case: Case, payment: GatewayPayment, gateway: str, called_for: Order | None) -> PaymentUpdate | Order:
    """
    Return what is to be done; the order of the case: nothing is, for the report is of an earlier attempt.

    Args:
        case: of the order that it names.
        payment: as its gateway has it now.
        gateway: whose payment it is; an earlier attempt may have been made through another one than the order's.
        called_for: the order whose attempt was called for, if this is the answer.
    """
    order = case.order
    is_answer = called_for is not None and is_answer_to(order, called_for)
    if not is_answer and not concerns_present_attempt(order, payment, gateway=gateway):
        return order
    payment = as_final(payment) if order.is_charge else payment
    return PaymentUpdate(gateway, case, order, payment, decide_payment(order, payment, gateway=gateway))


def make_updates(session: Session, updates: Sequence[PaymentUpdate], facts: Facts) -> None:
    """Make changes in their cases, each of another account; the cases are saved afterwards."""
    _save_buyers(session, updates, facts)
    claims = _claim_payments(session, updates)
    for one in updates:
        one.step = _make(session, one, claims, facts)
        one.case.order = with_money_under_way(one.case.order, one.payment, at=facts.at)


def _save_buyers(session: Session, updates: Sequence[PaymentUpdate], facts: Facts) -> None:
    for one in updates:
        # A saved method's card was noted when it was saved.
        if one.decision.step is Step.GRANT and not one.before.is_charge:
            note_card(session, one.before.account_id, one.gateway, one.payment.fingerprint, at=facts.at)
    customers = [
        (one.before.account_id, one.gateway, one.payment.gateway_customer)
        for one in updates
        if one.payment.gateway_customer
    ]
    save_customers(session, customers)
    for one in updates:
        order, payment = one.before, one.payment
        if payment.method is not None and order.saves_method and payment.status is PaymentStatus.PAID:
            add_method(session, order.account_id, one.gateway, payment.method, facts)


def _claim_payments(session: Session, updates: Sequence[PaymentUpdate]) -> dict[tuple[str, str], int]:
    paying = [one for one in updates if one.decision.step is Step.GRANT]
    return claim_gateway_events(session, [(one.case.book, *_update_of(one)) for one in paying], PAID)


def _update_of(one: PaymentUpdate) -> tuple[str, str]:
    return one.gateway, f"paid:{one.payment.payment_ref or one.payment.checkout_ref}"


def _make(session: Session, one: PaymentUpdate, claims: dict[tuple[str, str], int], facts: Facts) -> Step:
    """Do what was decided; return the step that was taken."""
    case, payment, decision = one.case, one.payment, one.decision
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
            review_payment(session, case, payment, decision.reason or "", facts, gateway=one.gateway)
        case Step.DIFFER:
            case.order = put_to_review(case.order, decision.reason or "", at=facts.at)
        case Step.GRANT:
            # Late money may come through the gateway of an earlier attempt: by that one it is refunded.
            case.order = at_gateway(case.order, one.gateway)
            # Two that name one payment have one claim, and the second finds none.
            return _grant(session, one, claims.pop(_update_of(one), None), facts)
    return decision.step


def _grant(session: Session, one: PaymentUpdate, message_id: int | None, facts: Facts) -> Step:
    case, payment, decision = one.case, one.payment, one.decision
    order, is_subscription = case.order, case.order.subscription_id is not None
    is_start = is_subscription and order.period_start is None
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
    bonus_package_id = grant_bonus(session, case, facts, gateway=one.gateway)
    kind = kind_of_purchase(order, has_bought_before=case.has_bought_before)
    paid = apply_update(order, payment, decision, at=facts.at, package_id=package.id)
    case.order = replace(paid, kind=kind, bonus_package_id=bonus_package_id)
    if order.needs_review and has_unapplied_money(session, order.id):
        # Paid as it should be in the end; what came before is still here and bought nothing.
        case.order = put_to_review(case.order, order.failure or "", at=facts.at)
    _note_attempt(case, payment, facts)
    emit_purchase_completed(facts, case.order)
    owe_receipt(facts, case.order, expires_at=package.expires_at, is_start=is_start)
    return decision.step


def _note_attempt(case: Case, payment: GatewayPayment, facts: Facts) -> None:
    order = case.order
    attempt = attempt_of(order.id, payment, at=facts.at, charge=order.attempt)
    if attempt is not None:
        case.attempts.append(replace(attempt, method_id=order.method_id, gateway=order.gateway))
