"""Rows of the tables of notices that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import NOTHING, A, Rows

NOTICE = 4711

GOOD_NOTICE_ROWS: Rows = {
    "notice": {
        "account": A,
        "kind": "refund",
        "subject": "refund-1",
        "content": "{}",
        "owed_at": "2026-01-01Z",
        "due_at": "2026-01-01Z",
    },
    "notice_delivery": {
        "notice": NOTICE,
        "channel": "mail",
        "push_subscription": 0,
        "next_attempt_at": "2026-01-01Z",
        "message_id": "<1@screph>",
    },
    "notice_preference": {"account": A, "kind": "all", "channel": "push", "changed_at": "2026-01-01Z"},
    "push_subscription": {
        "account": A,
        "created_at": "2026-01-01Z",
        "endpoint": "https://push.example/1",
        "p256dh": "k",
        "auth": "s",
    },
}

NOTICE_THERE_ALREADY = ("notice", GOOD_NOTICE_ROWS["notice"] | {"id": NOTICE, "subject": "refund-0"})

BAD_NOTICE_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("account", "account_low_balance_not_negative", {"low_balance_seconds": -1}),
    ("account", "account_quiet_hours_whole", {"quiet_from": "22:00"}),
    ("account", "account_quiet_hours_whole", {"quiet_until": "08:00"}),
    ("notice", "notice_ended_at", {"state": "sent"}),
    ("notice", "notice_ended_at", {"ended_at": "2026-01-01Z"}),
    ("notice", "notice_reason", {"state": "dropped", "ended_at": "2026-01-01Z"}),
    ("notice", "notice_reason", {"state": "failed", "ended_at": "2026-01-01Z"}),
    ("notice_delivery", "notice_delivery_sent_at", {"state": "sent"}),
    ("notice_delivery", "notice_delivery_sent_at", {"sent_at": "2026-01-01Z"}),
    ("notice_delivery", "notice_delivery_attempts", {"attempts": -1}),
]

NOTICE_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("account", {"balance_level": "rich"}),
    ("notice", {"kind": "birthday"}),
    ("notice", {"state": "lost"}),
    ("notice_delivery", {"channel": "pigeon"}),
    ("notice_delivery", {"state": "lost"}),
]

NOTICE_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("notice", "notice_once", {}, {"content": '{"other": 1}'}),
    ("notice_delivery", "notice_delivery_pkey", {}, {"address": "other"}),
    ("notice_preference", "notice_preference_pkey", {}, {"is_wanted": True}),
    ("push_subscription", "push_subscription_endpoint", {}, {"auth": "other"}),
]

NOTICE_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("notice", "notice_account_fkey", {"account": NOTHING}),
    ("notice_delivery", "notice_delivery_notice_fkey", {"notice": NOTHING}),
    ("notice_preference", "notice_preference_account_fkey", {"account": NOTHING}),
    ("push_subscription", "push_subscription_account_fkey", {"account": NOTHING}),
]
