"""A dispute as its gateway reports it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class DisputeStatus(StrEnum):
    """
    How a dispute stands; the shop wins or loses it.

    Source: domain/payments/README.md, "Disputes".
    """

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """
    One dispute (chargeback) as its gateway reports it now.

    `ref` is the gateway's id of it, `reason` the gateway's own word, `at` the moment of its last change.
    `is_inquiry`: the payer's bank only asks, and no money is taken back.
    """

    ref: str
    payment_ref: str
    status: DisputeStatus
    amount: Money
    reason: str
    at: datetime
    is_inquiry: bool = False
