"""Rows of the tables of minutes and messages that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import PACKAGE_ID, Rows

GOOD_ROWS: Rows = {
    "account": {"id": "b"},
    "package": {
        "id": PACKAGE_ID,
        "account_id": "a",
        "kind": "promo",
        "priority": 10,
        "activated_at": "2026-01-01Z",
        "expires_at": "2026-02-01Z",
        "granted_seconds": 60,
        "left_seconds": 60,
    },
    "usage": {
        "id": 1,
        "account_id": "a",
        "used_seconds": 60,
        "burnt_seconds": 60,
        "occurred_at": "2026-01-01Z",
        "judged_at": "2026-01-01Z",
        "policy": "oldest_first",
    },
    "entry": {
        "account_id": "a",
        "kind": "grant",
        "seconds": 60,
        "package_id": PACKAGE_ID,
        "message_id": 1,
        "effective_at": "2026-01-01Z",
    },
    "inbox": {"source": "s", "event_id": "1", "type": "t", "sha256": bytes(32)},
    "dead_letter": {
        "via": "quarantined",
        "queue": "q",
        "code": "c",
        "reason": "r",
        "body": b"",
        "body_sha256": bytes(32),
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
    ("package", "package_kind", {"kind": "gift"}),
    ("package", "package_kind", {"kind": "Promo"}),
    ("package", "package_state", {"state": "expired"}),
    ("usage", "usage_positive", {"used_seconds": 0, "burnt_seconds": 0}),
    ("usage", "usage_every_second_accounted_for", {"burnt_seconds": 59}),
    ("usage", "usage_every_second_accounted_for", {"debt_seconds": 1}),
    ("usage", "usage_every_second_accounted_for", {"forgiven_seconds": 1}),
    ("usage", "usage_parts_not_negative", {"burnt_seconds": 61, "debt_seconds": -1}),
    ("usage", "usage_parts_not_negative", {"burnt_seconds": 61, "forgiven_seconds": -1}),
    ("usage", "usage_parts_not_negative", {"burnt_seconds": -1, "debt_seconds": 61}),
    ("usage", "usage_policy", {"policy": "newest_first"}),
    ("entry", "entry_not_empty", {"seconds": 0}),
    *(
        ("entry", "entry_kind_fits_package", {"kind": kind})
        for kind in ("debt", "debt_settled", "debt_cancelled", "forgiven", "gift")
    ),
    *(
        ("entry", "entry_kind_fits_package", {"kind": kind, "package_id": None})
        for kind in ("grant", "burn", "settle", "give_back", "expire", "void", "freeze", "unfreeze", "gift")
    ),
    ("inbox", "inbox_outcome", {"outcome": "rejected"}),
    ("inbox", "inbox_hash_length", {"sha256": bytes(31)}),
    ("dead_letter", "dead_letter_via", {"via": "lost"}),
    ("dead_letter", "dead_letter_state", {"state": "forgotten", **DECIDED}),
    ("dead_letter", "dead_letter_resolution", {"state": "replayed"}),
    ("dead_letter", "dead_letter_resolution", DECIDED),
    ("dead_letter", "dead_letter_discard_reason", {"state": "discarded", "resolution": "", **DECIDED}),
]
