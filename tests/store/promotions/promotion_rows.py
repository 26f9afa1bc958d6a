"""Rows of the tables of promotions that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import NOTHING, A, Rows

P, C = 4711, 4711
"""The numbers of promotion `winter` and its code."""

_AT = "2026-01-01Z"
_UUID = "00000000-0000-0000-0000-000000000001"

_PROMOTION = {
    "id": "spring",
    "kind": "percent_off",
    "share": 1_000,
    "amounts_minor": "{}",
    "conditions": "{}",
    "budget_minor": "{}",
    "used_minor": "{}",
    "message_id": 1,
    "created_by": "ann",
    "created_at": _AT,
}
_CODE = {"promotion": P, "text": "SPRING", "folded": "SPR1NG", "created_at": _AT}

GOOD_PROMOTION_ROWS: Rows = {
    "identity": {"value": _UUID, "account": A, "kind": "mail", "first_seen_at": _AT},
    "promotion": _PROMOTION,
    "promo_code": _CODE,
    "promo_batch": {
        "promotion": P,
        "number": 1,
        "codes": 10,
        "message_id": 1,
        "created_by": "ann",
        "created_at": _AT,
    },
    "redemption": {
        "code": C,
        "promotion": P,
        "account": A,
        "role": "bonus",
        "status": "confirmed",
        "day": "2026-01-01",
        "message_id": 2,
        "redeemed_at": _AT,
        "confirmed_at": _AT,
    },
    "code_try": {"account": A, "tried_at": _AT},
}

PROMOTIONS_THERE_ALREADY = (
    ("promotion", _PROMOTION | {"number": P, "id": "winter"}),
    ("promo_code", _CODE | {"number": C, "folded": "W1NTER"}),
)

BAD_PROMOTION_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("promotion", "promotion_gives", {"share": 10_001}),
    ("promotion", "promotion_gives", {"seconds": -1}),
    ("promotion", "promotion_gives", {"periods": 0}),
    ("promotion", "promotion_valid_days_positive", {"valid_days": 0}),
    ("promotion", "promotion_time_not_empty", {"starts_at": _AT, "ends_at": _AT}),
    ("promotion", "promotion_limits_positive", {"uses_limit": 0}),
    ("promotion", "promotion_limits_positive", {"budget_seconds": 0}),
    ("promotion", "promotion_counts_not_negative", {"used": -1}),
    ("promotion", "promotion_counts_not_negative", {"used_today": -1}),
    ("promotion", "promotion_paused_by", {"paused_at": _AT}),
    ("promotion", "promotion_paused_by", {"paused_by": "ann"}),
    ("promo_code", "promo_code_counts", {"uses_limit": 0}),
    ("promo_code", "promo_code_counts", {"used": -1}),
    ("promo_code", "promo_code_counts", {"batch": 0}),
    ("promo_batch", "promo_batch_positive", {"codes": 0}),
    ("promo_batch", "promo_batch_exported_by", {"exported_by": "ann"}),
    ("redemption", "redemption_not_negative", {"discount_minor": -1}),
    ("redemption", "redemption_not_negative", {"seconds": -1}),
    ("redemption", "redemption_discount_has_currency", {"discount_minor": 1}),
    ("redemption", "redemption_given_back", {"status": "given_back"}),
    ("redemption", "redemption_given_back", {"given_back_at": _AT}),
    ("redemption", "redemption_given_back", {"given_back_why": "expired"}),
    ("redemption", "redemption_confirmed", {"confirmed_at": None}),
    ("redemption", "redemption_reserved_for_order", {"reserved_until": _AT}),
    ("redemption", "redemption_reserved_for_order", {"status": "reserved", "reserved_until": _AT}),
]

PROMOTION_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("identity", {"kind": "name"}),
    ("promotion", {"kind": "present"}),
    ("redemption", {"role": "guest"}),
    ("redemption", {"status": "lost"}),
]

PROMOTION_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("identity", "identity_pkey", {}, {"kind": "card"}),
    ("promotion", "promotion_id", {}, {"share": 1}),
    ("promo_code", "promo_code_folded", {}, {"text": "spring"}),
    ("promo_batch", "promo_batch_pkey", {}, {"codes": 11}),
]

PROMOTION_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("identity", "identity_account_fkey", {"account": NOTHING}),
    ("promotion", "promotion_product_fkey", {"product": NOTHING}),
    ("promo_code", "promo_code_promotion_fkey", {"promotion": NOTHING}),
    ("promo_code", "promo_code_account_fkey", {"account": NOTHING}),
    ("promo_batch", "promo_batch_promotion_fkey", {"promotion": NOTHING}),
    ("redemption", "redemption_code_fkey", {"code": NOTHING}),
    ("redemption", "redemption_promotion_fkey", {"promotion": NOTHING}),
    ("redemption", "redemption_account_fkey", {"account": NOTHING}),
    ("redemption", "redemption_order_id_fkey", {"order_id": "nothing"}),
    ("code_try", "code_try_account_fkey", {"account": NOTHING}),
]
