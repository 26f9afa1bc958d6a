"""The page of a promotion: its terms, how often it is used, its codes and its last uses."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from cli.output import counted, length, moment, out, print_table
from domain.money import Money
from domain.promotions.promotion import Buyers, CodeKind, Conditions, Limits, Promotion
from store.promotions.read import PromotionPage


def promotion_as_json(page: PromotionPage) -> dict[str, Any]:
    """Return a promotion for programs."""
    row = dataclasses.asdict(page)
    conditions = row["promotion"]["conditions"]
    for name in ("product_ids", "currencies"):
        conditions[name] = sorted(conditions[name])
    return row


def print_promotion(page: PromotionPage) -> None:
    """Print a promotion for people."""
    promotion, limits = page.promotion, page.promotion.limits
    state = "on" if page.paused_at is None else f"off since {moment(page.paused_at)}, by {page.paused_by}"
    uses = f"{page.used} of {limits.uses}" if limits.uses else str(page.used)
    money = _money(page.used_minor) or "nothing"
    lines = (
        f"{promotion.id}: {promotion.kind}, made by {page.created_by} at {moment(page.created_at)}",
        f"gives: {_gives(promotion)}",
        f"for: {_conditions(promotion.conditions)}",
        f"limits: {_limits(limits)}",
        f"switched: {state}" + (f": {page.pause_reason}" if page.pause_reason else ""),
        f"used: {uses}; today {page.used_today}; off: {money}; given besides: {length(page.used_seconds)}",
        f"codes: {', '.join(page.codes) or 'in batches'}",
    )
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
    if page.batches:
        print_table(
            f"Batches: {len(page.batches)}",
            ("batch", "codes", "made by", "exported by", "at"),
            (
                (
                    one.number,
                    one.codes,
                    escape(one.created_by),
                    escape(one.exported_by or "-"),
                    "-" if one.exported_at is None else moment(one.exported_at),
                )
                for one in page.batches
            ),
        )
    if page.redemptions:
        print_table(
            f"Last uses: {len(page.redemptions)}",
            ("code", "account", "order", "state", "at"),
            (
                (
                    escape(one.code),
                    escape(one.account_id),
                    (one.order_id or "-")[:8],
                    one.status,
                    moment(one.redeemed_at),
                )
                for one in page.redemptions
            ),
        )


def _gives(promotion: Promotion) -> str:
    said = [
        _worth(promotion),
        promotion.periods > 1 and f"for {promotion.periods} periods of a subscription",
        promotion.valid_days and f"valid {counted(promotion.valid_days, 'day')}",
        not promotion.needs_purchase and "without a purchase",
    ]
    return ", ".join(part for part in said if part)


def _worth(promotion: Promotion) -> str:
    match promotion.kind:
        case CodeKind.PERCENT_OFF:
            return f"{promotion.share / 100:g} % off"
        case CodeKind.AMOUNT_OFF:
            return f"{_money(promotion.amounts_minor)} off"
        case CodeKind.FREE_PACKAGE:
            return f"{promotion.product_id} for nothing"
        case CodeKind.BONUS_SECONDS:
            return f"{length(promotion.seconds)} besides"
        case CodeKind.BONUS_PERCENT:
            return f"{promotion.share / 100:g} % of the minutes besides"


def _conditions(conditions: Conditions) -> str:
    said = [
        conditions.starts_at and f"from {moment(conditions.starts_at)}",
        conditions.ends_at and f"until {moment(conditions.ends_at)}",
        ", ".join(sorted(conditions.product_ids)),
        conditions.currencies and f"prices in {', '.join(sorted(conditions.currencies))}",
        conditions.minimum_minor and f"prices of {_money(conditions.minimum_minor)} at the least",
        conditions.is_for_first_purchase and "a first purchase",
        conditions.buyers != Buyers.ALL and f"{conditions.buyers} buyers",
        conditions.returning_after_days
        and f"after {counted(conditions.returning_after_days, 'day')} without a purchase",
    ]
    return "; ".join(part for part in said if part) or "everything, at any time"


def _limits(limits: Limits) -> str:
    said = [
        limits.uses and counted(limits.uses, "use"),
        limits.uses_each and f"{limits.uses_each} by one person",
        limits.uses_a_day and f"{limits.uses_a_day} on one day",
        limits.budget_seconds and f"{length(limits.budget_seconds)} besides in all",
        limits.budget_minor and f"{_money(limits.budget_minor)} off in all",
    ]
    return "; ".join(part for part in said if part) or "none"


def _money(minor: Mapping[str, int]) -> str:
    return ", ".join(str(Money(amount, currency)) for currency, amount in minor.items())
