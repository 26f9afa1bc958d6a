"""Why the sandbox's bank says no, and what may help."""

from domain.gateway.decline import Decline, Retry

DECLINES = {
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
    """Return what a code asks for; one that is not known may be tried again later."""
    return Decline(DECLINES.get(code, Retry.LATER), code)
