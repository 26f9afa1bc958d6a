"""Disputes: our own record of one."""

from dataclasses import dataclass
from datetime import datetime

from domain.gateway.dispute import DisputeStatus
from domain.money import Money

POLLED_DISPUTE_STATUSES = frozenset({DisputeStatus.OPEN, DisputeStatus.LOST})
"""The states in which a gateway is asked again: an open one may end, and a lost one may be won after all."""


@dataclass(frozen=True, slots=True)
class Dispute:
    """
    A payment that its payer's bank takes back, or tries to.

    `opened_at` is the gateway's moment; `recorded_at` is ours, and `closed_at` is when we heard how it ended.
    `voided_seconds` were voided when it was lost, with `bonus_voided_seconds` of the bonus, and `owed_seconds` became
    debt; won after all, a support package has given the former back, and the debt is cancelled.
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
    voided_seconds: int = 0
    owed_seconds: int = 0
    bonus_voided_seconds: int = 0

    @property
    def taken_seconds(self) -> int:
        """The seconds of minutes and of bonus that were voided when it was lost."""
        return self.voided_seconds + self.bonus_voided_seconds

    @property
    def is_open(self) -> bool:
        """Tell whether the banks have not decided yet."""
        return self.status is DisputeStatus.OPEN

    @property
    def blocks_refunds(self) -> bool:
        """Tell whether the bank decides, or has decided, about the money."""
        return self.status is not DisputeStatus.WON

    @property
    def was_lost(self) -> bool:
        """Tell whether it is lost, or was lost before it was won after all."""
        return self.status is DisputeStatus.LOST or self.taken_seconds > 0 or self.owed_seconds > 0

    @property
    def was_restored(self) -> bool:
        """Tell whether it was lost and then won, and its minutes were given back."""
        return self.status is DisputeStatus.WON and self.taken_seconds > 0
