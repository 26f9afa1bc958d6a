"""What a history was promised: a model of codes and orders of its own, from what was asked for and answered alone."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.workers.payments.harness import PaymentHarness

WHOLE = 10_000


@dataclass
class Promised:
    """
    A promotion as it was asked for, and its codes.

    `terms` are fields of the message that made it. `alone` are its uses without a purchase: who, when, and what for.
    """

    id: str
    kind: str
    terms: dict[str, Any]
    codes: list[str]
    alone: list[tuple[PaymentHarness, datetime, int]] = field(default_factory=list)

    @property
    def is_discount(self) -> bool:
        """Whether it makes an order cheaper."""
        return self.kind in ("percent_off", "amount_off", "free_package")

    def price_minor(self, list_minor: int, currency: str) -> int:
        """What an order costs with it, where every whole minor unit can be charged."""
        match self.kind:
            case "percent_off":
                return list_minor * (WHOLE - int(self.terms["share"])) // WHOLE
            case "amount_off":
                return max(0, list_minor - int(self.terms["amounts_minor"][currency]))
            case "free_package":
                return 0
            case _:
                return list_minor

    def bonus_seconds(self, bought_seconds: int) -> int:
        """What comes besides the seconds that are bought."""
        match self.kind:
            case "bonus_seconds":
                return int(self.terms["seconds"])
            case "bonus_percent":
                return bought_seconds * int(self.terms["share"]) // WHOLE
            case _:
                return 0


@dataclass
class Bought:
    """
    An order that was answered, and what it was opened with.

    `codes` are what was used for it. `had_ended` once it was seen failed or expired. `lost_minor` is what banks have
    decided against us.
    """

    order_id: str
    account: PaymentHarness
    seconds: int
    list_minor: int
    price_minor: int
    currency: str
    at: datetime
    codes: list[Promised]
    had_ended: bool = False
    lost_minor: int = 0

    @property
    def wanted_price_minor(self) -> int:
        """What it should cost."""
        discounts = [code for code in self.codes if code.is_discount]
        return discounts[0].price_minor(self.list_minor, self.currency) if discounts else self.list_minor

    @property
    def bonus(self) -> Promised | None:
        """What gives minutes besides, if anything."""
        return next((code for code in self.codes if not code.is_discount), None)

    @property
    def bonus_seconds(self) -> int:
        """What should come besides."""
        return 0 if self.bonus is None else self.bonus.bonus_seconds(self.seconds)
