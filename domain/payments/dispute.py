"""Disputes: our own record of one."""

from dataclasses import dataclass

from domain.money import Money


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as it is kept."""

    order_id: str
    gateway: str
    dispute_ref: str
    status: str
    amount: Money
    reason: str
    message_id: int
