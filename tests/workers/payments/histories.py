"""Random lives of one account with one gateway: everything that can happen, in any order, any number of times."""

import random
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import timedelta

from domain.gateway.payment import PaymentStatus
from domain.gateway.webhook import Hint
from domain.payments.order import NO_GATEWAY
from messages.errors import Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.workers.minutes.harness import MinutesHarness, Row
from tests.workers.payments.counterpart import Counterpart
from tests.workers.payments.harness import Crash, PaymentHarness, fresh_harness
from tests.workers.payments.history_codes import HistoryCodes
from workers.payments.reconcile import import_recent, poll_open_payments

AT_ONCE = timedelta(0)
ABANDONED = timedelta(days=5)
"""By then an order that nobody has paid has expired."""

ROUNDS = 5
"""What waits may wait again after the next poll, but not for ever."""

OPERATIONS = ("create_checkout", "complete_checkout", "refund", "list_refunds", "fetch")
FAULTS = (Fault.ERROR_BEFORE, Fault.ERROR_AFTER_COMMIT, Fault.HTML, Fault.FORBIDDEN, Fault.UNKNOWN)

Offers = Sequence[tuple[str, str]]
"""Products and currencies, of which a history chooses one."""

IN_MEMORY: Offers = (("standard", "RUB"), ("standard", "JPY"), ("standard", "KWD"), ("month", "RUB"))


class History:
    """
    One life.

    Webhooks are lost, doubled, shuffled; calls fail before and after they were done, and are refused for a while; the
    gateway hangs, and does later what it was asked for; the process dies between steps; money comes late, or takes days; refunds are ours and the dashboard's, of payments that
    we have heard of and of others, at once and pending, and fail or succeed after all; disputes are about all or a part,
    and are won and lost.

    Args:
        harness: where the account buys.
        gateway: what the harness's gateway is at its other end.
        chance: decides everything, so the same seed gives the same life.
        offers: what may be bought there.
    """

    def __init__(self, harness: PaymentHarness, gateway: Counterpart, *, chance: random.Random, offers: Offers) -> None:
        self.harness = harness
        self.gateway = gateway
        self.chance = chance
        self.product, self.currency = chance.choice(offers)
        self.disputes: dict[str, str] = {}
        self.codes = HistoryCodes(harness, chance)
        self.delivered: list[Hint] = []

    def live(self, steps: int) -> None:
        """Let some things happen, and then let everything end that can."""
        acts = [self.buy, self.use, self.fail, self.poll, self.repeat, self.dashboard, self.dispute]
        acts += [self.end_pending, self.bounce, self.revive, self.close] * 2 + [self.pay, self.hear, self.refund] * 3
        self.codes.make()
        self.buy()
        for _ in range(steps):
            self.suffer(self.chance.choice(acts))
        self.end_everything()
        self.abandon()

    def suffer(self, act: Callable[[], None]) -> None:
        """Do one thing; a call may fail or hang, and the process may die, on the way."""
        if self.chance.random() < 0.15:
            self.gateway.faults.plan(
                self.chance.choice(OPERATIONS), self.chance.choice(FAULTS), times=self.chance.choice([1, 3])
            )
        if self.chance.random() < 0.15:
            self.harness.plug.transactions = self.chance.randint(1, 4)
            self.harness.plug.is_after_commit = self.chance.random() < 0.5
        try:
            with self.gateway.hanging() if self.chance.random() < 0.1 else nullcontext():
                act()
        except (Unavailable, Crash):
            pass
        if self.chance.random() < 0.3:
            self.gateway.let_arrive()
        self.harness.plug.transactions = 0
        self.gateway.hold_refunds = self.chance.random() < 0.3

    def buy(self) -> None:
        """Ask for a purchase, sometimes with a discount, with a bonus, or for nothing."""
        codes, saves = self.codes.some(), self.chance.random() < 0.3
        self.harness.buy(self.product, currency=self.currency, save_method=saves, codes=codes)

    def pay(self) -> None:
        """Let the buyer pay one of the checkouts, whatever its state."""
        if order := self._some("checkout_ref", prefers=lambda order: order["status"] != "paid"):
            (self.gateway.pay_slowly if self.chance.random() < 0.2 else self.gateway.pay)(order["checkout_ref"])

    def fail(self) -> None:
        """Let one of the payments fail, expire, or wait for the buyer."""
        if order := self._some("checkout_ref"):
            ends = [PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.ACTION_REQUIRED]
            self.gateway.fail(order["checkout_ref"], self.chance.choice(ends))

    def hear(self) -> None:
        """Deliver, double, shuffle or lose the webhooks that wait."""
        waiting = self.gateway.take_hints()
        self.chance.shuffle(waiting)
        for hint in waiting:
            if self.chance.random() < 0.15:
                continue
            self.delivered.append(hint)
            for _ in range(self.chance.choice([1, 1, 2, 3])):
                self.harness.hear(hint)

    def repeat(self) -> None:
        """Deliver something old once more."""
        if self.delivered:
            self.harness.hear(self.chance.choice(self.delivered))

    def use(self) -> None:
        """Use some minutes."""
        self.harness.use(self.chance.randint(1, 4_000))

    def refund(self) -> None:
        """Ask for a refund: a part, or all that may be."""
        if order := self._some("id", prefers=lambda order: order["status"] == "paid"):
            minor = None if self.chance.random() < 0.4 else self._part(order)
            self.harness.refund(order["id"], minor, waive_minutes=self.chance.random() < 0.2)

    def dashboard(self) -> None:
        """Let staff refund without us, perhaps before we have heard of the payment."""
        if order := self._some("checkout_ref"):
            payment_ref = order["payment_ref"] or self.gateway.payment_ref_of(order["checkout_ref"])
            if payment_ref is not None:
                self.gateway.refund_from_dashboard(payment_ref, self._part(order))

    def end_pending(self) -> None:
        """Let a pending refund, or money that takes days, end."""
        if waiting := self.gateway.waiting():
            self.chance.choice(waiting)(succeeded=self.chance.random() < 0.6)

    def bounce(self) -> None:
        """Let a refund fail that had succeeded."""
        given_back = self.gateway.given_back()
        if given_back and self.chance.random() < 0.4:
            self.chance.choice(given_back)(succeeded=False)

    def revive(self) -> None:
        """Let a refund succeed that had failed."""
        failed = self.gateway.failed()
        if failed and self.chance.random() < 0.4:
            self.chance.choice(failed)(succeeded=True)

    def dispute(self) -> None:
        """Let a bank ask for the money back, or for a part of it, once for each payment."""
        order = self._some("payment_ref")
        if (
            order is None
            or order["gateway"] == NO_GATEWAY
            or order["payment_ref"] in self.disputes
            or self.chance.random() < 0.5
        ):
            return
        minor = self._part(order) if self.chance.random() < 0.5 else None
        if self.gateway.reports_disputes:
            ref = self.gateway.open_dispute(order["payment_ref"], minor)
        else:
            ref = self._report(order, f"letter about {order['id']}", "open", minor)
        if ref is not None:
            self.disputes[order["payment_ref"]] = ref

    def close(self) -> None:
        """Let the banks decide about a dispute."""
        if not self.disputes:
            return
        payment_ref, ref = self.chance.choice(list(self.disputes.items()))
        is_won = self.chance.random() < 0.5
        if self.gateway.reports_disputes:
            self.gateway.close_dispute(ref, won=is_won)
        else:
            [order] = [one for one in self.orders() if one["payment_ref"] == payment_ref]
            self._report(order, ref, "won" if is_won else "lost")

    def poll(self) -> None:
        """Poll the gateway, as the scheduler asks for every few minutes, or once a day."""
        if self.chance.random() < 0.2:
            import_recent(self.harness.context)
        else:
            poll_open_payments(self.harness.context, open_for=AT_ONCE)

    def end_everything(self) -> None:
        """Let every pending thing end, and let the product poll until nothing is open."""
        self.gateway.faults.clear()
        self.gateway.let_arrive()
        self.gateway.hold_refunds = False
        # Sometimes no webhook comes any more: polling must do alone.
        self._poll_until_quiet(hears=self.chance.random() < 0.7)

    def abandon(self) -> None:
        """Let the days go by after which unpaid orders expire, and one buyer pay all the same."""
        self.harness.offset += ABANDONED
        self.gateway.let_days_pass()
        poll_open_payments(self.harness.context, open_for=AT_ONCE)
        self.pay()
        self._poll_until_quiet(hears=True)

    def orders(self) -> list[Row]:
        """The orders of the account, the oldest first."""
        return self.harness.orders()

    def _poll_until_quiet(self, *, hears: bool) -> None:
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
        return self.chance.randint(1, max(1, order["price_minor"] * 4 // 7))

    def _report(self, order: Row, ref: str, state: str, minor: int | None = None) -> str | None:
        if order["status"] != "paid":
            return None
        self.harness.report_dispute(order["id"], state, ref, amount_minor=minor)
        return ref

    def _some(self, column: str, *, prefers: Callable[[Row], bool] = lambda _: True) -> Row | None:
        known = [order for order in self.orders() if order[column]]
        preferred = [order for order in known if prefers(order)]
        return self.chance.choice(preferred or known) if known else None


def history_in_memory(engine: Engine, seed: int) -> History:
    """Return a life with a gateway in the process."""
    chance, harness = random.Random(seed), fresh_harness(engine)
    harness.minutes = harness_of(engine, seed)
    harness.memory.takes_itself = chance.random() < 0.6
    return History(harness, harness.memory, chance=chance, offers=IN_MEMORY)


def harness_of(engine: Engine, seed: int) -> MinutesHarness:
    """Return a harness whose account tells the seed, so that a broken invariant leads to it."""
    return MinutesHarness(engine, account=f"account-of-seed-{seed}")
