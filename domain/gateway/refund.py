"""A refund as its gateway reports it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.money import Money


class GatewayRefundStatus(StrEnum):
    """How far a refund is at its gateway."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """
    One refund as its gateway reports it now.

    `ref` is the gateway's id of it; `refund_id` is ours, None when the refund was made in the gateway's
    dashboard. `failure` is the gateway's own word for why it failed.
    """

    ref: str
    payment_ref: str
    refund_id: str | None
    status: GatewayRefundStatus
    amount: Money
    at: datetime
    failure: str | None = None
