"""Random lives of one account with one gateway: everything that can happen, in any order, any number of times."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from domain.gateway.payment import PaymentStatus
from domain.gateway.webhook import Hint
from domain.money import Money
from messages.errors import Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault, Faults
from tests.workers.minutes.harness import MinutesHarness, Row
from tests.workers.payments.harness import Crash, PaymentHarness, fresh_till
from workers.payments.reconcile import import_recent, poll_open_payments

AT_ONCE = timedelta(0)
GIVEN_UP = timedelta(days=5)
"""By then an order that nobody has paid is given up."""

ROUNDS = 5
"""What waits may wait again after the next look, but not for ever."""

OPERATIONS = ("create_checkout", "complete_checkout", "refund", "fetch")
FAULTS = (Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.HTML)

Offers = Sequence[tuple[str, str]]
"""Products and currencies, of which a history chooses one."""

IN_MEMORY: Offers = (("standard", "RUB"), ("standard", "JPY"), ("standard", "KWD"), ("month", "RUB"))

End = Callable[..., object]
"""Ends something at the gateway, given `succeeded`."""


class Counterpart(Protocol):
    """
    A gateway as a history needs it: a hand on its buyers, its staff and its banks, and a look into its books.

    What cannot be done there, such as paying twice, does nothing.
    """

    faults: Faults
    hold_refunds: bool

    @property
    def tells_of_disputes(self) -> bool:
        """Tell whether disputes come by webhook; else an operator reports what a letter says."""

    def take_hints(self) -> list[Hint]:
        """Return what webhooks have told since the last time."""

    def pay(self, checkout_ref: str) -> object:
        """Let the buyer pay, or approve."""

    def fail(self, checkout_ref: str, state: PaymentStatus) -> object:
        """Let the payment fail, expire, or wait for the buyer."""

    def waiting(self) -> Sequence[End]:
        """Return what waits for its end: refunds, and money that takes days."""

    def given_back(self) -> Sequence[End]:
        """Return refunds that have succeeded and may fail still."""

    def refund_from_dashboard(self, payment_ref: str, minor: int) -> object:
        """Let staff give money back without us."""

    def open_dispute(self, payment_ref: str) -> str | None:
        """Let the payer's bank ask for the money back; None: it cannot."""

    def close_dispute(self, ref: str, *, won: bool) -> object:
        """Let the banks decide."""

    def let_days_pass(self) -> None:
        """Let the gateway forget what it does not keep for some days."""

    def books_of(self, checkout_ref: str) -> tuple[int, int]:
        """Return what was captured and what was refunded, in minor units."""

    def books(self) -> dict[str, tuple[int, int]]:
        """Return what was captured and what was refunded of everything, in minor units by currency."""


class History:
    """
    One life.

    Webhooks are lost, doubled, shuffled; calls fail before and after they were done; the process dies between
    steps; money comes late; refunds are ours and the dashboard's, at once and pending, and fail after all; disputes
    are won and lost.

    Args:
        harness: where the account buys.
        gateway: what the harness's gateway is at its other end.
        chance: decides everything, so the same seed tells the same life.
        offers: what may be bought there.
    """

    def __init__(self, harness: PaymentHarness, gateway: Counterpart, *, chance: random.Random, offers: Offers) -> None:
        self.harness = harness
        self.gateway = gateway
        self.chance = chance
        self.product, self.currency = chance.choice(offers)
        self.disputes: dict[str, str] = {}
        self.told: list[Hint] = []

    def live(self, steps: int) -> None:
        """Let some things happen, and then let everything settle that can."""
        acts = [self.buy, self.use, self.fail, self.look, self.repeat, self.dashboard, self.dispute]
        acts += [self.settle, self.bounce, self.close] * 2 + [self.pay, self.hear, self.refund] * 3
        self.buy()
        for _ in range(steps):
            self.suffer(self.chance.choice(acts))
        self.settle_everything()
        self.give_up()

    def suffer(self, act: Callable[[], None]) -> None:
        """Do one thing; a call may fail, and the process may die, on the way."""
        if self.chance.random() < 0.15:
            self.gateway.faults.plan(
                self.chance.choice(OPERATIONS), self.chance.choice(FAULTS), times=self.chance.choice([1, 3])
            )
        if self.chance.random() < 0.15:
            self.harness.plug.transactions = self.chance.randint(1, 4)
            self.harness.plug.is_after_commit = self.chance.random() < 0.5
        try:
            act()
        except (Unavailable, Crash):
            pass
        self.harness.plug.transactions = 0
        self.gateway.hold_refunds = self.chance.random() < 0.3

    def buy(self) -> None:
        """Ask for a purchase."""
        self.harness.buy(self.product, currency=self.currency, save_method=self.chance.random() < 0.3)

    def pay(self) -> None:
        """Let the buyer pay one of the checkouts, whatever its state."""
        if order := self._some("checkout_ref", prefers=lambda order: order["status"] != "paid"):
            self.gateway.pay(order["checkout_ref"])

    def fail(self) -> None:
        """Let one of the payments fail, expire, or wait for the buyer."""
        if order := self._some("checkout_ref"):
            ends = [PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.ACTION_REQUIRED]
            self.gateway.fail(order["checkout_ref"], self.chance.choice(ends))

    def hear(self) -> None:
        """Deliver, double, shuffle or lose what is to be told."""
        waiting = self.gateway.take_hints()
        self.chance.shuffle(waiting)
        for hint in waiting:
            if self.chance.random() < 0.15:
                continue
            self.told.append(hint)
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                self.harness.hear(hint)

    def repeat(self) -> None:
        """Deliver something old once more."""
        if self.told:
            self.harness.hear(self.chance.choice(self.told))

    def use(self) -> None:
        """Use some minutes."""
        self.harness.use(self.chance.randint(1, 4_000))

    def refund(self) -> None:
        """Ask for a refund: a part, or all that may be."""
        if order := self._some("id", prefers=lambda order: order["status"] == "paid"):
            minor = None if self.chance.random() < 0.4 else self._part(order)
            self.harness.refund(order["id"], minor, waive_minutes=self.chance.random() < 0.2)

    def dashboard(self) -> None:
        """Let staff refund without us."""
        if order := self._some("payment_ref"):
            self.gateway.refund_from_dashboard(order["payment_ref"], self._part(order))

    def settle(self) -> None:
        """Let a pending refund, or money that takes days, end."""
        if waiting := self.gateway.waiting():
            self.chance.choice(waiting)(succeeded=self.chance.random() < 0.6)

    def bounce(self) -> None:
        """Let a refund fail that had succeeded."""
        given_back = self.gateway.given_back()
        if given_back and self.chance.random() < 0.4:
            self.chance.choice(given_back)(succeeded=False)

    def dispute(self) -> None:
        """Let a bank ask for the money back, once for each payment."""
        order = self._some("payment_ref")
        if order is None or order["payment_ref"] in self.disputes or self.chance.random() < 0.5:
            return
        if self.gateway.tells_of_disputes:
            ref = self.gateway.open_dispute(order["payment_ref"])
        else:
            ref = self._report(order, f"letter about {order['id']}", "open")
        if ref is not None:
            self.disputes[order["payment_ref"]] = ref

    def close(self) -> None:
        """Let the banks decide about a dispute."""
        if not self.disputes:
            return
        payment_ref, ref = self.chance.choice(list(self.disputes.items()))
        is_won = self.chance.random() < 0.5
        if self.gateway.tells_of_disputes:
            self.gateway.close_dispute(ref, won=is_won)
        else:
            [order] = [one for one in self.orders() if one["payment_ref"] == payment_ref]
            self._report(order, ref, "won" if is_won else "lost")

    def look(self) -> None:
        """Look at the gateway, as the scheduler asks for every few minutes, or once a day."""
        if self.chance.random() < 0.2:
            import_recent(self.harness.context)
        else:
            poll_open_payments(self.harness.context, open_for=AT_ONCE)

    def settle_everything(self) -> None:
        """Let every pending thing end, and let the product look until nothing is open."""
        self.gateway.faults.clear()
        self.gateway.hold_refunds = False
        # Sometimes nothing is told any more: looking must do alone.
        self._settle(hears=self.chance.random() < 0.7)

    def give_up(self) -> None:
        """Let the days go by after which unpaid orders are given up, and one buyer pay all the same."""
        self.harness.offset += GIVEN_UP
        self.gateway.let_days_pass()
        poll_open_payments(self.harness.context, open_for=AT_ONCE)
        self.pay()
        self._settle(hears=True)

    def orders(self) -> list[Row]:
        """The orders of the account, the oldest first."""
        return self.harness.minutes.select("SELECT * FROM orders WHERE account_id = :account ORDER BY created_at")

    def _settle(self, *, hears: bool) -> None:
        for _ in range(ROUNDS):
            hints = self.gateway.take_hints()
            self.chance.shuffle(hints)
            for hint in hints if hears else []:
                self.harness.hear(hint)
            for _ in range(2):
                poll_open_payments(self.harness.context, open_for=AT_ONCE)
                import_recent(self.harness.context)
            if not (waiting := self.gateway.waiting()):
                break
            for end in waiting:
                end(succeeded=self.chance.random() < 0.6)

    def _part(self, order: Row) -> int:
        return self.chance.randint(1, order["price_minor"] * 4 // 7)

    def _report(self, order: Row, ref: str, state: str) -> str | None:
        if order["status"] != "paid":
            return None
        self.harness.report_dispute(order["id"], state, ref)
        return ref

    def _some(self, column: str, *, prefers: Callable[[Row], bool] = lambda _: True) -> Row | None:
        known = [order for order in self.orders() if order[column]]
        preferred = [order for order in known if prefers(order)]
        return self.chance.choice(preferred or known) if known else None


def history_in_memory(engine: Engine, seed: int) -> History:
    """Return a life with a gateway in the process."""
    chance, harness = random.Random(seed), fresh_till(engine)
    harness.minutes = desk_of(engine, seed)
    harness.memory.takes_itself = chance.random() < 0.6
    return History(harness, harness.memory, chance=chance, offers=IN_MEMORY)


def desk_of(engine: Engine, seed: int) -> MinutesHarness:
    """Return a harness whose account tells the seed, so that a finding of the audit leads to it."""
    return MinutesHarness(engine, account=f"account-of-seed-{seed}")


def faults_of(history: History) -> list[str]:
    """What is wrong after a history, in words."""
    harness, orders, found = history.harness, history.orders(), []
    sums: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    packages = {str(row["id"]) for row in harness.minutes.packages() if row["kind"] == "purchased"}
    paid = [order for order in orders if order["status"] == "paid"]
    if {order["package_id"] for order in paid} != packages:
        found.append(f"{len(paid)} paid orders and {len(packages)} packages")
    for order in orders:
        currency, ours = order["currency"], _money_of(harness, order)
        sums[currency] = (sums[currency][0] + ours[0], sums[currency][1] + ours[1])
        theirs = history.gateway.books_of(order["checkout_ref"]) if order["checkout_ref"] else (0, 0)
        if ours != theirs:
            found.append(f"order of {Money(order['price_minor'], currency)}: {ours} here, {theirs} at the gateway")
    if (here := {currency: sum_ for currency, sum_ in sums.items() if sum_[0]}) != (books := history.gateway.books()):
        found.append(f"sums are {here} here, {books} at the gateway")
    if still_open := [order["status"] for order in orders if order["status"] not in ("paid", "failed", "expired")]:
        found.append(f"orders are open for ever: {', '.join(still_open)}")
    refunds = [row["status"] for order in orders for row in harness.refunds(order["id"])]
    if still_open := [status for status in refunds if status not in ("succeeded", "failed")]:
        found.append(f"refunds are open for ever: {', '.join(still_open)}")
    return found


def _money_of(harness: PaymentHarness, order: Row) -> tuple[int, int]:
    """Return what was paid and what was refunded for an order, as it is kept here."""
    given = sum(row["amount_minor"] for row in harness.refunds(order["id"]) if row["status"] == "succeeded")
    return (order["price_minor"] if order["status"] == "paid" else 0, given)
