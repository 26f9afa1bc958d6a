"""Random histories of some accounts: codes, programmes, invitations and campaigns, while they buy and give back."""

from datetime import timedelta

from domain.gateway.payment import PaymentStatus
from messages.envelope import Envelope
from messages.minutes.reminders import ExpirySweepRequested
from messages.payments.requests import PurchaseRequested, RefundRequested
from messages.promotions.campaigns import (
    CampaignsRunRequested,
)
from messages.promotions.codes import (
    PromotionRedeemRequested,
)
from messages.promotions.reminders import (
    BirthdayBonusesRequested,
    RedemptionsSweepRequested,
    ReferralsQualificationRequested,
)
from messages.queues import PURCHASE
from store.engine import Engine
from tests.workers.minutes.harness import Row
from tests.workers.payments.harness import PaymentHarness
from tests.workers.promotions.market import SHAPES, Market, expect
from tests.workers.promotions.promised import Bought
from workers.payments.reconcile import poll_open_payments
from workers.queues import purchase as purchase_queue

AT_ONCE = timedelta(0)
SETTLED = timedelta(days=40)
"""By then checkouts have expired, and referrals are decided."""

ENDED = ("failed", "expired")


class History(Market):
    """
    The lives of five accounts: two share a mailbox, two a card, and one is alone.

    Every message comes twice now and then, and webhooks in any order; all arrive in the end.

    Args:
        engine: of a database that other histories may share, one after the other.
        seed: decides everything.
    """

    def __init__(self, engine: Engine, seed: int) -> None:
        super().__init__(engine, seed)
        self.bought: dict[str, Bought] = {}
        self.disputes: dict[str, tuple[str, int]] = {}
        self.disputed: set[str] = set()
        self.refused: list[str] = []

    def live(self, steps: int) -> None:
        """Let some things happen, and then let everything end that can."""
        rare = [self.programme_of_chance, self.switch_programme, self.campaign, self.void_campaign, self.pause]
        usual = [self.use, self.fail, self.poll, self.tick, self.wait, self.open_dispute, self.close_dispute]
        often = [self.redeem, self.invite_somebody, self.end_refunds, self.refund]
        acts = [*rare, self.code] + usual * 2 + often * 3 + [self.purchase, self.pay] * 8 + [self.hear] * 5
        for begin in (self.code, self.code, self.programme_of_chance):
            begin()
        for _ in range(steps):
            self.chance.choice(acts)()
            self.look()
        self.end()

    # ---- what accounts do

    def purchase(self) -> None:
        """Ask for a product with none, one or two codes."""
        account, shape = self.chance.choice(self.accounts), self.chance.choice([*SHAPES, "standard"])
        seconds, _, prices = SHAPES[shape]
        currency = self.chance.choice(list(prices))
        used = self.chance.sample(list(self.promised.values()), k=min(len(self.promised), self._how_many()))
        texts = [self._typed(self.chance.choice(code.codes)) for code in used if code.codes]
        data = {"product_id": self._product(shape), "currency": currency, **({"codes": texts} if texts else {})}
        event = account.event(PurchaseRequested, data, PURCHASE)
        answers = [account.handle(event) for _ in range(self._times())]
        expect(len({(one["order_id"], one.get("code")) for one in answers}) == 1, f"two answers: {answers}")
        answer = answers[0]
        if "code" in answer:
            self.refused.append(answer["code"])
            expect(bool(texts), f"an order without codes was refused: {answer}")
            return
        codes = [code for code in used if code.codes]
        bought = Bought(
            answer["order_id"],
            account,
            seconds,
            prices[currency],
            answer["amount_minor"],
            currency,
            self.shop.clock(),
            codes,
        )
        self.bought[bought.order_id] = bought
        expect(bought.price_minor == bought.wanted_price_minor, f"costs {bought.price_minor}: {bought}")

    def redeem(self) -> None:
        """Redeem a code without a purchase."""
        codes = [code for code in self.promised.values() if code.codes]
        if not codes:
            return
        alone = [code for code in codes if not code.terms.get("needs_purchase", True)]
        account, code = self.chance.choice(self.accounts), self.chance.choice(alone or codes)
        data = {"code": self._typed(self.chance.choice(code.codes))}
        answer = self.hand_in(PromotionRedeemRequested, data, account.account)
        if "code" not in answer:
            code.alone.append((account, self.shop.clock(), answer["granted_seconds"]))
            expect(not code.terms.get("needs_purchase", True), f"{code} was redeemed without a purchase")

    def invite_somebody(self) -> None:
        """Let one account invite another."""
        referrer, friend = (self.chance.choice(self.accounts) for _ in range(2))
        answer = self.invite(referrer, friend)
        if "code" not in answer:
            is_one = self.person(referrer) == self.person(friend)
            expect(not is_one, f"{referrer.account} has invited {friend.account}, who is the same person")

    def pay(self) -> None:
        """Let the buyer pay an order, even one that has ended."""
        orders = [row for row in self.orders() if row["checkout_ref"] and row["status"] != "paid"]
        if orders:
            order = self.chance.choice(orders)
            account = self.bought[order["id"]].account
            self.shop.memory.payer = f"card of {self.card(account)}"
            self.shop.memory.pay(order["checkout_ref"])

    def fail(self) -> None:
        """Let a checkout be cancelled, or expire."""
        orders = [row for row in self.orders() if row["checkout_ref"] and row["status"] != "paid"]
        if orders:
            end = self.chance.choice([PaymentStatus.FAILED, PaymentStatus.EXPIRED, PaymentStatus.EXPIRED])
            self.shop.memory.fail(self.chance.choice(orders)["checkout_ref"], end)

    def use(self) -> None:
        """Use some minutes."""
        self.chance.choice(self.accounts).use(self.chance.randint(1, 4_000))

    def refund(self) -> None:
        """Ask for a refund, of a part or of all that may be."""
        orders = [row for row in self.orders() if row["status"] == "paid"]
        if not orders:
            return
        order = self.chance.choice(orders)
        bought = self.bought[order["id"]]
        minor = None if self.chance.random() < 0.6 else self.chance.randint(1, max(1, bought.price_minor))
        used = sum(row["consumed_seconds"] for row in self.packages_of(order))
        left_minor = bought.price_minor * max(0, bought.seconds - used) // bought.seconds
        self.shop.memory.hold_refunds = self.chance.random() < 0.3
        request = {"order_id": order["id"], "amount_minor": minor, "reason": "asked for", "requested_by": "olga"}
        event = bought.account.event(RefundRequested, request, PURCHASE)
        outcomes = [purchase_queue.handle(self.context, [event])[0] for _ in range(self._times())]
        refunded = sum(row["amount_minor"] for row in bought.account.refunds(order["id"]) if row["status"] != "failed")
        if "code" not in outcomes[0].answer:
            expect(refunded <= left_minor, f"{refunded} refunded, {left_minor} were left of {bought}")

    def end_refunds(self) -> None:
        """Let what waits at the gateway end."""
        for end in self.shop.memory.waiting():
            end(succeeded=self.chance.random() < 0.8)

    def open_dispute(self) -> None:
        """Let a bank ask for the money back, or for a part of it, once for each payment."""
        orders = [row for row in self.orders() if row["status"] == "paid" and row["checkout_ref"]]
        orders = [row for row in orders if row["id"] not in self.disputed]
        if orders:
            order = self.chance.choice(orders)
            minor = self.chance.choice([order["price_minor"], self.chance.randint(1, order["price_minor"])])
            ref = self.shop.memory.open_dispute(order["payment_ref"], minor)
            self.disputes[order["id"]] = (ref, minor)
            self.disputed.add(order["id"])

    def close_dispute(self) -> None:
        """Let the banks decide."""
        if self.disputes:
            order_id = self.chance.choice(list(self.disputes))
            ref, minor = self.disputes.pop(order_id)
            is_won = self.chance.random() < 0.4
            self.shop.memory.close_dispute(ref, won=is_won)
            self.bought[order_id].lost_minor = 0 if is_won else minor

    # ---- time, and what comes by itself

    def hear(self) -> None:
        """Deliver the webhooks that wait, in any order, some twice, and what follows."""
        hints = self.shop.memory.take_hints()
        self.chance.shuffle(hints)
        for hint in hints:
            for _ in range(self._times()):
                self.shop.hear(hint)
        self.settle(self.chance)

    def poll(self) -> None:
        """Ask the gateway what has become of everything."""
        poll_open_payments(self.context, open_for=AT_ONCE)
        self.settle(self.chance)

    def wait(self) -> None:
        """Let time pass: an hour or weeks."""
        self.pass_days(self.chance.choice([0.05, 0.05, 1, 1, 6, 15]))

    def tick(self) -> None:
        """Let the scheduler remind of one of the things that may be due."""
        ticks: list[type[Envelope]] = [RedemptionsSweepRequested, BirthdayBonusesRequested, ExpirySweepRequested]
        ticks += [ReferralsQualificationRequested, CampaignsRunRequested]
        self.remind(self.chance.choice(ticks))

    def end(self) -> None:
        """Let everything end that can, and let the accounts' last referrals be decided."""
        for _ in range(2):
            self.end_refunds()
            while self.disputes:
                self.close_dispute()
            self.hear()
            self.poll()
        self.pass_days(SETTLED.days)
        self.poll()
        last: tuple[type[Envelope], ...]
        last = (RedemptionsSweepRequested, ReferralsQualificationRequested, CampaignsRunRequested)
        for model in last:
            self.remind(model)
        for name in self.programmes:
            self.switch_programme(is_on=False, name=name)
        self.look()

    # ---- what is looked at

    def look(self) -> None:
        """Note what has ended, and see that no promotion is used more often than it may be, right now."""
        for row in self.orders():
            self.bought[row["id"]].had_ended |= row["status"] in ENDED
        for row in self.select(
            "SELECT promotion.id, count(*) AS uses FROM redemption JOIN promotion ON promotion.number = promotion"
            " WHERE status <> 'given_back' AND NOT is_beyond_limit AND promotion.id LIKE :name GROUP BY 1",
            name=f"{self.name}-%",
        ):
            terms = self.promised[row["id"]].terms
            expect(row["uses"] <= terms.get("uses", row["uses"]), f"{row['id']} has {row['uses']} uses of {terms}")

    def packages_of(self, order: Row) -> list[Row]:
        """The packages that an order has granted: what was bought, and what came besides."""
        return self.select(
            "SELECT * FROM package WHERE number IN (:package, :bonus)",
            package=order["package"],
            bonus=order["bonus_package"],
        )

    def person(self, account: PaymentHarness) -> int:
        """Whose account it is, as far as everybody has known from the start."""
        number = self.accounts.index(account)
        return {1: 0, 3: 2 if self.knows_card else 3}.get(number, number)

    def card(self, account: PaymentHarness) -> str:
        """The card that an account pays with."""
        number = self.accounts.index(account)
        return f"{self.name}-{2 if number == 3 else number}"

    def _how_many(self) -> int:
        return self.chance.choice([0, 1, 1, 1, 2])

    def _typed(self, code: str) -> str:
        return code.lower() if self.chance.random() < 0.3 else code
