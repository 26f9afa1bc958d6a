"""Rows of the tables of programmes and referrals that the schema must take, and rows that it must refuse."""

from typing import Any

from tests.store.payments.payment_rows import NOTHING, A, Rows

N, B = 4711, 4719
"""The numbers of the terms and the programme that are there already, and of a second account."""

_AT = "2026-01-01Z"
_UUID, _OTHER = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"

_PROGRAMME = {
    "id": "welcome",
    "trigger": "first_purchase",
    "seconds": 600,
    "message_id": 1,
    "created_by": "ann",
    "created_at": _AT,
}
_AWARD = {
    "programme": N,
    "account": A,
    "cause": "2026",
    "package_id": _UUID,
    "seconds": 600,
    "earned_at": _AT,
    "granted_at": _AT,
}
_TERMS = {
    "referrer_seconds": 1_800,
    "friend_seconds": 600,
    "monthly_limit": 10,
    "window_days": 14,
    "message_id": 1,
    "created_by": "ann",
    "created_at": _AT,
}
_REFERRAL = {
    "id": _UUID,
    "referrer": A,
    "friend": B,
    "terms": N,
    "status": "attributed",
    "message_id": 1,
    "attributed_at": _AT,
}

GOOD_REFERRAL_ROWS: Rows = {
    "programme": _PROGRAMME,
    "programme_award": _AWARD,
    "referral_terms": _TERMS,
    "invitation": {"account": A, "text": "7KQM", "folded": "7KQM", "created_at": _AT},
    "referral": _REFERRAL,
}

REFERRALS_THERE_ALREADY = (
    ("account", {"number": B, "id": "friend"}),
    ("programme", _PROGRAMME | {"number": N, "id": "earlier"}),
    ("referral_terms", _TERMS | {"number": N}),
)

BAD_REFERRAL_ROWS: list[tuple[str, str, dict[str, Any]]] = [
    ("programme", "programme_gives", {"seconds": 0}),
    ("programme", "programme_gives", {"valid_days": 0}),
    ("programme", "programme_purchases", {"trigger": "nth_purchase"}),
    ("programme", "programme_after_days", {"trigger": "return"}),
    ("programme", "programme_time_not_empty", {"starts_at": _AT, "ends_at": _AT}),
    ("programme", "programme_limits_positive", {"uses_limit": 0}),
    ("programme", "programme_limits_positive", {"budget_seconds": 0}),
    ("programme", "programme_counts_not_negative", {"used": -1}),
    ("programme", "programme_counts_not_negative", {"used_seconds": -1}),
    ("programme", "programme_paused_by", {"paused_at": _AT}),
    ("programme_award", "programme_award_seconds", {"seconds": 0}),
    ("programme_award", "programme_award_seconds", {"voided_seconds": 601, "reversed_at": _AT}),
    ("programme_award", "programme_award_reversed", {"voided_seconds": 1}),
    ("referral_terms", "referral_terms_not_negative", {"referrer_seconds": -1}),
    ("referral_terms", "referral_terms_positive", {"monthly_limit": 0}),
    ("referral_terms", "referral_terms_positive", {"window_days": -1}),
    ("referral", "referral_of_two", {"friend": A}),
    ("referral", "referral_has_purchase", {"status": "pending"}),
    ("referral", "referral_has_purchase", {"due_at": _AT}),
    ("referral", "referral_qualified", {"status": "qualified", "order_id": "o", "due_at": _AT}),
    ("referral", "referral_ended", {"status": "refused"}),
    ("referral", "referral_ended", {"ended_at": _AT, "why": "not_new"}),
    ("referral", "referral_seconds", {"friend_seconds": 1, "friend_package_id": _OTHER}),
    ("referral", "referral_seconds", {"referrer_voided_seconds": 1}),
    ("referral", "referral_packages", {"friend_package_id": _OTHER}),
]

REFERRAL_WORDS: list[tuple[str, dict[str, Any]]] = [
    ("programme", {"trigger": "rain"}),
    ("referral", {"status": "lost"}),
]

REFERRAL_ONCE_ONLY: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("programme", "programme_id", {}, {"seconds": 1}),
    ("programme_award", "programme_award_once", {}, {"package_id": _OTHER}),
    ("programme_award", "programme_award_package", {}, {"cause": "2027"}),
    ("invitation", "invitation_pkey", {}, {"folded": "8KQM"}),
    ("invitation", "invitation_folded", {}, {"account": B}),
    ("referral", "referral_of_friend", {}, {"id": _OTHER}),
]

REFERRAL_OF_NOBODY: list[tuple[str, str, dict[str, Any]]] = [
    ("programme_award", "programme_award_programme_fkey", {"programme": NOTHING}),
    ("programme_award", "programme_award_account_fkey", {"account": NOTHING}),
    ("programme_award", "programme_award_order_id_fkey", {"order_id": "nothing"}),
    ("invitation", "invitation_account_fkey", {"account": NOTHING}),
    ("referral", "referral_referrer_fkey", {"referrer": NOTHING}),
    ("referral", "referral_friend_fkey", {"friend": NOTHING}),
    ("referral", "referral_terms_fkey", {"terms": NOTHING}),
    ("referral", "referral_order_id_fkey", {"order_id": "nothing", "due_at": _AT}),
]
