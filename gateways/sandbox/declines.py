"""What may help after a decline, by the sandbox's code for it."""

from domain.gateway.decline import Decline, Retry

RETRIES = {
    "card_declined": Retry.LATER,
    "insufficient_funds": Retry.LATER,
    "bank_unavailable": Retry.LATER,
    "authentication_required": Retry.CUSTOMER_ACTION,
    "authentication_failed": Retry.CUSTOMER_ACTION,
    "card_expired": Retry.NEW_METHOD,
    "method_removed": Retry.NEW_METHOD,
    "fraud_suspected": Retry.NEVER,
}


def decline_of(code: str) -> Decline:
    """Return what may help after a decline; a charge with an unknown code is tried again later."""
    return Decline(RETRIES.get(code, Retry.LATER), code, is_vague=code not in RETRIES)
