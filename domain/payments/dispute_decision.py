"""Deciding about a dispute: what its opening and its end mean for our record and for the minutes."""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.money import Money
from domain.payments.bought import Bought, disputed_minor, loss_seconds, share_seconds
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
    Open a dispute: what its amount paid for is frozen, as far as it is left.

    If nothing else is left the package rests as a whole, so that what is given back to it meanwhile rests as well.

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
    return _with_claim_frozen(dispute, bought)


def reopen_dispute(dispute: Dispute, amount: Money, bought: Bought) -> DisputeChange:
    """
    Open a dispute again that was won, as after an appeal: what its amount pays for is frozen as at first.

    Args:
        dispute: was won, and has never taken anything.
        amount: that its gateway names now.
        bought: what its order bought, as it is now.

    Source: README.md, "Disputes".
    """
    return _with_claim_frozen(replace(dispute, status=DisputeStatus.OPEN, amount=amount, closed_at=None), bought)


def change_amount(dispute: Dispute, amount: Money, bought: Bought) -> DisputeChange:
    """
    Give an open dispute the amount that its gateway names now: what that paid for is frozen, and no more.

    What other open disputes claim stays frozen; a loss afterwards takes what the last amount paid for.

    Source: README.md, "Disputes".
    """
    others = [one for one in bought.disputes if one.dispute_ref != dispute.dispute_ref and one.is_open]
    lost_minor = lost_minor_of(bought)
    wanted = (amount, *(one.amount for one in others))
    claimed_seconds = sum(share_seconds(one, bought, lost_minor=lost_minor) for one in wanted)
    frozen_seconds = max(0, bought.frozen_by_disputes_seconds)
    # Of a voided package nothing comes back.
    at_hand_seconds = frozen_seconds if bought.is_package_voided else frozen_seconds + bought.left_seconds
    staying_seconds = min(at_hand_seconds, max(claimed_seconds, frozen_seconds if bought.is_package_voided else 0))
    moved = movements(
        Movement(MovementKind.FREEZE, staying_seconds - frozen_seconds),
        Movement(MovementKind.UNFREEZE, frozen_seconds - staying_seconds),
    )
    if bought.is_package_voided:
        change = None
    else:
        change = PackageChange.FREE if staying_seconds < at_hand_seconds else PackageChange.FREEZE
    return DisputeChange(replace(dispute, amount=amount), moved, change)


def close_dispute(dispute: Dispute, bought: Bought, *, is_won: bool, at: datetime) -> DisputeChange:
    """
    End a dispute: lost, the minutes that its amount paid for are void, and what was used of them is owed.

    What other open disputes claim stays frozen, everything else that disputes have frozen is free again. Refunds under
    way have frozen seconds of their own; those wait for their own end.

    Source: README.md, "Disputes".
    """
    others = [one for one in bought.disputes if one.dispute_ref != dispute.dispute_ref]
    lost_minor = lost_minor_of(bought, besides=dispute)
    frozen_seconds = max(0, bought.frozen_by_disputes_seconds)
    owed_before, taken_before = _taken_seconds(bought, besides=dispute)
    share = 0 if is_won else loss_seconds(dispute.amount, bought, lost_minor=lost_minor, taken_seconds=taken_before)
    taken_seconds = min(share, frozen_seconds + bought.left_seconds)
    if not is_won:
        lost_minor += disputed_minor(dispute.amount, bought)
    claimed_seconds = sum(share_seconds(one.amount, bought, lost_minor=lost_minor) for one in others if one.is_open)
    # Of a voided package nothing comes back.
    staying_seconds = 0 if bought.is_package_voided else min(max(0, frozen_seconds - taken_seconds), claimed_seconds)
    freed_seconds = frozen_seconds - staying_seconds
    voided_seconds = max(taken_seconds, freed_seconds) if bought.is_package_voided else taken_seconds
    left_seconds = bought.left_seconds + freed_seconds - voided_seconds
    is_all_gone = not is_won and bought.price.minor <= bought.refunded.minor + lost_minor
    if bought.is_package_voided or (is_all_gone and not left_seconds + staying_seconds):
        change = PackageChange.VOID
    elif any(one.is_open for one in others) and not left_seconds:
        change = PackageChange.FREEZE
    else:
        change = PackageChange.FREE
    closed = replace(dispute, status=DisputeStatus.WON if is_won else DisputeStatus.LOST, closed_at=at)
    moved = movements(Movement(MovementKind.UNFREEZE, freed_seconds), Movement(MovementKind.VOID, voided_seconds))
    owed_seconds = min(share - taken_seconds, max(0, bought.consumed_seconds - owed_before))
    return DisputeChange(closed, moved, change, voided_seconds, owed_seconds)


def lost_minor_of(bought: Bought, *, besides: Dispute | None = None) -> int:
    """Return what lost disputes have taken back, in minor units; one in another currency took everything."""
    lost = [one for one in bought.disputes if one.status is DisputeStatus.LOST and one != besides]
    return sum(disputed_minor(one.amount, bought) for one in lost)


def _with_claim_frozen(dispute: Dispute, bought: Bought) -> DisputeChange:
    share = share_seconds(dispute.amount, bought, lost_minor=lost_minor_of(bought))
    frozen_seconds = min(share, bought.left_seconds)
    is_active = not (bought.is_package_frozen or bought.is_package_voided)
    rests = is_active and frozen_seconds == bought.left_seconds
    frozen = movements(Movement(MovementKind.FREEZE, frozen_seconds))
    return DisputeChange(dispute, frozen, PackageChange.FREEZE if rests else None)


def _taken_seconds(bought: Bought, *, besides: Dispute) -> tuple[int, int]:
    """Return the seconds that lost disputes have made a debt, and all that they have taken."""
    lost = [one for one in bought.disputes if one.status is DisputeStatus.LOST and one != besides]
    owed_seconds = sum(one.owed_seconds for one in lost)
    return owed_seconds, owed_seconds + sum(one.voided_seconds for one in lost)


def win_after_all(dispute: Dispute, *, at: datetime) -> Dispute:
    """Return a lost dispute that was won after all; what it had voided is given back apart."""
    return replace(dispute, status=DisputeStatus.WON, closed_at=at)
