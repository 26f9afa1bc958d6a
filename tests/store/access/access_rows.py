"""Rows of the tables of access that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import A, Rows

GOOD_ACCESS_ROWS: Rows = {
    "token": {
        "account": A,
        "kind": "user",
        "sha256": bytes(32),
        "last_four": "4711",
        "scopes": "account:read",
        "created_at": "2026-01-01Z",
    },
    "sign_in_code": {
        "browser_hash": bytes(32),
        "mail_hash": bytes(32),
        "code_hash": bytes(32),
        "asked_at": "2026-01-01T00:00Z",
        "expires_at": "2026-01-01T00:10Z",
    },
}

BAD_ACCESS_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("token", "token_sha256_length", {"sha256": bytes(31)}),
    ("token", "token_owner", {"kind": "server"}),
    ("token", "token_owner", {"account": None, "name": "somebody"}),
    ("token", "token_name", {"name": "somebody"}),
    ("token", "token_name", {"kind": "server", "account": None}),
    ("token", "token_period_not_empty", {"expires_at": "2026-01-01Z"}),
    ("sign_in_code", "sign_in_code_period", {"expires_at": "2026-01-01T00:00Z"}),
    ("sign_in_code", "sign_in_code_wrong", {"wrong": 6}),
    ("sign_in_code", "sign_in_code_wrong", {"wrong": -1}),
    ("sign_in_code", "sign_in_code_used", {"used_at": "2026-01-01Z"}),
]

ACCESS_WORDS: list[tuple[str, dict[str, Any]]] = [("token", {"kind": "operator"})]

ACCESS_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("token", "token_account_fkey", {"account": 4712}),
    ("sign_in_code", "sign_in_code_account_fkey", {"account": 4712}),
]

ACCESS_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("token", "token_sha256", {}, {"last_four": "4712"}),
    ("sign_in_code", "sign_in_code_browser", {}, {"mail_hash": bytes(31)}),
]
