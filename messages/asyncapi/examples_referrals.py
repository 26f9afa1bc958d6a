"""Examples of programmes and referrals: what is promised, who was invited, and what came of it."""

from messages.asyncapi.example import Example
from messages.promotions.programmes import ProgrammeCreateRequested, ProgrammeSwitchRequested
from messages.promotions.referrals import (
    ReferralAttributionRequested,
    ReferralCodeRequested,
    ReferralQualified,
    ReferralReversed,
    ReferralTermsSetRequested,
)
from messages.promotions.reminders import (
    BirthdayBonusesRequested,
    PromotionPurchaseSettled,
    ReferralsQualificationRequested,
)

_SHOP = "screph-shop"
_OPERATOR = "billing-cli"
_REFERRAL = "0c0b7c36-5d3e-5a7c-9a38-2b1f2a1b6c05"
_ORDER = "8d7a7f4e-50cf-5c4a-9e0e-5f4b7d1d9a01"

REFERRALS = (
    Example(
        ProgrammeCreateRequested,
        "programme-create-1",
        "Ten minutes for a first purchase",
        "2026-09-01T08:00:00Z",
        {
            "programme_id": "welcome-2026",
            "trigger": "first_purchase",
            "seconds": 600,
            "valid_days": 30,
            "product_ids": ["standard"],
            "starts_at": "2026-09-01T08:00:00Z",
            "ends_at": "2026-12-01T00:00:00Z",
            "uses_limit": 10_000,
            "budget_seconds": 6_000_000,
            "created_by": "maria",
        },
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ProgrammeCreateRequested,
        "programme-create-2",
        "Ten minutes for who buys again after three months",
        "2026-09-01T08:00:00Z",
        {
            "programme_id": "welcome-back",
            "trigger": "return",
            "after_days": 90,
            "seconds": 600,
            "created_by": "maria",
        },
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ProgrammeSwitchRequested,
        "programme-switch-1",
        "It is switched off",
        "2026-09-20T08:00:00Z",
        {"programme_id": "welcome-2026", "is_on": False, "reason": "the budget is needed", "changed_by": "maria"},
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ReferralTermsSetRequested,
        "referral-terms-1",
        "Half an hour for whoever invites, ten minutes for whoever comes",
        "2026-09-01T08:00:00Z",
        {
            "referrer_seconds": 1_800,
            "friend_seconds": 600,
            "monthly_limit": 10,
            "window_days": 14,
            "valid_days": 90,
            "is_open": True,
            "created_by": "maria",
        },
        source=_OPERATOR,
        subject=None,
    ),
    Example(
        ReferralCodeRequested,
        "referral-code-1",
        "The account wants to invite",
        "2026-09-02T09:00:00Z",
        {},
        source=_SHOP,
    ),
    Example(
        ReferralAttributionRequested,
        "referral-attribution-1",
        "A friend has typed the code",
        "2026-09-03T09:00:00Z",
        {"code": "7KQM-2XNV-9BTD"},
        source=_SHOP,
        subject="4712",
    ),
    Example(
        ReferralAttributionRequested,
        "referrer-4713",
        "Screph has registered who came by an invitation",
        "2026-09-03T09:00:00Z",
        {"referrer": "4711"},
        subject="4713",
    ),
    Example(
        PromotionPurchaseSettled,
        f"promotions-{_ORDER}-2026-09-04T09:00:00+00:00",
        "The friend has paid",
        "2026-09-04T09:00:00Z",
        {"order_id": _ORDER},
        subject="4712",
    ),
    Example(
        ReferralsQualificationRequested,
        "qualify-referrals-0900",
        "It is time",
        "2026-09-18T09:00:00Z",
        {},
        subject=None,
    ),
    Example(
        BirthdayBonusesRequested,
        "birthday-bonuses-0600",
        "It is time",
        "2026-09-18T06:00:00Z",
        {},
        subject=None,
    ),
    Example(
        ReferralQualified,
        "c9f0a9a2-8f0e-5a55-8c34-0c3f6f1b2d07",
        "The friend's purchase stands",
        "2026-09-18T09:00:00Z",
        {
            "referral_id": _REFERRAL,
            "friend": "4712",
            "order_id": _ORDER,
            "referrer_seconds": 1_800,
            "friend_seconds": 600,
            "qualified_at": "2026-09-18T09:00:00Z",
        },
    ),
    Example(
        ReferralReversed,
        "4f1c6d0a-3a3e-5f0b-8a53-7d9e8a6b4c08",
        "The friend's purchase was lost in a dispute",
        "2026-10-02T09:00:00Z",
        {
            "referral_id": _REFERRAL,
            "friend": "4712",
            "order_id": _ORDER,
            "was_qualified": True,
            "referrer_voided_seconds": 1_200,
            "friend_voided_seconds": 600,
        },
    ),
)
