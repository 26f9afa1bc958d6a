"""The case of a subscription whose time has come: held, with all that decides about it."""

from dataclasses import dataclass

from domain.payments.order import Order
from domain.subscriptions.subscription import Subscription
from store.engine import Session
from store.subscriptions.subscription import Obstacles
from workers.context import Context
from workers.facts import Facts
from workers.subscriptions.due_batch import DueBatch


@dataclass(slots=True)
class DueCase:
    """
    A subscription that is due, under its lock until the end of the transaction.

    `order` is the one whose money is under way or owed, locked as well. Decisions put the changed subscription in.
    """

    batch: DueBatch
    subscription: Subscription
    obstacles: Obstacles
    order: Order | None = None

    @property
    def session(self) -> Session:
        """The session of the transaction."""
        return self.batch.session

    @property
    def context(self) -> Context:
        """What handlers need."""
        return self.batch.context

    @property
    def facts(self) -> Facts:
        """The facts of the transaction."""
        return self.batch.facts
