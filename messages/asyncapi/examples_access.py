"""Examples of the contracts of accounts: blocked, freed and closed."""

from messages.access.standing import (
    AccountBlocked,
    AccountBlockRequested,
    AccountClosed,
    AccountCloseRequested,
    AccountUnblocked,
    AccountUnblockRequested,
)
from messages.asyncapi.example import Example

_SUPPORT = "operator/anna"

ACCESS = (
    Example(
        AccountBlockRequested,
        "block-1",
        "An account may not buy or spend on request",
        "2026-09-03T10:00:00Z",
        {"reason": "cards of others were tried"},
        _SUPPORT,
    ),
    Example(
        AccountUnblockRequested,
        "unblock-1",
        "It may again",
        "2026-09-04T10:00:00Z",
        {"reason": "the bank has confirmed the cards"},
        _SUPPORT,
    ),
    Example(
        AccountCloseRequested,
        "close-1",
        "The user wants to be forgotten",
        "2026-10-01T10:00:00Z",
        {"reason": "asked for by mail, case 118"},
        _SUPPORT,
    ),
    Example(
        AccountBlocked,
        "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b71",
        "It is blocked",
        "2026-09-03T10:00:01Z",
        {"requested_by": _SUPPORT, "reason": "cards of others were tried", "at": "2026-09-03T10:00:01Z"},
    ),
    Example(
        AccountUnblocked,
        "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b72",
        "It is free",
        "2026-09-04T10:00:01Z",
        {"requested_by": _SUPPORT, "reason": "the bank has confirmed the cards", "at": "2026-09-04T10:00:01Z"},
    ),
    Example(
        AccountClosed,
        "7a52f0c6-3c0e-5b7b-9a53-0d7c1c7f5b73",
        "It is closed for ever",
        "2026-10-01T10:00:02Z",
        {"requested_by": _SUPPORT, "reason": "asked for by mail, case 118", "at": "2026-10-01T10:00:02Z"},
    ),
)
