"""Rows of the tables of campaigns that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import NOTHING, A, Rows

N = 4711
"""The number of campaign `earlier`."""

_AT = "2026-01-01Z"

_CAMPAIGN = {
    "id": "outage",
    "kind": "compensation",
    "segment": "{}",
    "seconds_each": 600,
    "reason": "the outage",
    "accounts": 1,
    "status": "waiting",
    "message_id": 1,
    "created_by": "ann",
    "created_at": _AT,
}
_VOIDING = {"status": "voiding", "void_message_id": 2, "void_reason": "a mistake"}

GOOD_CAMPAIGN_ROWS: Rows = {"campaign": _CAMPAIGN, "campaign_account": {"campaign": N, "account": A}}

CAMPAIGN_THERE_ALREADY = ("campaign", _CAMPAIGN | {"number": N, "id": "earlier"})

BAD_CAMPAIGN_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("campaign", "campaign_offer_positive", {"seconds_each": 0}),
    ("campaign", "campaign_offer_positive", {"valid_days": 0}),
    ("campaign", "campaign_offer_positive", {"accounts": -1}),
    ("campaign", "campaign_approved_by_another", {"approved_by": "Ann", "approved_at": _AT}),
    ("campaign", "campaign_approved_by_another", {"approved_by": "grace"}),
    ("campaign", "campaign_waiting", {"started_at": _AT}),
    ("campaign", "campaign_started", {"status": "running"}),
    ("campaign", "campaign_completed", {"status": "completed", "started_at": _AT, "granted_accounts": 0}),
    ("campaign", "campaign_void_has_cause", {"status": "voiding"}),
    ("campaign", "campaign_void_has_cause", {"void_message_id": 2, "void_reason": "a mistake"}),
    ("campaign", "campaign_void_has_cause", _VOIDING | {"void_reason": None}),
    ("campaign", "campaign_voided", _VOIDING | {"voided_at": _AT, "voided_seconds": 0}),
    ("campaign", "campaign_voided", _VOIDING | {"status": "voided", "voided_at": _AT}),
    ("campaign_account", "campaign_account_voided_was_granted", {"voided_seconds": 0}),
    ("campaign_account", "campaign_account_voided_not_negative", {"voided_seconds": -1}),
]

CAMPAIGN_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("campaign", {"kind": "present"}),
    ("campaign", {"status": "lost"}),
]

CAMPAIGN_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("campaign", "campaign_id", {}, {"seconds_each": 1}),
    ("campaign_account", "campaign_account_pkey", {}, {}),
]

CAMPAIGN_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("campaign_account", "campaign_account_campaign_fkey", {"campaign": NOTHING}),
    ("campaign_account", "campaign_account_account_fkey", {"account": NOTHING}),
    ("campaign_account", "campaign_account_package_fkey", {"package": NOTHING}),
]
