"""A refund as its gateway has it now."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class GatewayRefundStatus(StrEnum):
    """What the gateway says about a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """One refund as the gateway has it now; `refund_id` is ours if we began it."""

    ref: str
    payment_ref: str
    refund_id: str | None
    status: GatewayRefundStatus
    amount: Money
    at: datetime
    failure: str | None = None
