"""What is read for all subscriptions that one transaction decides about, and what is written for all of them."""

from collections.abc import Sequence
from datetime import datetime

from domain.ids import order_id_of_renewal
from domain.payments.attempt import PaymentAttempt
from domain.payments.order import Order
from domain.payments.stored_method import StoredMethod
from domain.subscriptions.subscription import Subscription
from store.engine import Session
from store.minutes.save import save
from store.payments.attempt import add_attempts
from store.payments.buyer import KnownBuyer, find_buyers
from store.payments.method import find_methods_of
from store.payments.order import add_orders, find_orders, lock_free_orders, save_orders
from store.subscriptions.subscription import Obstacles, find_obstacles, find_obstacles_of, save_subscriptions
from workers.context import Context
from workers.facts import Facts


class DueBatch:
    """
    Subscriptions that are due, under their locks until the end of the transaction.

    Each question is asked once for all of them, for ten thousand may be due at once. What is asked for one that was
    not among them, or has changed since, is read for itself.
    """

    def __init__(self, session: Session, context: Context, gateway: str, due: Sequence[Subscription]) -> None:
        self.session = session
        self.context = context
        self.facts = Facts(context.clock())
        self.orders = lock_free_orders(session, [one.order_id for one in due if one.order_id is not None])
        self._due = {one.id: one for one in due}
        self._obstacles = find_obstacles_of(session, self._due)
        new = [one for one in due if _is_to_be_charged(one, at=self.facts.at)]
        self._known = {id_of_renewal(one) for one in new}
        self._made = find_orders(session, self._known)
        self._methods: dict[tuple[str, str], list[StoredMethod]] = {}
        self._buyers: dict[tuple[str, str], KnownBuyer] = {}
        self._read_accounts({one.account_id for one in new}, gateway)
        self._added: list[Order] = []
        self._orders_changed: list[tuple[Order, Order]] = []
        self._attempts: list[PaymentAttempt] = []
        self._changed: list[tuple[Subscription, Subscription]] = []

    def obstacles_of(self, subscription: Subscription) -> Obstacles:
        """Return what speaks against charging a subscription as it is now."""
        if subscription is self._due[subscription.id]:
            return self._obstacles[subscription.id]
        return find_obstacles(self.session, subscription)

    def made_order(self, order_id: str) -> Order | None:
        """Return a renewal that was made before, by the id that it would be given now."""
        if order_id not in self._known:
            return find_orders(self.session, [order_id]).get(order_id)
        return self._made.get(order_id)

    def methods_for(self, order: Order) -> list[StoredMethod]:
        """Return the methods by which an order may be charged, in the order in which they are tried."""
        return self._methods[self._key_of(order)]

    def buyer_of(self, order: Order) -> KnownBuyer:
        """Return what is known of an order's buyer."""
        return self._buyers[self._key_of(order)]

    def save_order(self, order: Order, *, before: Order | None, attempt: PaymentAttempt | None = None) -> None:
        """Write an order at the end, new where there is none before, and the attempt that it has come to."""
        if before is None:
            self._added.append(order)
        else:
            self._orders_changed.append((order, before))
        if attempt is not None:
            self._attempts.append(attempt)

    def save_subscription(self, subscription: Subscription, *, before: Subscription) -> None:
        """Write a subscription at the end."""
        self._changed.append((subscription, before))

    def save(self) -> None:
        """Write everything, and the facts that say so."""
        add_orders(self.session, self._added)
        save_orders(self.session, self._orders_changed)
        add_attempts(self.session, self._attempts)
        save_subscriptions(self.session, self._changed)
        save(self.session, (), self.facts)

    def _key_of(self, order: Order) -> tuple[str, str]:
        key = (order.gateway, order.account_id)
        if key not in self._methods:
            self._read_accounts({order.account_id}, order.gateway)
        return key

    def _read_accounts(self, account_ids: set[str], gateway: str) -> None:
        if account_ids:
            methods = find_methods_of(self.session, account_ids, gateway)
            buyers = find_buyers(self.session, account_ids, gateway)
            self._methods |= {(gateway, account): methods.get(account, []) for account in account_ids}
            self._buyers |= {(gateway, account): buyers.get(account, KnownBuyer()) for account in account_ids}


def _is_to_be_charged(subscription: Subscription, *, at: datetime) -> bool:
    """Foretell a first attempt, whose reads are joined with others'; it fails for none, whatever its row says."""
    attempt_at = subscription.next_attempt_at
    is_new = subscription.order_id is None and subscription.period_end is not None
    return is_new and attempt_at is not None and attempt_at <= at


def id_of_renewal(subscription: Subscription) -> str:
    """Return the id of the order that renews a subscription: nobody makes a second one for the same period."""
    assert subscription.period_end is not None
    return order_id_of_renewal(subscription.id, subscription.period_end.isoformat())
