"""Rows of the tables of statistics that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import A, Rows

_MONEY = {"product": 1, "kind": "first", "gateway": "stripe", "currency": "EUR"}

GOOD_STATISTICS_ROWS: Rows = {
    "money_change": {"happened_at": "2026-01-01Z", "account": A, **_MONEY},
    "bucket_money": {"bucket": "2026-01-01Z", **_MONEY},
    "bucket_minutes": {
        "bucket": "2026-01-01Z",
        "seconds": -60,
        "lines": 1,
        "entry_kind": "burn",
        "package_kind": "purchased",
    },
    "account_day": {"day": "2026-01-01", "account": A, "seconds": 60, "usages": 1},
    "account_first": {"account": A},
    "day_activity": {
        "day": "2026-01-01",
        "counted_at": "2026-01-02Z",
        "seconds": 60,
        "usages": 1,
        "of_day": 1,
        "of_week": 1,
        "of_month": 1,
    },
    "day_deferred": {
        "day": "2026-01-01",
        "taken_at": "2026-01-02Z",
        "deferred_minor": 1,
        "net_minor": 1,
        "seconds": 1,
        "product": 1,
        "kind": "first",
        "currency": "EUR",
    },
    "late_change": {
        "bucket": "2026-01-01Z",
        "amount": 1,
        "changed_on": "2026-01-02",
        "what": "gross",
        "currency": "EUR",
    },
    "process": {
        "id": "1",
        "kind": "worker",
        "host": "one",
        "pid": 1,
        "version": "1.0",
        "started_at": "2026-01-01Z",
        "seen_at": "2026-01-01Z",
    },
    "statistics_state": {"number": 1, "zone": "UTC"},
    "audit_run": {"began_at": "2026-01-01Z", "ended_at": "2026-01-01Z", "invariants": 1, "broken": "{}"},
}

BAD_STATISTICS_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("bucket_minutes", "bucket_minutes_has_lines", {"lines": 0}),
    ("statistics_state", "statistics_state_is_one", {"number": 2}),
]

STATISTICS_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("bucket_minutes", {"entry_kind": "gift"}),
    ("bucket_money", {"kind": "gift"}),
]
