"""What may help after a decline, by YooKassa's reason for it."""

from domain.gateway.decline import Decline, Retry

RETRIES: dict[str, Retry] = (
    dict.fromkeys(
        [
            "call_issuer",
            "general_decline",
            "insufficient_funds",
            "internal_timeout",
            "issuer_unavailable",
            "payment_method_limit_exceeded",
            "rejected_by_timeout",
        ],
        Retry.LATER,
    )
    | dict.fromkeys(
        ["3d_secure_failed", "expired_on_confirmation", "identification_required"],
        Retry.CUSTOMER_ACTION,
    )
    | dict.fromkeys(
        [
            "card_expired",
            "country_forbidden",
            "invalid_card_number",
            "invalid_csc",
            "payment_method_restricted",
            "permission_revoked",
            "unsupported_mobile_operator",
        ],
        Retry.NEW_METHOD,
    )
    | {"fraud_suspected": Retry.NEVER}
)
"""By `cancellation_details.reason` of a payment, as YooKassa documents them."""

VAGUE = frozenset({"call_issuer", "general_decline"})
"""Reasons that say nothing: a few tries, and no more."""


def decline_of(reason: str) -> Decline:
    """Return what may help after a decline; a charge with an unknown reason is tried again later."""
    return Decline(RETRIES.get(reason, Retry.LATER), reason, is_vague=reason in VAGUE or reason not in RETRIES)
