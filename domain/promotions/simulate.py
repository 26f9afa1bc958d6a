"""Simulating a code: what it would have cost, had everybody known it who bought something."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from domain.money import Money
from domain.promotions.promotion import PromoCode, Promotion, Uses
from domain.promotions.redeem import Buyer, Purchase, Redeemed, redeem
from domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class PastPurchase:
    """A purchase as it was made at list price; `at` is when it was paid."""

    order_id: str
    buyer: Buyer
    purchase: Purchase
    at: datetime


@dataclass(frozen=True, slots=True)
class SimulatedUse:
    """A purchase that the code would have made cheaper, or would have given seconds besides."""

    order_id: str
    account_id: str
    discount: Money
    bonus_seconds: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """
    What a code would have cost.

    `discounts_minor` by currency and `bonus_seconds` are those of `uses`; `refused` counts the other purchases by the
    code of the reason. `worst_minor` and `worst_seconds` are what it can cost in all by its limits, where a use costs
    no more than the dearest one here; None, or a currency that is not named: no limit bounds it.
    """

    uses: tuple[SimulatedUse, ...]
    discounts_minor: dict[str, int]
    bonus_seconds: int
    refused: dict[str, int]
    worst_minor: dict[str, int] = field(default_factory=dict)
    worst_seconds: int | None = None


def simulate(code: PromoCode, purchases: Iterable[PastPurchase]) -> Simulation:
    """
    Return what a code would have cost, had everybody used it as soon as its limits allow.

    Whose code it is, when it can be used and whether it is paused are left out: the question is asked before it is
    published. Uses that it has had do not count either.

    Args:
        code: as it was made.
        purchases: in the order in which they were paid.
    """
    conditions = replace(code.promotion.conditions, starts_at=None, ends_at=None)
    promotion = replace(code.promotion, conditions=conditions, is_paused=False)
    published = replace(code, promotion=promotion, account_id=None)
    uses, refused, so_far = list[SimulatedUse](), Counter[str](), _SoFar()
    for past in purchases:
        given = redeem(published, past.buyer, past.purchase, so_far.uses_of(past), at=past.at)
        if isinstance(given, Refusal):
            refused[given.code] += 1
        else:
            so_far.add(past, given)
            uses.append(SimulatedUse(past.order_id, past.buyer.account_id, given.discount, given.bonus_seconds))
    worst_uses = _least(promotion.limits.uses, code.uses_limit)
    return Simulation(
        uses=tuple(uses),
        discounts_minor=dict(so_far.minor),
        bonus_seconds=so_far.seconds,
        refused=dict(refused),
        worst_minor=_worst_minor(promotion, uses, worst_uses),
        worst_seconds=_worst_seconds(promotion, uses, worst_uses),
    )


@dataclass(slots=True)
class _SoFar:
    total: int = 0
    seconds: int = 0
    minor: Counter[str] = field(default_factory=Counter)
    by_account: Counter[str] = field(default_factory=Counter)
    by_day: Counter[date] = field(default_factory=Counter)

    def uses_of(self, past: PastPurchase) -> Uses:
        """Return the uses before a purchase."""
        of_person, today = self.by_account[past.buyer.account_id], self.by_day[past.at.date()]
        return Uses(self.total, self.total, of_person, today, self.seconds, self.minor)

    def add(self, past: PastPurchase, given: Redeemed) -> None:
        """Count one more use."""
        self.total += 1
        self.seconds += given.bonus_seconds
        self.minor[given.discount.currency] += given.discount.minor
        self.by_account[past.buyer.account_id] += 1
        self.by_day[past.at.date()] += 1


def _worst_minor(promotion: Promotion, uses: list[SimulatedUse], worst_uses: int | None) -> dict[str, int]:
    dearest: dict[str, int] = {}
    for use in uses:
        dearest[use.discount.currency] = max(use.discount.minor, dearest.get(use.discount.currency, 0))
    worst = {currency: worst_uses * minor for currency, minor in dearest.items()} if worst_uses is not None else {}
    for currency, budget_minor in promotion.limits.budget_minor.items():
        worst[currency] = min(budget_minor, worst.get(currency, budget_minor))
    return worst


def _worst_seconds(promotion: Promotion, uses: list[SimulatedUse], worst_uses: int | None) -> int | None:
    most = max((use.bonus_seconds for use in uses), default=promotion.seconds)
    by_uses = 0 if promotion.is_discount else None if worst_uses is None else worst_uses * most
    return _least(by_uses, promotion.limits.budget_seconds)


def _least(*limits: int | None) -> int | None:
    return min((limit for limit in limits if limit is not None), default=None)
