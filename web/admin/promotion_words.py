"""Words of promotions and campaigns: for whom they are, and why a code would not have counted."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from i18n.formats import Formats

REFUSED = MappingProxyType(
    {
        "UsedUp": "beyond its limits",
        "UsedByYou": "by somebody who had used it already",
        "UsedUpToday": "beyond its limit of a day",
        "FirstPurchaseOnly": "not a first purchase",
        "ReturningBuyersOnly": "by somebody who does not come back",
        "OtherProduct": "of another product",
        "OtherCurrency": "in another currency",
        "BelowMinimum": "below the least price",
    }
)
"""Why a purchase of the past would not have used a code -> what it was."""


def refused_as(code: str) -> str:
    """Return what a purchase was that would not have used a code, by the code of the refusal."""
    return REFUSED.get(code, code)


def segment_words(formats: Formats, segment: Mapping[str, Any]) -> list[str]:
    """Return for whom a campaign is, a sentence for each criterion; all of them must hold."""
    return list(_criteria(formats, segment))


def _criteria(formats: Formats, segment: Mapping[str, Any]) -> Iterator[str]:
    def at(name: str) -> str:
        return formats.moment(datetime.fromisoformat(segment[name]))

    if segment.get("is_everyone"):
        yield "Everyone"
    if segment.get("used_from") and segment.get("used_until"):
        yield f"Used something from {at('used_from')} until before {at('used_until')}"
    if segment.get("unused_since"):
        yield f"Used nothing since {at('unused_since')}"
    if segment.get("product_ids"):
        yield f"Bought one of the products {', '.join(sorted(segment['product_ids']))}"
    if segment.get("countries"):
        yield f"Ordered from one of the countries {', '.join(sorted(segment['countries']))}"
    if segment.get("balance_below_seconds") is not None:
        yield f"Has less than {formats.duration(segment['balance_below_seconds'])}"
    if segment.get("balance_at_least_seconds") is not None:
        yield f"Has at least {formats.duration(segment['balance_at_least_seconds'])}"
    if segment.get("without_campaign_ids"):
        yield f"Is in none of the campaigns {', '.join(sorted(segment['without_campaign_ids']))}"
