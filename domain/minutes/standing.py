"""Standing: whether an account may buy and spend, is blocked for now, or is closed for ever."""

from enum import StrEnum

from domain.refusal import Refusal


class Standing(StrEnum):
    """What an account may do. What was used is booked whichever it is."""

    OPEN = "open"
    BLOCKED = "blocked"
    CLOSED = "closed"


BLOCKED = Refusal("AccountBlocked", "the account is blocked: it may neither buy nor spend on request")
CLOSED = Refusal("AccountClosed", "the account is closed for ever: it may neither buy nor spend on request")
BLOCKED_BEFORE = Refusal("AlreadyBlocked", "the account is blocked already")
NOT_BLOCKED = Refusal("NotBlocked", "the account is not blocked")


def refuse_standing(standing: Standing) -> Refusal | None:
    """Return why an account may neither buy nor spend on request; None: it may."""
    match standing:
        case Standing.OPEN:
            return None
        case Standing.BLOCKED:
            return BLOCKED
        case Standing.CLOSED:
            return CLOSED


def refuse_block(standing: Standing) -> Refusal | None:
    """Return why an account cannot be blocked; None: it can."""
    match standing:
        case Standing.OPEN:
            return None
        case Standing.BLOCKED:
            return BLOCKED_BEFORE
        case Standing.CLOSED:
            return CLOSED


def refuse_unblock(standing: Standing) -> Refusal | None:
    """Return why an account cannot be unblocked; None: it can."""
    match standing:
        case Standing.OPEN:
            return NOT_BLOCKED
        case Standing.BLOCKED:
            return None
        case Standing.CLOSED:
            return CLOSED
