"""Examples of the contracts of minutes: an account, a purchase, a present, usage, a correction, an expiry."""

from messages.access.requests import AccountRegistered
from messages.asyncapi.example import Example
from messages.minutes.facts import (
    BalanceChanged,
    PackageExpired,
    PackageGranted,
    PackageStarted,
    SpendAccepted,
    SpendRefused,
    UsageReversedFact,
)
from messages.minutes.reminders import ExpirySweepRequested
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed

_DESKTOP, _SHOP = "screph-desktop", "screph-shop"
_PURCHASED = "5b0e1f9a-6a0c-5a39-9d3f-3f1d0f7f1c01"
_PROMO = "c2a7d1de-08a4-5f0b-8f43-6f2f4a5b7d02"

MINUTES = (
    Example(
        AccountRegistered,
        "account-4711-1",
        "A user whom account 1024 has invited",
        "2026-09-01T09:00:00Z",
        {
            "email": "anna@example.org",
            "locale": "ru-RU",
            "currency": "RUB",
            "time_zone": "Europe/Moscow",
            "referrer": "1024",
        },
        source=_SHOP,
    ),
    Example(
        AccountRegistered,
        "account-4711-2",
        "Only the language has changed",
        "2026-09-01T09:05:00Z",
        {"locale": "en"},
        source=_SHOP,
    ),
    Example(
        PackageGrantRequested,
        "order-815",
        "100 minutes that were bought",
        "2026-09-01T09:10:00Z",
        {"kind": "purchased", "minutes": 100, "reason": "order 815"},
        source=_SHOP,
    ),
    Example(
        PackageGrantRequested,
        "welcome-4711",
        "Half an hour as a present, for a week, burnt before everything else",
        "2026-09-01T09:10:01Z",
        {
            "kind": "promo",
            "seconds": 1_800,
            "priority": 5,
            "activated_at": "2026-09-01T09:10:00Z",
            "expires_at": "2026-09-08T09:10:00Z",
        },
        source=_SHOP,
    ),
    Example(
        PackageGranted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d01",
        "It had no debt to pay, and never expires",
        "2026-09-01T09:10:02Z",
        {
            "package_id": _PURCHASED,
            "kind": "purchased",
            "priority": 100,
            "granted_seconds": 6_000,
            "settled_debt_seconds": 0,
            "activated_at": "2026-09-01T09:10:00Z",
            "expires_at": None,
        },
    ),
    Example(
        UsageReported,
        "usage-1",
        "90 seconds",
        "2026-09-01T09:30:00Z",
        {
            "seconds": 90,
            "session_id": "session-77",
            "feature": "transcription",
            "metadata": {"app_version": "3.2.0"},
        },
        source=_DESKTOP,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    Example(
        UsageReported,
        "usage-2",
        "Whole minutes",
        "2026-09-01T09:35:00Z",
        {"minutes": 2},
        source=_DESKTOP,
    ),
    Example(
        SpendRequested,
        "spend-1",
        "May 5 minutes be spent?",
        "2026-09-01T09:40:00Z",
        {"minutes": 5},
        source=_DESKTOP,
    ),
    Example(
        SpendAccepted,
        "6f8d6a8e-5c1b-5d7e-a1f0-9d5d8f0b2a01",
        "Yes to spend-1",
        "2026-09-01T09:40:01Z",
        {"request_source": _DESKTOP, "request_id": "spend-1", "spent_seconds": 300},
    ),
    Example(
        SpendRequested,
        "spend-2",
        "May 500 minutes be spent?",
        "2026-09-01T09:41:00Z",
        {"minutes": 500},
        source=_DESKTOP,
    ),
    Example(
        SpendRefused,
        "6f8d6a8e-5c1b-5d7e-a1f0-9d5d8f0b2a02",
        "No to spend-2, and what there is",
        "2026-09-01T09:41:01Z",
        {
            "request_source": _DESKTOP,
            "request_id": "spend-2",
            "requested_seconds": 30_000,
            "available_seconds": 7_290,
        },
    ),
    Example(
        UsageReversed,
        "correction-1",
        "The 90 seconds are taken back",
        "2026-09-01T10:00:00Z",
        {
            "usage_id": "usage-1",
            "usage_source": _DESKTOP,
            "reason": "the transcription came out empty",
            "our_fault": True,
        },
        source=_SHOP,
    ),
    Example(
        UsageReversedFact,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d02",
        "All 90 went back to a package that is still live",
        "2026-09-01T10:00:01Z",
        {
            "usage_id": "usage-1",
            "usage_source": _DESKTOP,
            "reason": "the transcription came out empty",
            "given_back_seconds": 90,
            "expired_again_seconds": 0,
            "cancelled_debt_seconds": 0,
            "support_package_id": None,
            "reversed_at": "2026-09-01T10:00:01Z",
        },
    ),
    Example(
        BalanceChanged,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d03",
        "What account 4711 has after all this",
        "2026-09-01T10:00:01Z",
        {"sequence": 6, "available_seconds": 7_380, "debt_seconds": 0},
    ),
    Example(
        ExpirySweepRequested,
        "sweep-20260908-0911",
        "It is time",
        "2026-09-08T09:11:00Z",
        {},
        subject=None,
    ),
    Example(
        PackageStarted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d05",
        "A package that was bought for September begins",
        "2026-09-01T00:00:01Z",
        {
            "package_id": _PURCHASED,
            "kind": "purchased",
            "started_at": "2026-09-01T00:00:00Z",
            "left_seconds": 6_000,
            "expires_at": "2026-10-01T00:00:00Z",
        },
    ),
    Example(
        PackageExpired,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d04",
        "23 minutes of the present were left",
        "2026-09-08T09:11:01Z",
        {
            "package_id": _PROMO,
            "kind": "promo",
            "expired_at": "2026-09-08T09:10:00Z",
            "unused_seconds": 1_380,
        },
    ),
)
