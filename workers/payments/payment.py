"""Applying what a gateway says of a payment: forward only, and granted in the transaction in which it becomes paid."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.ids import package_id_of_order
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind
from domain.payments.order import Order
from domain.payments.payment_decision import Step, decide_payment
from messages.errors import Unavailable
from messages.payments.facts import PurchaseCompleted, PurchaseFailed
from store.engine import Session
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.buyer import save_customer
from store.payments.method import save_method
from store.payments.order import find_order, find_order_of, mark_for_review, save_gateway_update
from workers.claims import claim_gateway_event
from workers.context import Context
from workers.facts import Facts
from workers.minutes.grant import write_grant

log = logging.getLogger(__name__)

PAID = "screph.payment.paid.v1"


@dataclass(frozen=True, slots=True)
class Settled:
    """The order that news were about, as they found it, and what was done; no order: it is unknown here."""

    order: Order | None
    step: Step = Step.NOTHING


def apply_payment(context: Context, gateway: str, payment: GatewayPayment) -> Settled:
    """
    Apply what a gateway says of a payment; take the money if the buyer has approved and that is ours to do.

    Raises:
        Unavailable: the gateway did not answer when the money was to be taken; repeating is harmless.
    """
    settled = context.transact(lambda session: _apply(session, context, gateway, payment))
    if settled.step is not Step.COMPLETE or settled.order is None:
        return settled
    taken = _complete(context, settled.order, payment)
    if taken is None or taken.status is PaymentStatus.APPROVED:
        return settled
    return context.transact(lambda session: _apply(session, context, gateway, taken))


def _complete(context: Context, order: Order, payment: GatewayPayment) -> GatewayPayment | None:
    checkout_ref = order.checkout_ref or payment.checkout_ref
    if checkout_ref is None:
        return None
    try:
        return context.gateway(order.gateway).complete_checkout(checkout_ref, f"cp-{order.id}")
    except UnableToReach as error:
        raise Unavailable(f"the money of order {order.id} could not be taken yet: {error}") from error
    except CallRefused as error:
        # It stays approved: a look-up will tell whether it was taken after all, or reversed.
        log.warning("the money of order %s was not taken: %s", order.id, error.code)
        return None


def _apply(session: Session, context: Context, gateway: str, payment: GatewayPayment) -> Settled:
    order_id = find_order_of(session, gateway, payment)
    unlocked = find_order(session, order_id) if order_id else None
    if unlocked is None:
        return Settled(None)
    now = context.clock()
    book = open_book(session, unlocked.account_id)
    order = find_order(session, unlocked.id, locks=True)
    assert order is not None
    settling = decide_payment(order, payment)
    facts = Facts(now)
    if payment.gateway_customer:
        save_customer(session, order.account_id, gateway, payment.gateway_customer)
    if payment.method is not None and order.saves_method and payment.status is PaymentStatus.PAID:
        save_method(session, order.account_id, gateway, payment.method)
    match settling.step:
        case Step.NOTHING:
            pass
        case Step.NOTE | Step.COMPLETE:
            save_gateway_update(session, order, status=settling.status, payment=payment, at=now)
        case Step.FAIL:
            save_gateway_update(
                session, order, status=settling.status, payment=payment, at=now, failure=settling.reason
            )
            emit_purchase_failed(session, order, settling.reason or "failed", at=now)
        case Step.REVIEW:
            log.error("a payment is in question: %s", settling.reason)
            mark_for_review(session, order.id, settling.reason or "", at=now, payment_ref=payment.payment_ref)
        case Step.GRANT:
            message_id = claim_gateway_event(
                session, book, gateway, f"paid:{payment.payment_ref or payment.checkout_ref}", PAID
            )
            if message_id is None:
                sentence = f"payment {payment.payment_ref} has paid another order already"
                mark_for_review(session, order.id, sentence, at=now)
                return Settled(order, Step.REVIEW)
            package = new_package(
                package_id_of_order(order.id),
                order.account_id,
                kind=PackageKind.PURCHASED,
                activated_at=now,
                expires_at=None if order.valid_days is None else now + timedelta(days=order.valid_days),
            )
            write_grant(facts, book, package, order.granted_seconds, message_id)
            save_gateway_update(session, order, status=settling.status, payment=payment, at=now, package_id=package.id)
            facts.emit(PurchaseCompleted, order.account_id, _completed(order, package.id, payment))
            facts.emit_balances([book])
            save(session, [book], facts)
    return Settled(order, settling.step)


def emit_purchase_failed(session: Session, order: Order, code: str, *, at: datetime) -> None:
    """Tell that an order came to nothing; only in the transaction in which that is kept."""
    facts = Facts(at)
    data = {
        "order_id": order.id,
        "product_id": order.product_id,
        "gateway": order.gateway,
        "code": code[:128],
        "may_be_repeated": True,
    }
    facts.emit(PurchaseFailed, order.account_id, data)
    save(session, (), facts)


def _completed(order: Order, package_id: str, payment: GatewayPayment) -> dict[str, object]:
    return {
        "order_id": order.id,
        "gateway": order.gateway,
        "product_id": order.product_id,
        "amount_minor": order.price.minor,
        "currency": order.price.currency,
        "package_id": package_id,
        "granted_seconds": order.granted_seconds,
        "paid_at": payment.at,
    }
