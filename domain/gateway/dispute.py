"""A dispute as its gateway has it now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class DisputeStatus(StrEnum):
    """What the gateway says about a dispute."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class GatewayDispute:
    """One dispute (chargeback) as the gateway has it now."""

    ref: str
    payment_ref: str
    status: DisputeStatus
    amount: Money
    reason: str
    at: datetime
