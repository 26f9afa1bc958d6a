"""Examples of the capability `promotions`."""

from messages.asyncapi.example import Example
from messages.promotions.codes import (
    PromotionBatchRequested,
    PromotionCreateRequested,
    PromotionExportRequested,
    PromotionPauseRequested,
    PromotionRedeemRequested,
)
from messages.promotions.facts import BonusGranted, PromotionRedeemed, PromotionRefused
from messages.promotions.reminders import RedemptionsSweepRequested

PROMOTIONS = (
    Example(
        RedemptionsSweepRequested, "sweep-redemptions-0900", "It is time", "2026-09-06T09:00:00Z", {}, subject=None
    ),
    Example(
        PromotionCreateRequested,
        "promotion-1",
        "A tenth off, in August",
        "2026-09-06T09:00:00Z",
        {
            "promotion_id": "summer-2026",
            "kind": "percent_off",
            "share": 1000,
            "periods": 3,
            "valid_days": 30,
            "needs_purchase": True,
            "starts_at": "2026-08-01T00:00:00Z",
            "ends_at": "2026-09-01T00:00:00Z",
            "product_ids": ["standard"],
            "currencies": ["RUB"],
            "minimum_minor": {"RUB": 50000},
            "first_purchase_only": False,
            "buyers": "returning",
            "returning_after_days": 30,
            "uses": 1000,
            "uses_each": 1,
            "uses_a_day": 100,
            "budget_seconds": 3600000,
            "budget_minor": {"RUB": 10000000},
            "code": "SUMMER10",
            "created_by": "ann",
        },
        source="billing-cli",
        subject=None,
    ),
    Example(
        PromotionBatchRequested,
        "promotion-2",
        "Ten thousand codes for one use each",
        "2026-09-06T09:00:00Z",
        {"promotion_id": "summer-2026", "codes": 10000, "created_by": "ann"},
        source="billing-cli",
        subject=None,
    ),
    Example(
        PromotionExportRequested,
        "promotion-3",
        "Given to the printer",
        "2026-09-06T09:00:00Z",
        {"promotion_id": "summer-2026", "batch": 1, "exported_by": "ann", "again": False},
        source="billing-cli",
        subject=None,
    ),
    Example(
        PromotionPauseRequested,
        "promotion-4",
        "Switched off",
        "2026-09-06T09:00:00Z",
        {
            "promotion_id": "summer-2026",
            "is_paused": True,
            "paused_by": "ann",
            "reason": "It was posted where it should not be",
        },
        source="billing-cli",
        subject=None,
    ),
    Example(
        PromotionRedeemRequested,
        "code-1",
        "Half an hour for a code",
        "2026-09-06T09:00:00Z",
        {"code": "half-hour", "address": "203.0.113.7"},
        source="screph-bot",
    ),
    Example(
        PromotionRedeemed,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1f02",
        "A tenth off",
        "2026-09-06T09:00:00Z",
        {
            "promotion_id": "summer-2026",
            "code": "SUMMER10",
            "role": "discount",
            "order_id": "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b21",
            "discount_minor": 6990,
            "currency": "RUB",
            "bonus_seconds": 0,
        },
    ),
    Example(
        PromotionRefused,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1f03",
        "Nobody knows such a code",
        "2026-09-06T09:00:00Z",
        {
            "request_source": "screph-bot",
            "request_id": "code-2",
            "code": "UnknownCode",
            "reason": "this code is not known",
        },
    ),
    Example(
        BonusGranted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1f01",
        "Half an hour for a code",
        "2026-09-06T09:00:00Z",
        {
            "package_id": "5f0d5d8e-6a55-5bb7-9c6c-2f6f0f6f2a10",
            "granted_seconds": 1_800,
            "expires_at": "2026-10-06T09:00:00Z",
            "reason": "code",
            "origin_id": "autumn-2026",
        },
    ),
)
