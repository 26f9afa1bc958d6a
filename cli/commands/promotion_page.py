"""The page of a promotion: its terms, how often it is used, its codes and its last uses."""

import dataclasses
from typing import Any

from rich.markup import escape

from cli.output import length, moment, out, print_table
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
    money = ", ".join(f"{minor} {currency}" for currency, minor in page.used_minor.items()) or "nothing"
    lines = (
        f"{promotion.id}: {promotion.kind}, made by {page.created_by} at {moment(page.created_at)}",
        f"switched: {state}" + (f": {page.pause_reason}" if page.pause_reason else ""),
        f"used: {uses}; today {page.used_today}; minor units off: {money}; given besides: {length(page.used_seconds)}",
        f"codes: {', '.join(page.codes) or 'in batches'}",
    )
    for line in lines:
        out.print(line, markup=False, soft_wrap=True)
    if page.batches:
        print_table(
            f"Batches: {len(page.batches)}",
            ("batch", "codes", "made by", "exported by", "at"),
            (
                (one.number, one.codes, escape(one.created_by), escape(one.exported_by or "-"), moment(one.exported_at))
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
