"""What may help after a decline, by Stripe's reason for it."""

from collections.abc import Mapping
from typing import Any

from domain.gateway.decline import Decline, Retry

AUTHENTICATION_REQUIRED = "authentication_required"

RETRIES: Mapping[str, Retry] = (
    dict.fromkeys(
        [
            "card_velocity_exceeded",
            "do_not_honor",
            "generic_decline",
            "insufficient_funds",
            "issuer_not_available",
            "processing_error",
            "reenter_transaction",
            "try_again_later",
            "withdrawal_count_limit_exceeded",
        ],
        Retry.LATER,
    )
    | dict.fromkeys([AUTHENTICATION_REQUIRED, "authentication_not_handled"], Retry.CUSTOMER_ACTION)
    | dict.fromkeys(
        [
            "card_not_supported",
            "currency_not_supported",
            "expired_card",
            "incorrect_cvc",
            "incorrect_number",
            "invalid_account",
            "invalid_expiry_month",
            "invalid_expiry_year",
            "lost_card",
            "new_account_information_available",
            "payment_method_unactivated",
            "pickup_card",
            "resource_missing",
            "restricted_card",
            "revocation_of_all_authorizations",
            "revocation_of_authorization",
            "stolen_card",
            "stop_payment_order",
            "transaction_not_allowed",
        ],
        Retry.NEW_METHOD,
    )
    | dict.fromkeys(["fraudulent", "highest_risk_level", "merchant_blacklist"], Retry.NEVER)
)
"""By `decline_code`, or `code` where there is none. Any other one is `LATER`."""

VAGUE = frozenset({"do_not_honor", "generic_decline"})
"""Reasons that say nothing: a few tries, and no more."""

ADVICE: Mapping[str, Retry] = {
    "try_again_later": Retry.LATER,
    "confirm_card_data": Retry.NEW_METHOD,
    "do_not_try_again": Retry.NEW_METHOD,
}
"""By `advice_code`, the advice of the card's network itself, which counts for more than the reason."""


def decline_of(error: Mapping[str, Any]) -> Decline:
    """
    Return what may help after a decline.

    Args:
        error: the `error` of an answer, or the `last_payment_error` of a payment.
    """
    code = error.get("decline_code") or error.get("code") or "generic_decline"
    retry = RETRIES.get(code, Retry.LATER)
    if retry is Retry.CUSTOMER_ACTION:
        # Only the buyer can help here, whatever the network advises about the card.
        return Decline(retry, code)
    return Decline(
        ADVICE.get(error.get("advice_code") or "", retry), code, is_vague=code in VAGUE or code not in RETRIES
    )


def wants_buyer(error: Mapping[str, Any]) -> bool:
    """Tell whether the same method may work once the buyer has confirmed."""
    return decline_of(error).retry is Retry.CUSTOMER_ACTION
