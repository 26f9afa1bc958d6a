"""The codes of a random life: some take a part off, one takes everything off, some give minutes besides."""

import random
from typing import Any

from messages.promotions.codes import PromotionCreateRequested
from messages.queues import PROMOTION
from tests.workers.minutes.harness import Row
from tests.workers.payments.harness import PaymentHarness
from workers.queues.promotion import handle

USES = """
    SELECT promotion.id, promotion.used, promotion.uses_limit,
           count(redemption.id) FILTER (WHERE redemption.status <> 'given_back') AS counted,
           count(redemption.id) FILTER (WHERE redemption.status = 'reserved') AS reserved,
           count(redemption.id) FILTER (WHERE redemption.is_beyond_limit) AS beyond
    FROM promotion LEFT JOIN redemption ON redemption.promotion = promotion.number
    WHERE promotion.id = ANY(:ids) GROUP BY promotion.number
"""


class HistoryCodes:
    """
    What the account of one life may type at a checkout.

    Args:
        harness: where it buys.
        chance: decides everything.
    """

    def __init__(self, harness: PaymentHarness, chance: random.Random) -> None:
        self._harness, self._chance = harness, chance
        self._discounts: list[str] = []
        self._bonuses: list[str] = []

    def make(self) -> None:
        """Make the promotions, each with its code and a few uses."""
        self._discounts = [self._make("percent_off", share=share) for share in (self._chance.randint(1, 9_999), 10_000)]
        self._bonuses = [
            self._make("bonus_seconds", seconds=self._chance.randint(1, 7_200)),
            self._make("bonus_percent", share=self._chance.randint(1, 10_000)),
        ]

    def some(self) -> list[str]:
        """Return what is typed at one checkout: mostly nothing, else a discount, a bonus or both."""
        if self._chance.random() < 0.5:
            return []
        wanted = self._chance.choice([(1, 0), (0, 1), (1, 1)])
        return [self._chance.choice(codes) for codes, is_wanted in zip(self._all(), wanted, strict=True) if is_wanted]

    def uses(self) -> list[Row]:
        """How often each is used, as its promotion says it and as its uses say it."""
        ids = [code.lower() for codes in self._all() for code in codes]
        return self._harness.minutes.select(USES, ids=ids)

    def _all(self) -> tuple[list[str], list[str]]:
        return self._discounts, self._bonuses

    def _make(self, kind: str, **gives: Any) -> str:
        code = f"{self._chance.getrandbits(48):012x}-{self._harness.gateway.name}".upper()
        terms = {"uses": self._chance.choice([None, 1, 3]), "uses_each": self._chance.choice([0, 0, 1, 2])}
        data = {"promotion_id": code.lower(), "kind": kind, "code": code, "created_by": "ann", **gives, **terms}
        handle(self._harness.context, [self._harness.event(PromotionCreateRequested, data, PROMOTION)])
        return code
