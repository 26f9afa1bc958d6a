"""A subscription with everything filled in that a test is not about."""

from datetime import UTC, datetime
from typing import Any

from domain.money import Money
from domain.periods import PeriodUnit
from domain.subscriptions.subscription import Subscription, SubscriptionStatus

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
END = datetime(2026, 2, 28, 12, tzinfo=UTC)


def subscription(**changed: Any) -> Subscription:
    """Return an active one, paid for February."""
    values: dict[str, Any] = {
        "id": "s",
        "account_id": "account",
        "product_id": "small",
        "gateway": "stripe",
        "price": Money(19_900, "RUB"),
        "granted_seconds": 6_000,
        "valid_days": None,
        "period": PeriodUnit.MONTH,
        "title": "Small",
        "status": SubscriptionStatus.ACTIVE,
        "message_id": 1,
        "created_at": START,
        "updated_at": START,
        "anchor_at": START,
        "period_start": START,
        "period_end": END,
        "paid_order_id": "first",
    }
    return Subscription(**(values | changed))
