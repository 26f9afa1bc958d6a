"""Settled: what follows an order hears that it has changed, by a message of the same transaction."""

from collections.abc import Sequence

from domain.payments.order import Order, PurchaseKind
from messages.promotions.reminders import PromotionPurchaseSettled
from messages.subscriptions.reminders import SubscriptionMethodReady, SubscriptionPaymentSettled
from messages.subscriptions.topup import TopupSettled
from store.engine import Session
from store.payments.case import Case
from workers.facts import Facts


def announce_settled(session: Session, cases: Sequence[Case], facts: Facts) -> None:
    """Let the subscriptions of cases' orders hear of their change."""
    for case in cases:
        emit_settled(facts, case.order)


def emit_settled(facts: Facts, order: Order) -> None:
    """
    Let what follows an order hear that it was paid, declined, expired or refunded.

    That is the subscription or the auto top-up that it belongs to, if any; and promotions, once it is paid with money.
    """
    if order.subscription_id is not None:
        data = {"subscription_id": order.subscription_id, "order_id": order.id}
        message_id = f"{order.id}-{order.attempt}-{order.status}"
        facts.emit_internal(SubscriptionPaymentSettled, order.account_id, data, message_id)
    if order.kind is PurchaseKind.TOP_UP:
        message_id = f"{order.id}-{order.attempt}-{order.status}"
        facts.emit_internal(TopupSettled, order.account_id, {"order_id": order.id}, message_id)
    emit_purchase(facts, order)


def emit_purchase(facts: Facts, order: Order) -> None:
    """Let promotions hear of a purchase that is paid with money, or refunded; the first one after a trial counts."""
    if order.is_paid and order.kind is not PurchaseKind.RENEWAL and order.price.minor:
        message_id = f"promotions-{order.id}-{facts.at.isoformat()}"
        facts.emit_internal(PromotionPurchaseSettled, order.account_id, {"order_id": order.id}, message_id)


def emit_chargeable(facts: Facts, account_id: str, method_id: int) -> None:
    """Let a subscription whose renewal is owed hear of a method that was just saved or chosen."""
    message_id = f"method-{method_id}-{facts.at.isoformat()}"
    facts.emit_internal(SubscriptionMethodReady, account_id, {"method_id": method_id}, message_id)
