"""Examples of every contract for the AsyncAPI document; together they tell the story of one account."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from messages.access.requests import AccountRegistered
from messages.asyncapi.examples_payments import PAYMENTS
from messages.envelope import Envelope
from messages.minutes.facts import (
    BalanceChanged,
    PackageExpired,
    PackageGranted,
    SpendAccepted,
    SpendRefused,
    UsageReversedFact,
)
from messages.minutes.reminders import ExpirySweepRequested
from messages.minutes.requests import PackageGrantRequested, SpendRequested, UsageReported, UsageReversed
from messages.write import SOURCE, write

_DESKTOP, _SHOP = "screph-desktop", "screph-shop"
_ACCOUNT = "4711"
_PURCHASED = "5b0e1f9a-6a0c-5a39-9d3f-3f1d0f7f1c01"
_PROMO = "c2a7d1de-08a4-5f0b-8f43-6f2f4a5b7d02"


def examples(model: type[Envelope]) -> list[dict[str, Any]]:
    """Return the examples of one contract as AsyncAPI's message examples."""
    return [example for owner, example in _told() if owner is model]


def array_example() -> dict[str, Any]:
    """Return an example of several events in one message."""
    events = [example["payload"] for example in examples(UsageReported)]
    return {"name": "two-usages", "summary": "Two usages in one message", "payload": events}


def _at(clock: str, *, day: int = 1) -> datetime:
    return datetime.fromisoformat(f"2026-09-{day:02}T{clock}").replace(tzinfo=UTC)


def _told() -> Iterator[tuple[type[Envelope], dict[str, Any]]]:
    def tell(
        model: type[Envelope],
        message_id: str,
        summary: str,
        data: dict[str, Any],
        *,
        at: datetime,
        source: str = SOURCE,
        subject: str | None = _ACCOUNT,
    ) -> tuple[type[Envelope], dict[str, Any]]:
        _, body = write(model, data, at=at, subject=subject, message_id=message_id, source=source)
        return model, {"name": message_id, "summary": summary, "payload": orjson.loads(body)}

    yield tell(
        AccountRegistered,
        "account-4711-1",
        "A user whom account 1024 has invited",
        {
            "email": "anna@example.org",
            "locale": "ru-RU",
            "currency": "RUB",
            "time_zone": "Europe/Moscow",
            "referrer": "1024",
        },
        at=_at("09:00:00"),
        source=_SHOP,
    )
    yield tell(
        AccountRegistered,
        "account-4711-2",
        "Only the language has changed",
        {"locale": "en"},
        at=_at("09:05:00"),
        source=_SHOP,
    )
    yield tell(
        PackageGrantRequested,
        "order-815",
        "100 minutes that were bought",
        {"kind": "purchased", "minutes": 100, "reason": "order 815"},
        at=_at("09:10:00"),
        source=_SHOP,
    )
    yield tell(
        PackageGrantRequested,
        "welcome-4711",
        "Half an hour as a present, for a week, burnt before everything else",
        {
            "kind": "promo",
            "seconds": 1_800,
            "priority": 5,
            "activated_at": "2026-09-01T09:10:00Z",
            "expires_at": "2026-09-08T09:10:00Z",
        },
        at=_at("09:10:01"),
        source=_SHOP,
    )
    yield tell(
        PackageGranted,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d01",
        "It had no debt to pay, and never expires",
        {
            "package_id": _PURCHASED,
            "kind": "purchased",
            "priority": 100,
            "granted_seconds": 6_000,
            "settled_debt_seconds": 0,
            "activated_at": "2026-09-01T09:10:00Z",
            "expires_at": None,
        },
        at=_at("09:10:02"),
    )
    yield tell(
        UsageReported,
        "usage-1",
        "90 seconds",
        {
            "seconds": 90,
            "session_id": "session-77",
            "feature": "transcription",
            "metadata": {"app_version": "3.2.0"},
        },
        at=_at("09:30:00"),
        source=_DESKTOP,
    )
    yield tell(UsageReported, "usage-2", "Whole minutes", {"minutes": 2}, at=_at("09:35:00"), source=_DESKTOP)
    yield tell(
        SpendRequested, "spend-1", "May 5 minutes be spent?", {"minutes": 5}, at=_at("09:40:00"), source=_DESKTOP
    )
    yield tell(
        SpendAccepted,
        "6f8d6a8e-5c1b-5d7e-a1f0-9d5d8f0b2a01",
        "Yes to spend-1",
        {"request_source": _DESKTOP, "request_id": "spend-1", "spent_seconds": 300},
        at=_at("09:40:01"),
    )
    yield tell(
        SpendRequested, "spend-2", "May 500 minutes be spent?", {"minutes": 500}, at=_at("09:41:00"), source=_DESKTOP
    )
    yield tell(
        SpendRefused,
        "6f8d6a8e-5c1b-5d7e-a1f0-9d5d8f0b2a02",
        "No to spend-2, and what there is",
        {
            "request_source": _DESKTOP,
            "request_id": "spend-2",
            "requested_seconds": 30_000,
            "available_seconds": 7_290,
        },
        at=_at("09:41:01"),
    )
    yield tell(
        UsageReversed,
        "correction-1",
        "The 90 seconds are taken back",
        {
            "usage_id": "usage-1",
            "usage_source": _DESKTOP,
            "reason": "the transcription came out empty",
            "our_fault": True,
        },
        at=_at("10:00:00"),
        source=_SHOP,
    )
    yield tell(
        UsageReversedFact,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d02",
        "All 90 went back to a package that is still live",
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
        at=_at("10:00:01"),
    )
    yield tell(
        BalanceChanged,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d03",
        "What account 4711 has after all this",
        {"sequence": 6, "available_seconds": 7_380, "debt_seconds": 0},
        at=_at("10:00:01"),
    )
    yield tell(ExpirySweepRequested, "sweep-20260908-0911", "It is time", {}, at=_at("09:11:00", day=8), subject=None)
    yield tell(
        PackageExpired,
        "0f5c2f0e-3f0b-4f6e-9b57-0a4b4a0c1d04",
        "23 minutes of the present were left",
        {
            "package_id": _PROMO,
            "kind": "promo",
            "expired_at": "2026-09-08T09:10:00Z",
            "unused_seconds": 1_380,
        },
        at=_at("09:11:01", day=8),
    )
    for told in PAYMENTS:
        at = _at(told.clock)
        yield tell(told.model, told.id, told.summary, told.data, at=at, source=told.source, subject=told.subject)
