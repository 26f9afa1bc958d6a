"""Accounts, and an operator who offers them codes, programmes and campaigns by chance."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from domain.catalogue.product import Product, ProductKind
from domain.money import Money
from messages.envelope import Envelope
from messages.promotions.campaigns import (
    CampaignApproveRequested,
    CampaignCreateRequested,
    CampaignVoidRequested,
)
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionPauseRequested,
)
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from messages.queues import DUE, PROMOTION
from store.catalogue.product import save_products
from store.engine import Engine
from store.transaction import transaction
from tests.workers.events import registered
from tests.workers.minutes.harness import MinutesHarness, Row
from tests.workers.payments.harness import ORDERS, PaymentHarness
from tests.workers.promotions.friends import Friends
from tests.workers.promotions.promised import Promised
from workers.queues import due, promotion

WHOLE_OFF = 10_000

SHAPES = {"standard": (18_000, None, {"RUB": 69_900, "JPY": 1_003}), "month": (6_000, 30, {"RUB": 29_900})}
"""product -> seconds, days, and prices in minor units."""


class Wrong(AssertionError):
    """Something was answered or done that is not as it was promised."""


class Market(Friends):
    """
    Five accounts of one shop, of whom two share a mailbox and two a card, and what is offered to them.

    Every message comes twice now and then.

    Args:
        engine: of a database that others may share, one after the other.
        seed: decides everything.
    """

    def __init__(self, engine: Engine, seed: int) -> None:
        super().__init__(engine)
        self.name, self.chance = f"h{seed}", random.Random(seed)
        self.shop.memory.takes_itself = self.chance.random() < 0.7
        self.promised: dict[str, Promised] = {}
        self.programmes: dict[str, dict[str, Any]] = {}
        self.campaigns: dict[str, set[str]] = {}
        self._add_products()
        self.accounts = [self._join(number) for number in range(5)]
        self.knows_card = self.chance.random() < 0.5
        if self.knows_card:
            self.share_card(*self.accounts[2:4])
        self.promise(monthly_limit=1, referrer_seconds=self.chance.choice([0, 1_800]))

    def code(self) -> None:
        """Make a promotion with a code, or with some that can be used once each."""
        name = f"{self.name}-{len(self.promised)}"
        kind = self.chance.choice(["percent_off", "amount_off", "bonus_seconds", "bonus_percent", "free_package"])
        terms = self._gives(kind) | self._limits(kind)
        in_batch = self.chance.random() < 0.2
        text_ = None if in_batch else f"C-{name}-{self.chance.randrange(10**9)}"
        if text_ and self.chance.random() < 0.1:
            terms["account_id"] = self.chance.choice(self.accounts).account
        answer = self.hand_in(
            PromotionCreateRequested,
            {"promotion_id": name, "kind": kind, "code": text_, "created_by": "maria", **terms},
        )
        expect("code" not in answer or text_ is not None, f"a promotion was not made: {answer}")
        codes = [text_] if text_ else []
        if in_batch:
            self.hand_in(PromotionBatchRequested, {"promotion_id": name, "codes": 3, "created_by": "maria"})
            rows = self.select(
                "SELECT text FROM promo_code JOIN promotion ON promotion.number = promotion WHERE promotion.id = :id"
                " ORDER BY promo_code.number",
                id=name,
            )
            codes = [row["text"] for row in rows]
        self.promised[name] = Promised(name, kind, terms, codes)

    def pause(self) -> None:
        """Switch a promotion off, or on again."""
        if self.promised:
            name, is_paused = self.chance.choice(list(self.promised)), self.chance.random() < 0.4
            data = {"promotion_id": name, "is_paused": is_paused, "paused_by": "maria"}
            self.hand_in(PromotionPauseRequested, data)

    def programme_of_chance(self) -> None:
        """Make a programme for the history's own products."""
        name, trigger = f"{self.name}-{len(self.programmes)}", self.chance.choice(["first_purchase", "nth_purchase"])
        trigger = self.chance.choice([trigger, trigger, "return", "birthday"])
        terms: dict[str, Any] = {"trigger": trigger, "seconds": self.chance.randint(60, 3_600)}
        if trigger != "birthday":
            terms["product_ids"] = [self._product(name) for name in SHAPES]
        if trigger in ("nth_purchase", "birthday"):
            terms["purchases"] = self.chance.randint(1, 3)
        if trigger == "return":
            terms["after_days"] = self.chance.randint(1, 20)
        limits = {"uses_limit": self.chance.randint(1, 3), "budget_seconds": 5_000, "valid_days": 5}
        terms |= {limit: value for limit, value in limits.items() if self.chance.random() < 0.3}
        self.hand_in(ProgrammeCreateRequested, {"programme_id": name, "created_by": "maria", **terms})
        self.programmes[name] = terms

    def switch_programme(self, *, is_on: bool | None = None, name: str | None = None) -> None:
        """Switch a programme off, or on again."""
        if self.programmes:
            name = name or self.chance.choice(list(self.programmes))
            is_on = self.chance.random() < 0.7 if is_on is None else is_on
            data = {"programme_id": name, "is_on": is_on, "reason": "it is time", "changed_by": "maria"}
            self.hand_in(ProgrammeSwitchRequested, data)

    def campaign(self) -> None:
        """Make good for an outage to whoever has bought."""
        name = f"{self.name}-{len(self.campaigns)}"
        data = {
            "campaign_id": name,
            "kind": self.chance.choice(["compensation", "bonus"]),
            "segment": {"product_ids": [self._product(product) for product in SHAPES]},
            "seconds": 600,
            "reason": "the outage of Tuesday",
            "created_by": "ada",
        }
        meant = {row["account_id"] for row in self.orders() if row["status"] == "paid"}
        answer = self.hand_in(CampaignCreateRequested, data)
        expect(("code" in answer) == (not meant), f"campaign for {len(meant)} accounts: {answer}")
        if "code" not in answer:
            self.campaigns[name] = meant
            expect(answer["accounts"] == len(meant), f"campaign for {len(meant)} accounts: {answer}")
            self.hand_in(CampaignApproveRequested, {"campaign_id": name, "approved_by": "grace"})

    def void_campaign(self) -> None:
        """Take back what is left of a campaign, done or not."""
        if self.campaigns:
            data = {"campaign_id": self.chance.choice(list(self.campaigns)), "voided_by": "ada", "reason": "a mistake"}
            self.hand_in(CampaignVoidRequested, data)

    def orders(self) -> list[Row]:
        """The orders of all accounts, the oldest first."""
        return self.select(
            f"SELECT theirs.*, account.id AS account_id FROM ({ORDERS}) AS theirs"
            " JOIN account ON account.number = theirs.account WHERE account.id LIKE :name ORDER BY created_at, id",
            name=f"{self.name}-%",
        )

    def hand_in(self, model: type[Envelope], data: Mapping[str, Any], account: str | None = None) -> dict[str, Any]:
        """Let the queue bring a message, sometimes twice, and return the answer."""
        event = self._event(model, data, PROMOTION, account)
        answers = [promotion.handle(self.context, [event])[0].answer for _ in range(self._times())]
        expect(answers[0].keys() == answers[-1].keys(), f"two answers: {answers}")
        return answers[0]

    def remind(self, model: type[Envelope]) -> dict[str, int]:
        """Let the scheduler remind of something, sometimes twice."""
        for _ in range(self._times()):
            due.handle(self.context, [self._event(model, {}, DUE, None)])
        return {}

    def _times(self) -> int:
        return 2 if self.chance.random() < 0.2 else 1

    def _product(self, shape: str) -> str:
        return f"{shape}-{self.name}"

    def _gives(self, kind: str) -> dict[str, Any]:
        alone = {"needs_purchase": False} if self.chance.random() < 0.5 else {}
        match kind:
            case "percent_off":
                return {"share": self.chance.choice([WHOLE_OFF, self.chance.randint(1, WHOLE_OFF)])}
            case "amount_off":
                return {"amounts_minor": {"RUB": self.chance.choice([69_899, self.chance.randint(1, 80_000)])}}
            case "bonus_seconds":
                return {"seconds": self.chance.randint(60, 7_200), **alone}
            case "bonus_percent":
                return {"share": self.chance.randint(1, WHOLE_OFF)}
            case _:
                return {"free_product_id": self._product("month"), **alone}

    def _limits(self, kind: str) -> dict[str, Any]:
        is_bonus = kind in ("bonus_seconds", "bonus_percent")
        every = {
            "uses": self.chance.randint(1, 4),
            "uses_each": self.chance.randint(0, 2),
            "uses_a_day": self.chance.randint(1, 2),
            "valid_days": self.chance.randint(1, 20),
            "first_purchase_only": True,
            "budget_seconds" if is_bonus else "budget_minor": 9_000 if is_bonus else {"RUB": 60_000},
        }
        return {name: value for name, value in every.items() if self.chance.random() < 0.35}

    def _join(self, number: int) -> PaymentHarness:
        account = self.join()
        account.minutes = MinutesHarness(self.engine, account=f"{self.name}-account-{number}")
        mailbox = f"{self.name}-{0 if number == 1 else number}"
        tag = "+again" if number == 1 else ""
        account.minutes.apply(registered(account.account, email=f"{mailbox}{tag}@example.org"))
        opened_at = datetime.now(UTC) - timedelta(days=365 - self.chance.randint(0, 30))
        with transaction(self.engine) as session:
            changed = text("UPDATE account SET opened_at = :opened_at WHERE id = :id")
            session.execute(changed, {"opened_at": opened_at, "id": account.account})
        return account

    def _add_products(self) -> None:
        products = [
            Product(
                self._product(shape),
                ProductKind.ONE_OFF,
                seconds,
                days,
                prices={currency: Money(minor, currency) for currency, minor in prices.items()},
            )
            for shape, (seconds, days, prices) in SHAPES.items()
        ]
        with transaction(self.engine) as session:
            save_products(session, products)


def expect(is_so: bool, otherwise: str) -> None:
    """
    See that something is as it must be.

    Raises:
        Wrong: it is not.
    """
    if not is_so:
        raise Wrong(otherwise)
