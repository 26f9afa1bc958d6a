"""Losses that waited: a lost dispute found minutes frozen by a refund, and takes them when that refund fails."""

from collections.abc import Iterable
from dataclasses import replace

from domain.gateway.dispute import DisputeStatus
from domain.payments.bought import Bought, seconds_of
from domain.payments.dispute import Dispute
from domain.payments.dispute_decision import DisputeChange, lost_minor_of
from domain.payments.movement import Movement, MovementKind, movements
from domain.payments.refund import Refund


def missing_seconds(bought: Bought) -> int:
    """
    Return the seconds that the money of all lost disputes paid for, less what those and the refunds have taken.

    What was used of them is a debt since each was lost; so nothing is missing unless refunds had frozen it.

    Source: README.md, "Disputes".
    """
    refunded_minor = min(bought.price.minor, bought.refunded.minor)
    gone_minor = min(bought.price.minor, refunded_minor + lost_minor_of(bought))
    refunded_seconds = max(seconds_of(refunded_minor, bought), bought.voided_by_refunds_seconds)
    taken_seconds = sum(one.voided_seconds + one.owed_seconds for one in _lost(bought))
    return max(0, seconds_of(gone_minor, bought) - refunded_seconds - taken_seconds)


def take_missing(bought: Bought, free_seconds: int, *, bonus_seconds: int = 0) -> tuple[DisputeChange, ...]:
    """
    Let lost disputes take what they are short of, the oldest first and each no more than its amount paid for.

    Args:
        bought: as it is without the refund that has failed.
        free_seconds: that may be taken, >= 0.
        bonus_seconds: that come free of a bonus which a loss has ended; the last one takes them.

    Returns:
        The disputes that take something; their movements are caused by their own messages.
    """
    changes, lost = [], _lost(bought)
    missing = min(free_seconds, missing_seconds(bought))
    for dispute in lost:
        seconds = min(missing, max(0, _most_seconds(dispute, bought) - dispute.voided_seconds - dispute.owed_seconds))
        bonus = bonus_seconds if dispute is lost[-1] else 0
        if seconds or bonus:
            changes.append(_take(dispute, seconds, bonus))
        missing -= seconds
    return tuple(changes)


def restored_missing_seconds(bought: Bought, refunds: Iterable[Refund]) -> int:
    """
    Return the seconds that lost disputes are short of because a refund that failed late gave them back.

    Those are in a support package, of which a person decides. What a refund under way has frozen is waited for.

    Args:
        bought: as it is after a loss.
        refunds: all of the order.
    """
    restored_seconds = sum(one.void_seconds for one in refunds if one.was_restored)
    missing = min(missing_seconds(bought) - bought.frozen_by_refunds_seconds, restored_seconds)
    # Each dispute is rounded with the refunds, by less than a second: no person need decide about that.
    return missing if missing > len(bought.disputes) else 0


def _take(dispute: Dispute, seconds: int, bonus_seconds: int) -> DisputeChange:
    after = replace(
        dispute,
        voided_seconds=dispute.voided_seconds + seconds,
        bonus_voided_seconds=dispute.bonus_voided_seconds + bonus_seconds,
    )
    voided = movements(Movement(MovementKind.VOID, seconds), Movement(MovementKind.VOID, bonus_seconds, is_bonus=True))
    return DisputeChange(after, voided, voided_seconds=seconds)


def _most_seconds(dispute: Dispute, bought: Bought) -> int:
    is_same = dispute.amount.currency == bought.price.currency
    return seconds_of(min(dispute.amount.minor, bought.price.minor) if is_same else bought.price.minor, bought)


def _lost(bought: Bought) -> list[Dispute]:
    return [one for one in bought.disputes if one.status is DisputeStatus.LOST]
