"""Random lives of one account with one gateway: everything that can happen, in any order, any number of times."""

import random
from datetime import timedelta

from domain.payments.gateway import Hint, PayState
from messages.fates import Unavailable
from store.transaction import Engine
from tests.doubles.faults import Fault
from tests.workers.till import Crash, Till, fresh_till
from workers.calls import look_at_open_rows, look_at_recent

AT_ONCE = timedelta(0)


class History:
    """
    One life, told by a seed.

    Webhooks are lost, doubled, shuffled; calls fail before and after they were done; the process dies between
    steps; money comes late; refunds are ours and the dashboard's, at once and pending; disputes are won and lost.
    """

    def __init__(self, engine: Engine, seed: int) -> None:
        self.chance = random.Random(seed)
        self.till: Till = fresh_till(engine)
        self.gateway = self.till.memory
        self.gateway.takes_itself = self.chance.random() < 0.6
        self.product, self.currency = self.chance.choice(
            [("standard", "RUB"), ("standard", "JPY"), ("standard", "KWD"), ("month", "RUB")]
        )
        self.disputes: dict[str, str] = {}
        self.told: list[Hint] = []

    def live(self, steps: int) -> None:
        """Let some things happen, and then let everything settle that can."""
        acts = (self.buy, self.buy, self.pay, self.pay, self.fail, self.hear, self.hear, self.use)
        acts += (self.refund, self.dashboard, self.settle, self.dispute, self.close, self.look, self.repeat)
        self.buy()
        for _ in range(steps):
            self.suffer(self.chance.choice(acts))
        self.settle_everything()

    def suffer(self, act) -> None:  # type: ignore[no-untyped-def]
        """Do one thing; a call may fail, and the process may die, on the way."""
        if self.chance.random() < 0.15:
            operation = self.chance.choice(["create_checkout", "complete_checkout", "refund", "fetch"])
            self.gateway.faults.plan(operation, self.chance.choice([Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT]))
        if self.chance.random() < 0.15:
            self.till.plug.transactions = self.chance.randint(1, 4)
            self.till.plug.is_after_commit = self.chance.random() < 0.5
        try:
            act()
        except (Unavailable, Crash):
            pass
        self.till.plug.transactions = 0
        self.gateway.hold_refunds = self.chance.random() < 0.3

    def buy(self) -> None:
        """Ask for a purchase."""
        self.till.buy(self.product, currency=self.currency)

    def pay(self) -> None:
        """Let the buyer pay one of the checkouts, whatever its state."""
        if ref := self._some("checkout_ref"):
            self.gateway.pay(ref)

    def fail(self) -> None:
        """Let one of the payments fail or expire."""
        if ref := self._some("checkout_ref"):
            self.gateway.fail(ref, self.chance.choice([PayState.FAILED, PayState.EXPIRED]))

    def hear(self) -> None:
        """Deliver, double, shuffle or lose what is to be told."""
        waiting = list(self.gateway.hints)
        self.gateway.hints.clear()
        self.chance.shuffle(waiting)
        for hint in waiting:
            if self.chance.random() < 0.15:
                continue
            self.told.append(hint)
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                self.till.hear(hint)

    def repeat(self) -> None:
        """Deliver something old once more."""
        if self.told:
            self.till.hear(self.chance.choice(self.told))

    def use(self) -> None:
        """Use some minutes."""
        self.till.use(self.chance.randint(1, 4_000))

    def refund(self) -> None:
        """Ask for a refund: a part, or all that may be."""
        if order_id := self._some("id"):
            minor = None if self.chance.random() < 0.4 else self.chance.randint(1, 40_000)
            self.till.refund(order_id, minor, waive_minutes=self.chance.random() < 0.1)

    def dashboard(self) -> None:
        """Let staff refund without us."""
        if ref := self._some("payment_ref"):
            self.gateway.refund_from_dashboard(ref, self.chance.randint(1, 20_000))

    def settle(self) -> None:
        """Let a pending refund end."""
        if waiting := self.gateway.pending_refunds():
            self.gateway.settle_refund(self.chance.choice(waiting), succeeded=self.chance.random() < 0.6)

    def dispute(self) -> None:
        """Let a bank ask for the money back, once for each payment."""
        ref = self._some("payment_ref")
        if ref and ref not in self.disputes and self.chance.random() < 0.4:
            self.disputes[ref] = self.gateway.open_dispute(ref)

    def close(self) -> None:
        """Let the banks decide about a dispute."""
        if self.disputes:
            ref = self.chance.choice(list(self.disputes.values()))
            self.gateway.close_dispute(ref, won=self.chance.random() < 0.5)

    def look(self) -> None:
        """Look at the gateway, as the scheduler asks for every few minutes."""
        self.look_at_own_rows()

    def look_at_own_rows(self) -> None:
        """Look at open rows of this history's gateway alone; others share the database."""
        look_at_open_rows(self.till.payments, open_for=AT_ONCE)

    def settle_everything(self) -> None:
        """Let every pending thing end, and let the product look until nothing is open."""
        self.gateway.faults.clear()
        self.gateway.hold_refunds = False
        for ref in self.gateway.pending_refunds():
            self.gateway.settle_refund(ref, succeeded=self.chance.random() < 0.6)
        while self.gateway.hints:
            self.till.hear(self.gateway.hints.popleft())
        for _ in range(2):
            self.look_at_own_rows()
            look_at_recent(self.till.payments)

    def _some(self, column: str) -> str | None:
        rows = self.till.desk.select(f"SELECT {column} AS it FROM orders WHERE account_id = :account")
        known = [row["it"] for row in rows if row["it"]]
        return self.chance.choice(known) if known else None
