"""Disputes: our own record of one."""

from dataclasses import dataclass
from datetime import datetime

from domain.gateway.dispute import DisputeStatus
from domain.money import Money


@dataclass(frozen=True, slots=True)
class Dispute:
    """
    A payment that its payer's bank takes back, or tries to.

    `opened_at` is the gateway's moment; `recorded_at` is ours, and `closed_at` is when we heard how it ended.
    """

    order_id: str
    gateway: str
    dispute_ref: str
    status: DisputeStatus
    amount: Money
    reason: str
    message_id: int
    opened_at: datetime
    recorded_at: datetime
    closed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether the banks have not decided yet."""
        return self.status is DisputeStatus.OPEN

    @property
    def blocks_refunds(self) -> bool:
        """Tell whether the bank decides, or has decided, about the money."""
        return self.status is not DisputeStatus.WON
