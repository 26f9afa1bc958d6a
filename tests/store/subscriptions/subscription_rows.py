"""Rows of subscriptions, and of their orders and products, that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import NOTHING, A

SUBSCRIPTION = {
    "id": "s",
    "account": A,
    "product": A,
    "gateway": "g",
    "currency": "RUB",
    "price_minor": 19_900,
    "granted_seconds": 6_000,
    "period": "month",
    "title": "Small",
    "message_id": 1,
}
BEGUN = {
    "status": "active",
    "anchor_at": "2026-01-01Z",
    "period_start": "2026-01-01Z",
    "period_end": "2026-02-01Z",
}
PLAN = {"kind": "subscription", "period": "month"}
TRIAL = {"trial_days": 7, "trial_seconds": 60, "trial_ends_at": "2026-01-08Z"}
OF_SUBSCRIPTION = {"subscription_id": "a", "period": "month"}

SUBSCRIPTION_THERE_ALREADY = ("subscription", SUBSCRIPTION | {"id": "a"})

GOOD_SUBSCRIPTION_ROWS: dict[str, dict[str, Any]] = {"subscription": SUBSCRIPTION}

BAD_SUBSCRIPTION_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("product", "product_period", {"kind": "subscription"}),
    ("product", "product_period", {"period": "month"}),
    ("product", "product_trial", {"trial_days": 7, "trial_seconds": 60}),
    ("product", "product_trial", PLAN | {"trial_days": 0, "trial_seconds": 60}),
    ("product", "product_trial_seconds", PLAN | {"trial_days": 7}),
    ("product", "product_trial_seconds", {"trial_seconds": 60}),
    ("product", "product_trial_seconds", PLAN | {"trial_days": 7, "trial_seconds": 0}),
    ("subscription", "subscription_terms", {"price_minor": -1}),
    ("subscription", "subscription_terms", {"granted_seconds": 0}),
    ("subscription", "subscription_period", BEGUN | {"period_end": None}),
    ("subscription", "subscription_period", BEGUN | {"anchor_at": None}),
    ("subscription", "subscription_period", BEGUN | {"period_end": "2026-01-01Z"}),
    ("subscription", "subscription_began_with_a_period", {"status": "active"}),
    ("subscription", "subscription_ended_at", {"status": "cancelled"}),
    ("subscription", "subscription_ended_at", {"ended_at": "2026-01-01Z"}),
    ("subscription", "subscription_paused_at", BEGUN | {"status": "paused"}),
    ("subscription", "subscription_paused_at", {"paused_at": "2026-01-01Z"}),
    ("subscription", "subscription_next_product_has_price", {"next_product_id": "a"}),
    ("subscription", "subscription_next_product_has_price", {"next_price_minor": 1}),
    ("subscription", "subscription_trial", {"trial_days": 7}),
    ("subscription", "subscription_trial", {"trial_seconds": 60}),
    ("subscription", "subscription_trial", {"trial_days": 0, "trial_seconds": 60}),
    ("subscription", "subscription_trial", {"trial_days": 7, "trial_seconds": 0}),
    ("subscription", "subscription_trial_began", TRIAL),
    ("subscription", "subscription_trial_began", BEGUN | {"trial_ends_at": "2026-02-01Z"}),
    ("subscription", "subscription_counts", {"failed_attempts": -1}),
    ("subscription", "subscription_counts", {"discount_periods_left": -1}),
    ("orders", "orders_period_of_subscription", {"period": "month"}),
    ("orders", "orders_period_of_subscription", {"subscription_id": "a"}),
    ("orders", "orders_period", OF_SUBSCRIPTION | {"period_start": "2026-01-01Z"}),
    (
        "orders",
        "orders_period",
        OF_SUBSCRIPTION | {"period_start": "2026-01-01Z", "period_end": "2026-01-01Z"},
    ),
    ("orders", "orders_attempt", {"attempt": -1}),
    ("orders", "orders_attempt", {"method_id": 1}),
    ("orders", "orders_replaced_seconds", {"replaces_seconds": -1}),
    ("orders", "orders_replaced_seconds", {"replaced_seconds": 18_001}),
]

SUBSCRIPTION_NOT_IN_ENUM: list[tuple[str, dict[str, Any]]] = [
    ("subscription", {"status": "trialing"}),
    ("subscription", {"period": "fortnight"}),
    ("product", {"period": "fortnight"}),
]

SUBSCRIPTION_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("subscription", "subscription_pkey", {}, {}),
    ("subscription", "subscription_live", BEGUN, {"id": "other", "status": "past_due"}),
    (
        "subscription",
        "subscription_trial_of_account",
        BEGUN | TRIAL,
        {"id": "other", "status": "cancelled", "ended_at": "2026-02-01Z"},
    ),
    (
        "orders",
        "orders_of_period",
        OF_SUBSCRIPTION | {"period_start": "2026-01-01Z", "period_end": "2026-02-01Z"},
        {"id": "other", "period_end": "2026-03-01Z"},
    ),
]

SUBSCRIPTION_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("subscription", "subscription_account_fkey", {"account": NOTHING}),
    ("subscription", "subscription_product_fkey", {"product": NOTHING}),
    ("subscription", "subscription_next_product_id_fkey", {"next_product_id": "nothing", "next_price_minor": 1}),
    ("orders", "orders_subscription_id_fkey", {"subscription_id": "nothing", "period": "month"}),
    ("orders", "orders_replaces_order_id_fkey", {"replaces_order_id": "nothing"}),
    ("orders", "orders_method_id_fkey", {"attempt": 1, "method_id": NOTHING}),
    ("payment_attempt", "payment_attempt_method_id_fkey", {"method_id": NOTHING}),
]
