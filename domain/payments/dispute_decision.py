"""Deciding about a dispute: what its opening and its end mean for our record and for the minutes."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.payments.bought import Bought
from domain.payments.dispute import Dispute
from domain.payments.movement import Movement, MovementKind, PackageChange, movements
from domain.payments.order import Order


@dataclass(frozen=True, slots=True)
class DisputeChange:
    """
    A dispute as it is afterwards, and what happens to the minutes of its order.

    `voided_seconds` are lost by it; `owed_seconds` were used of what it took, and become debt.
    """

    dispute: Dispute
    movements: tuple[Movement, ...] = ()
    package: PackageChange | None = None
    voided_seconds: int = 0
    owed_seconds: int = 0


def open_dispute(
    order: Order, reported: GatewayDispute, bought: Bought, *, message_id: int, at: datetime
) -> DisputeChange:
    """
    Open a dispute: what is left is frozen.

    Source: README.md, "Disputes".
    """
    dispute = Dispute(
        order_id=order.id,
        gateway=order.gateway,
        dispute_ref=reported.ref,
        status=DisputeStatus.OPEN,
        amount=reported.amount,
        reason=reported.reason[:500] or "-",
        message_id=message_id,
        opened_at=min(reported.at, at),
        recorded_at=at,
    )
    frozen = movements(Movement(MovementKind.FREEZE, bought.left_seconds))
    is_active = not (bought.is_package_frozen or bought.is_package_voided)
    return DisputeChange(dispute, frozen, PackageChange.FREEZE if is_active else None)


def close_dispute(
    dispute: Dispute, bought: Bought, *, is_won: bool, is_another_open: bool, at: datetime
) -> DisputeChange:
    """
    End a dispute: won, the minutes are free unless another one is open; lost, they are void and what was used is owed.

    Refunds under way have frozen seconds of their own; those wait for their own end.

    Source: README.md, "Disputes".
    """
    status = DisputeStatus.WON if is_won else DisputeStatus.LOST
    closed = replace(dispute, status=status, closed_at=at)
    owed_seconds = 0 if is_won else bought.consumed_seconds
    voids = not is_won or bought.is_package_voided
    if not voids and is_another_open:
        return DisputeChange(closed)
    seconds = bought.frozen_by_disputes_seconds
    if not voids:
        return DisputeChange(closed, movements(Movement(MovementKind.UNFREEZE, seconds)), PackageChange.FREE)
    moved = movements(Movement(MovementKind.UNFREEZE, seconds), Movement(MovementKind.VOID, seconds))
    return DisputeChange(closed, moved, PackageChange.VOID, max(0, seconds), owed_seconds)
