"""Rows of the tables of access that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import A, Rows

OPERATOR = 4711

GOOD_ACCESS_ROWS: Rows = {
    "token": {
        "account": A,
        "kind": "user",
        "sha256": bytes(32),
        "last_four": "4711",
        "scopes": "account:read",
        "created_at": "2026-01-01Z",
    },
    "entry_link": {
        "token_hash": bytes(32),
        "account": A,
        "task": "/",
        "asked_by": "test",
        "created_at": "2026-01-01T00:00Z",
        "expires_at": "2026-01-01T00:01Z",
    },
    "portal_session": {
        "token_hash": bytes(32),
        "account": A,
        "created_at": "2026-01-01Z",
        "seen_at": "2026-01-01Z",
    },
    "standing_change": {
        "account": A,
        "standing": "blocked",
        "by": "operator/anna",
        "reason": "stolen cards",
        "message": 1,
        "at": "2026-01-01Z",
    },
    "sign_in_code": {
        "browser_hash": bytes(32),
        "mail_hash": bytes(32),
        "code_hash": bytes(32),
        "asked_at": "2026-01-01T00:00Z",
        "expires_at": "2026-01-01T00:10Z",
    },
    "operator": {
        "name": "anna",
        "role": "owner",
        "totp_secret": "JBSWY3DPEHPK3PXP",
        "created_by": "root",
        "created_at": "2026-01-01Z",
    },
    "operator_session": {
        "operator": OPERATOR,
        "token_hash": bytes(32),
        "form_secret": "f",
        "created_at": "2026-01-01Z",
        "seen_at": "2026-01-01Z",
        "proved_at": "2026-01-01Z",
    },
    "operator_request": {
        "account": A,
        "kind": "grant",
        "words": "700 minutes",
        "data": "{}",
        "message_id": "form-1",
        "reason": "an outage",
        "asked_by": "anna",
        "asked_at": "2026-01-01Z",
    },
    "recovery_code": {"operator": OPERATOR, "code_hash": bytes(32)},
    "saved_filter": {
        "operator": OPERATOR,
        "path": "/orders",
        "name": "failed",
        "query": "status=failed",
        "created_at": "2026-01-01Z",
    },
    "passkey": {
        "operator": OPERATOR,
        "credential_id": bytes(16),
        "public_key": bytes(77),
        "sign_count": 0,
        "name": "Laptop",
        "created_at": "2026-01-01Z",
    },
    "passkey_challenge": {
        "challenge_hash": bytes(32),
        "purpose": "sign_in",
        "bound_hash": bytes(32),
        "expires_at": "2026-01-01Z",
    },
    "audit_log": {
        "id": 1,
        "at": "2026-01-01Z",
        "name": "anna",
        "role": "owner",
        "action": "session.begin",
        "previous_hash": bytes(32),
        "hash": bytes(32),
    },
}

OPERATOR_THERE_ALREADY = ("operator", GOOD_ACCESS_ROWS["operator"] | {"number": OPERATOR, "name": "otto"})

BAD_ACCESS_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("token", "token_sha256_length", {"sha256": bytes(31)}),
    ("token", "token_owner", {"kind": "server"}),
    ("token", "token_owner", {"account": None, "name": "somebody"}),
    ("token", "token_name", {"name": "somebody"}),
    ("token", "token_name", {"kind": "server", "account": None}),
    ("token", "token_period_not_empty", {"expires_at": "2026-01-01Z"}),
    ("token", "token_origin", {"origin": "https://screph.example"}),
    ("sign_in_code", "sign_in_code_period", {"expires_at": "2026-01-01T00:00Z"}),
    ("sign_in_code", "sign_in_code_wrong", {"wrong": 6}),
    ("sign_in_code", "sign_in_code_wrong", {"wrong": -1}),
    ("sign_in_code", "sign_in_code_used", {"used_at": "2026-01-01Z"}),
    ("entry_link", "entry_link_view", {"viewed_by": "anna"}),
    ("portal_session", "portal_session_view", {"operator_session": 1}),
    ("operator", "operator_name_form", {"name": "Anna"}),
    ("operator", "operator_name_form", {"name": ""}),
    ("operator", "operator_invite", {"invite_hash": bytes(32)}),
    ("operator", "operator_joined", {"joined_at": "2026-01-01Z"}),
    ("operator_request", "operator_request_decided", {"state": "declined"}),
    ("operator_request", "operator_request_decided", {"decided_at": "2026-01-02Z", "decided_by": "boris"}),
    (
        "operator_request",
        "operator_request_two_people",
        {"state": "approved", "decided_at": "2026-01-02Z", "decided_by": "anna"},
    ),
    ("operator_request", "operator_request_outcome", {"outcome": "too much"}),
    ("saved_filter", "saved_filter_form", {"name": ""}),
    ("saved_filter", "saved_filter_form", {"query": "q" * 1_001}),
    ("passkey", "passkey_holder", {"operator": None}),
    ("passkey", "passkey_holder", {"account": A}),
    ("passkey", "passkey_sign_count", {"sign_count": -1}),
    ("passkey", "passkey_name", {"name": ""}),
    ("audit_log", "audit_log_first", {"id": 0}),
    ("audit_log", "audit_log_message", {"source": "operator/anna"}),
    ("audit_log", "audit_log_hashes", {"hash": bytes(31)}),
    ("audit_log", "audit_log_hashes", {"seal": bytes(31)}),
]

ACCESS_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("token", {"kind": "operator"}),
    ("operator", {"role": "root"}),
    ("passkey_challenge", {"purpose": "remember"}),
    ("standing_change", {"standing": "asleep"}),
    ("operator_request", {"kind": "gift"}),
    ("operator_request", {"state": "over"}),
]

ACCESS_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("token", "token_account_fkey", {"account": 4712}),
    ("entry_link", "entry_link_account_fkey", {"account": 4712}),
    ("portal_session", "portal_session_account_fkey", {"account": 4712}),
    ("standing_change", "standing_change_account_fkey", {"account": 4712}),
    ("sign_in_code", "sign_in_code_account_fkey", {"account": 4712}),
    ("operator_session", "operator_session_operator_fkey", {"operator": 4712}),
    ("operator_request", "operator_request_account_fkey", {"account": 4712}),
    ("recovery_code", "recovery_code_operator_fkey", {"operator": 4712}),
    ("saved_filter", "saved_filter_operator_fkey", {"operator": 4712}),
    ("passkey", "passkey_operator_fkey", {"operator": 4712}),
    ("passkey", "passkey_account_fkey", {"operator": None, "account": 4712}),
]

ACCESS_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("token", "token_sha256", {}, {"last_four": "4712"}),
    ("entry_link", "entry_link_token", {}, {"task": "/buy"}),
    ("portal_session", "portal_session_token", {}, {"device": "a browser"}),
    ("sign_in_code", "sign_in_code_browser", {}, {"mail_hash": bytes(31)}),
    ("operator", "operator_name", {}, {"role": "viewer"}),
    ("operator_session", "operator_session_token", {}, {"form_secret": "g"}),
    ("operator_request", "operator_request_once", {}, {"words": "more"}),
    ("recovery_code", "recovery_code_pkey", {}, {}),
    ("saved_filter", "saved_filter_name", {}, {"query": "status=paid"}),
    ("passkey", "passkey_credential", {}, {"name": "Telephone"}),
    ("passkey_challenge", "passkey_challenge_pkey", {}, {"purpose": "prove"}),
    ("audit_log", "audit_log_of_message", {"source": "operator/anna", "event_id": "1"}, {"id": 2}),
]
