"""A harness at which a test sets auto top-up, uses minutes, and lets time, ticks and polls pass."""

from datetime import timedelta
from typing import Any

import orjson
from sqlalchemy import text

from messages.minutes.requests import PackageGrantRequested
from messages.queues import MINUTE_USAGE, SUBSCRIPTION
from messages.subscriptions.topup import TopupSetRequested
from store.engine import Engine
from store.payments.method import save_method
from store.transaction import transaction
from tests.workers.payments.harness import fresh_harness
from workers.payments.reconcile import poll_open_payments
from workers.queues import minute_usage, subscription
from workers.subscriptions.topup import check_due_topups, check_topup

NOW = timedelta(0)
PRICE, SECONDS = 69_900, 18_000
"""Of one unit of `standard`."""


class TopupHarness:
    """One account with a saved method and 1 000 seconds, and what happens to its auto top-up."""

    def __init__(self, engine: Engine) -> None:
        self.payments = fresh_harness(engine)
        self.memory = self.payments.memory
        self.grant(1_000)
        self.method_id = self.add_method()

    def add_method(self) -> int:
        """Save a method; return its number."""
        method = self.memory.add_method()
        with transaction(self.payments.engine) as session:
            method_id = save_method(session, self.payments.account, self.memory.name, method, at=self.payments.clock())
        assert method_id is not None
        return method_id

    def set(self, *, is_on: bool = True, key: str | None = None, **data: Any) -> dict[str, Any]:
        """Set auto top-up, to buy `standard` below 600 seconds unless a test says otherwise."""
        said = {"is_on": is_on, "threshold_seconds": 600, "product_id": "standard"} | data
        event = self.payments.event(TopupSetRequested, said, SUBSCRIPTION, key=key)
        [outcome] = subscription.handle(self.payments.context, [event])
        return outcome.answer

    def row(self) -> dict[str, Any]:
        """The row of the account's auto top-up, with what changes of its balance look for."""
        [row] = self.payments.minutes.select(
            "SELECT topup.*, topup_below_seconds FROM topup JOIN account ON number = account WHERE account.id = :account"
        )
        return row

    def orders(self) -> list[dict[str, Any]]:
        """The orders of top-ups, the oldest first."""
        return [order for order in self.payments.orders() if order["kind"] == "top_up"]

    def use(self, seconds: int) -> None:
        """Use some seconds."""
        self.payments.use(seconds)

    def due(self) -> int:
        """How many messages say that the balance is below the threshold."""
        return len(self.internal("topup.due"))

    def check(self) -> bool:
        """Handle such a message."""
        return check_topup(self.payments.context, self.payments.account)

    def tick(self) -> None:
        """Let the scheduler's tick do its work."""
        check_due_topups(self.payments.context)

    def poll(self) -> None:
        """Poll what is open at the gateway, and let the tick do its work."""
        poll_open_payments(self.payments.context, open_for=NOW)
        self.tick()

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.payments.offset += timedelta(**by)

    def charged(self) -> list[int]:
        """What the gateway has taken by charges, in minor units."""
        return [self.memory.books_of(ref)[0] for ref in self.memory.vault.charges if self.memory.books_of(ref)[0]]

    def internal(self, message: str, **data: str) -> list[dict[str, Any]]:
        """The messages to our own workers about the account that wait in the outbox; of a kind, with some data."""
        rows = self.payments.minutes.select("SELECT body FROM outbox WHERE exchange = 'screph.internal' ORDER BY id")
        messages = [orjson.loads(bytes(row["body"])) for row in rows]
        return [
            one
            for one in messages
            if one["subject"] == self.payments.account
            and one["type"] == f"screph.{message}.v1"
            and data.items() <= one["data"].items()
        ]

    def execute(self, statement: str) -> None:
        """Do something to the database that no message can; `:account` is this account."""
        with transaction(self.payments.engine) as session:
            session.execute(text(statement), {"account": self.payments.account})

    def grant(self, seconds: int) -> None:
        """Grant a package."""
        event = self.payments.event(
            PackageGrantRequested, {"seconds": seconds, "kind": "support", "reason": "a start"}, MINUTE_USAGE
        )
        minute_usage.handle(self.payments.context, [event])
