"""Settled: a subscription hears that an order of its own has changed, by a message of the same transaction."""

from domain.payments.order import Order
from messages.subscriptions.reminders import SubscriptionPaymentSettled
from store.engine import Session
from store.payments.case import Case
from workers.facts import Facts


def announce_settled(session: Session, case: Case, facts: Facts) -> None:
    """Let the subscription of a case's order hear of its change."""
    emit_settled(facts, case.order)


def emit_settled(facts: Facts, order: Order) -> None:
    """Let the subscription of an order, if it has one, hear that it was paid, declined, expired or refunded."""
    if order.subscription_id is not None:
        data = {"subscription_id": order.subscription_id, "order_id": order.id}
        message_id = f"{order.id}-{order.attempt}-{order.status}"
        facts.emit_internal(SubscriptionPaymentSettled, order.account_id, data, message_id)
