"""Random lives of friends: whatever happens in whatever order, rewards keep their reason and programmes their budget."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from store.audit.run import audit
from tests.workers.payments.harness import PaymentHarness
from tests.workers.promotions.friends import Friends

BUDGET_SECONDS = 3_000


class History:
    """Six accounts at a gateway, and what happens to them by a seed; it begins long ago, so all of it is judged."""

    def __init__(self, friends: Friends, seed: int) -> None:
        self.friends = friends
        self.chance = random.Random(seed)
        friends.pass_days(-400)
        friends.promise()
        self.programmes = [
            friends.programme("first_purchase", budget_seconds=BUDGET_SECONDS),
            friends.programme("nth_purchase", purchases=2, uses_limit=3),
            friends.programme("return", after_days=20),
            friends.programme("birthday", purchases=0),
        ]
        self.accounts = [friends.join() for _ in range(6)]
        for account in self.accounts:
            friends.open_at(account, friends.shop.clock() - timedelta(days=self.chance.randrange(300, 364)))
        self.orders: list[tuple[PaymentHarness, str]] = []
        self.steps: list[Callable[[], object]] = [
            self.buy,
            self.buy,
            self.buy,
            self.invite,
            self.invite,
            self.refund,
            self.dispute,
            self.use,
            self.share_card,
            self.pass_time,
            self.pass_time,
        ]

    def live(self, steps: int) -> None:
        """Let so many things happen; what they leave in the queue arrives now or later, in any order, some of it twice."""
        for _ in range(steps):
            self.chance.choice(self.steps)()
            if self.chance.random() < 0.6:
                self.friends.settle(self.chance)
        self.friends.settle(self.chance)

    def buy(self) -> None:
        """Somebody buys."""
        buyer = self.chance.choice(self.accounts)
        order_id, _ = buyer.bought(self.chance.choice(["standard", "month"]))
        self.orders.append((buyer, order_id))

    def invite(self) -> None:
        """Somebody types the code of another."""
        self.friends.invite(*self.chance.choices(self.accounts, k=2))

    def refund(self) -> None:
        """An order is refunded, in full or in part."""
        if self.orders:
            buyer, order_id = self.chance.choice(self.orders)
            buyer.refund(order_id, self.chance.choice([None, None, 100]))
            self.friends.shop.hear_all()

    def dispute(self) -> None:
        """The money of an order is lost in a dispute, or stays after all."""
        if self.orders:
            buyer, order_id = self.orders.pop(self.chance.randrange(len(self.orders)))
            for state in ("open", self.chance.choice(["lost", "won"])):
                buyer.report_dispute(order_id, state, ref=f"letter-{order_id}")

    def use(self) -> None:
        """Somebody uses minutes."""
        self.chance.choice(self.accounts).use(self.chance.choice([1, 300, 2_000]))

    def share_card(self) -> None:
        """Two accounts turn out to be one person's; seldom, or nobody would be left to invite."""
        if self.chance.random() < 0.2:
            self.friends.share_card(*self.chance.sample(self.accounts, 2))

    def pass_time(self) -> None:
        """Some days go by, and what is due is done."""
        self.friends.pass_days(self.chance.choice([1, 8, 15, 21]))
        self.friends.qualify()
        self.friends.celebrate()


class TestHistories:
    @pytest.mark.parametrize("seed", range(3))
    def test_keep_what_must_hold(self, friends: Friends, seed: int) -> None:
        history = History(friends, seed)

        history.live(40)

        # The audit knows circles, reasons, packages, counts and limits; each of them with a name.
        found = audit(friends.engine)
        assert [check.invariant.name for check in found.checks if not check.holds] == []
        first = friends.programme_row(history.programmes[0])
        assert first["used_seconds"] <= BUDGET_SECONDS
        # Whoever was rewarded is another person than the friend, as far as was known when it was decided.
        assert all(row["referrer"] != row["friend"] for row in friends.select("SELECT referrer, friend FROM referral"))


class TestAtOnce:
    def test_two_who_invite_each_other_do_not_close_a_circle(self, friends: Friends) -> None:
        for _ in range(5):
            ann, bob = friends.join(), friends.join()
            for account in (ann, bob):
                friends.code_of(account)

            with ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(lambda pair: friends.invite(*pair), [(ann, bob), (bob, ann)]))

            assert sorted(answer.get("code", "") for answer in answers) == ["", "Circle"]

    def test_a_budget_is_kept_by_many_buyers(self, friends: Friends) -> None:
        programme = friends.programme("first_purchase", budget_seconds=1_800)
        buyers = [friends.join() for _ in range(8)]
        for buyer in buyers:
            buyer.bought("month")

        friends.settle(at_once=4)

        assert sum(len(friends.bonuses(buyer)) for buyer in buyers) == 3
        assert friends.programme_row(programme)["used_seconds"] == 1_800
