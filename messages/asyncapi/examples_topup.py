"""Examples of the contracts of auto top-up: it is set, minutes are bought, a card says no; and cards that end soon."""

from messages.asyncapi.example import Example
from messages.subscriptions.reminders import CardWarningsRequested
from messages.subscriptions.topup import (
    TopupDue,
    TopupFailed,
    TopupSetRequested,
    TopupSettled,
    TopupsRequested,
    TopupSucceeded,
)

_ORDER = "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b21"


TOPUPS = (
    Example(
        TopupSetRequested,
        "topup-set-1",
        "Buy 300 minutes when fewer than ten are left, for at most 2 000 roubles a day",
        "2026-09-04T08:00:00Z",
        {
            "is_on": True,
            "threshold_seconds": 600,
            "product_id": "standard",
            "currency": "RUB",
            "method_id": 12,
            "max_per_day": 3,
            "max_minor_per_day": 200_000,
            "cooldown_seconds": 3_600,
        },
        "screph-shop",
    ),
    Example(TopupDue, "topup-due-1", "The balance is below the threshold", "2026-09-04T09:00:00Z", {}),
    Example(
        TopupSettled, "topup-settled-1", "The order of a top-up has ended", "2026-09-04T09:00:02Z", {"order_id": _ORDER}
    ),
    Example(
        TopupSucceeded,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e31",
        "Bought and granted",
        "2026-09-04T09:00:02Z",
        {
            "order_id": _ORDER,
            "gateway": "yookassa",
            "product_id": "standard",
            "amount_minor": 69_900,
            "currency": "RUB",
            "granted_seconds": 18_000,
            "available_seconds": 18_590,
        },
    ),
    Example(
        TopupFailed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1e32",
        "The card has expired; it is off now",
        "2026-09-05T09:00:02Z",
        {"reason": "declined", "code": "card_expired", "order_id": _ORDER},
    ),
    Example(TopupsRequested, "top-up-0901", "It is time", "2026-09-04T09:01:00Z", {}, subject=None),
    Example(CardWarningsRequested, "warn-of-cards-20260904", "It is time", "2026-09-04T00:00:00Z", {}, subject=None),
)
