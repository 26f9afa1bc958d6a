"""Rows of the tables of minutes and messages that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import PACKAGE_ID, A, Rows

GOOD_ROWS: Rows = {
    "account": {"id": "b"},
    "package": {
        "id": PACKAGE_ID,
        "account": A,
        "kind": "promo",
        "priority": 10,
        "activated_at": "2026-01-01Z",
        "expires_at": "2026-02-01Z",
        "granted_seconds": 60,
        "left_seconds": 60,
    },
    "entry": {
        "previous_id": 0,
        "account": A,
        "kind": "grant",
        "seconds": 60,
        "package": 1,
        "message_id": 1,
        "effective_at": "2026-01-01Z",
    },
    "inbox": {
        "key": PACKAGE_ID,
        "content_hash": PACKAGE_ID,
        "account": A,
        "type": "screph.usage.reported.v1",
        "source": "s",
        "event_id": "1",
        "used_seconds": 60,
        "policy": "oldest_first",
        "occurred_at": "2026-01-01Z",
    },
    "dead_letter": {
        "via": "quarantined",
        "queue": "q",
        "code": "c",
        "reason": "r",
        "body": b"",
        "content_sha256": bytes(32),
    },
    "letter_decision": {
        "does": "replay",
        "wanted": "{}",
        "letters": "[1, 2]",
        "total": 2,
        "reason": "r",
        "decided_by": "ann",
        "message_id": 1,
        "created_at": "2026-01-01Z",
        "moved_at": "2026-01-01Z",
    },
}

DECIDED = {"resolved_at": "2026-01-01Z", "resolved_by": "somebody"}

BAD_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("account", "account_id_length", {"id": ""}),
    ("account", "account_id_length", {"id": "x" * 65}),
    ("account", "account_debt_not_negative", {"debt_seconds": -1}),
    ("account", "account_sequence_not_negative", {"sequence": -1}),
    ("package", "package_every_second_accounted_for", {"left_seconds": 59}),
    ("package", "package_every_second_accounted_for", {"left_seconds": 61}),
    *(
        ("package", "package_every_second_accounted_for", {f"{bucket}_seconds": 1})
        for bucket in ("consumed", "held", "frozen", "expired", "voided")
    ),
    *(
        ("package", "package_seconds_not_negative", {"left_seconds": 61, f"{bucket}_seconds": -1})
        for bucket in ("consumed", "held", "frozen", "expired", "voided")
    ),
    ("package", "package_seconds_not_negative", {"left_seconds": -1, "consumed_seconds": 61}),
    ("package", "package_seconds_not_negative", {"granted_seconds": -1, "left_seconds": -1}),
    ("package", "package_period_not_empty", {"expires_at": "2026-01-01Z"}),
    ("package", "package_period_not_empty", {"expires_at": "2025-12-31Z"}),
    ("inbox", "inbox_usage_positive", {"used_seconds": 0}),
    ("inbox", "inbox_usage_every_second_accounted_for", {"debt_seconds": 61}),
    ("inbox", "inbox_usage_every_second_accounted_for", {"debt_seconds": 30, "forgiven_seconds": 31}),
    ("inbox", "inbox_usage_parts_positive", {"debt_seconds": 0}),
    ("inbox", "inbox_usage_parts_positive", {"debt_seconds": -1}),
    ("inbox", "inbox_usage_parts_positive", {"forgiven_seconds": 0}),
    ("inbox", "inbox_usage_parts_positive", {"forgiven_seconds": -1}),
    ("inbox", "inbox_usage_whole", {"used_seconds": None}),
    ("inbox", "inbox_usage_whole", {"occurred_at": None}),
    ("inbox", "inbox_usage_whole", {"policy": None}),
    ("inbox", "inbox_usage_whole", {"used_seconds": None, "policy": None, "occurred_at": None, "reversed_by": 7}),
    ("entry", "entry_not_empty", {"seconds": 0}),
    *(
        ("entry", "entry_kind_fits_package", {"kind": kind})
        for kind in ("debt", "debt_settled", "debt_cancelled", "forgiven")
    ),
    *(
        ("entry", "entry_kind_fits_package", {"kind": kind, "package": None})
        for kind in ("grant", "burn", "settle", "give_back", "expire", "void", "freeze", "unfreeze")
    ),
    ("entry", "entry_chain", {"id": 7, "previous_id": 7}),
    ("entry", "entry_chain", {"id": 7, "previous_id": 8}),
    ("dead_letter", "dead_letter_resolution", {"state": "replayed"}),
    ("dead_letter", "dead_letter_resolution", DECIDED),
    ("dead_letter", "dead_letter_discard_reason", {"state": "discarded", "resolution": "", **DECIDED}),
    ("letter_decision", "letter_decision_total", {"total": 3}),
    ("letter_decision", "letter_decision_total", {"total": 0, "letters": "[]", "ended_at": "2026-01-01Z"}),
    ("letter_decision", "letter_decision_progress", {"done": 1}),
    ("letter_decision", "letter_decision_progress", {"done": -1}),
    ("letter_decision", "letter_decision_progress", {"looked_at": 3}),
    ("letter_decision", "letter_decision_ended", {"looked_at": 2}),
    ("letter_decision", "letter_decision_ended", {"ended_at": "2026-01-01Z"}),
]

WRONG_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("package", {"kind": "gift"}),
    ("package", {"kind": "Promo"}),
    ("package", {"state": "expired"}),
    ("inbox", {"policy": "newest_first"}),
    ("inbox", {"outcome": "rejected"}),
    ("inbox", {"type": "screph.nonsense.v1"}),
    ("entry", {"kind": "gift"}),
    ("entry", {"kind": "gift", "package": None}),
    ("dead_letter", {"via": "lost"}),
    ("dead_letter", {"state": "forgotten", **DECIDED}),
    ("letter_decision", {"does": "forget"}),
]
"""Words that an enumeration does not have."""
