"""A promotion: what its codes give, to whom, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class CodeKind(StrEnum):
    """What a code gives; README.md, "Kinds"."""

    PERCENT_OFF = "percent_off"
    AMOUNT_OFF = "amount_off"
    BONUS_SECONDS = "bonus_seconds"
    BONUS_PERCENT = "bonus_percent"
    FREE_PACKAGE = "free_package"


DISCOUNTS = frozenset({CodeKind.PERCENT_OFF, CodeKind.AMOUNT_OFF, CodeKind.FREE_PACKAGE})
"""Kinds that make an order cheaper; an order takes one of them, and one of the others besides."""


class Buyers(StrEnum):
    """Which buyers a code is for."""

    ALL = "all"
    NEW = "new"
    RETURNING = "returning"


@dataclass(frozen=True, slots=True)
class Conditions:
    """
    Who may use a code, when and for what; what is not given limits nothing.

    `starts_at` counts, `ends_at` does not. `minimum_minor` is the least list price by currency; once any is given, a
    currency without one is refused. `returning_after_days`: a returning buyer has bought before, and nothing for so
    long.
    """

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    product_ids: frozenset[str] = frozenset()
    currencies: frozenset[str] = frozenset()
    minimum_minor: Mapping[str, int] = field(default_factory=dict)
    is_for_first_purchase: bool = False
    buyers: Buyers = Buyers.ALL
    returning_after_days: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """
    How often a code is used at the most, and what it may cost; None limits nothing.

    `budget_minor` is the money that is taken off, by currency; once any is given, a currency without one is refused.
    """

    uses: int | None = None
    uses_each: int | None = 1
    uses_a_day: int | None = None
    budget_seconds: int | None = None
    budget_minor: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promotion:
    """
    What codes give, to whom, and how often.

    `id` is marketing's name of it. `share` is in hundredths of a percent, `amounts_minor` by currency, `seconds` are
    given besides; `product_id` whose package is free. `periods` of a subscription are discounted, the first among them.
    `valid_days` are those of the package that a bonus makes; None: it never ends. `needs_purchase`: a bonus comes with
    an order alone. `is_paused`: a person or the guard has switched it off.
    """

    id: str
    kind: CodeKind
    share: int = 0
    amounts_minor: Mapping[str, int] = field(default_factory=dict)
    seconds: int = 0
    product_id: str | None = None
    periods: int = 1
    valid_days: int | None = None
    needs_purchase: bool = True
    conditions: Conditions = Conditions()
    limits: Limits = Limits()
    is_paused: bool = False

    @property
    def is_discount(self) -> bool:
        """Tell whether it makes an order cheaper."""
        return self.kind in DISCOUNTS


@dataclass(frozen=True, slots=True)
class PromoCode:
    """
    A code as it was made.

    `text` is shown. `account_id`: it is that account's alone. `uses_limit` is its own, 1 in a batch; None: those of its
    promotion are all.
    """

    text: str
    promotion: Promotion
    account_id: str | None = None
    uses_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Uses:
    """
    How often a promotion is used so far, reserved and confirmed uses together, and what that cost.

    `of_code` are those of one of its codes.
    """

    total: int = 0
    of_code: int = 0
    of_person: int = 0
    today: int = 0
    seconds: int = 0
    minor: Mapping[str, int] = field(default_factory=dict)
