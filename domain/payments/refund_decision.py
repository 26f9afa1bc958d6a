"""Deciding about a refund: what a gateway's report of one means for our record and for the minutes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.gateway.requests import Buyer
from domain.ids import refund_id_of_gateway
from domain.money import Money
from domain.payments.bought import Bought, void_seconds_for
from domain.payments.dispute_decision import DisputeChange
from domain.payments.movement import Movement, MovementKind, movements
from domain.payments.order import Order, snapshot_of
from domain.payments.quote import is_last_refund
from domain.payments.refund import Refund, RefundOrigin, RefundStatus, money_of
from domain.payments.review import with_sentence
from domain.payments.waiting_loss import missing_seconds, take_missing


@dataclass(frozen=True, slots=True)
class RefundChange:
    """
    A refund as it is afterwards, and what happens to the minutes of its order.

    `restored_seconds` are given back as a support package; with `voids_restored` that package is voided again.
    `losses` are lost disputes that take what the refund had kept from them; `missing_seconds` of what is restored
    should be theirs as well, which a person decides.
    """

    refund: Refund
    movements: tuple[Movement, ...] = ()
    restored_seconds: int = 0
    voids_restored: bool = False
    losses: tuple[DisputeChange, ...] = ()
    missing_seconds: int = 0


def begin_refund_call(refund: Refund, buyer: Buyer, *, at: datetime) -> Refund:
    """Note that the gateway is called for a refund; a repeated call keeps the first moment and the first buyer."""
    status = RefundStatus.SENT if refund.status is RefundStatus.FROZEN else refund.status
    return replace(
        refund,
        status=status,
        called_at=refund.called_at or at,
        needs_review=False,
        updated_at=at,
        buyer_snapshot=refund.buyer_snapshot or snapshot_of(buyer),
    )


def mark_unknown(refund: Refund, *, at: datetime, needs_review: bool = False) -> Refund:
    """Note that nobody knows what became of a call; the minutes stay frozen."""
    return replace(refund, status=RefundStatus.UNKNOWN, needs_review=needs_review, updated_at=at)


def decide_refund(refund: Refund, reported: GatewayRefund, bought: Bought, *, at: datetime) -> RefundChange | None:
    """
    Decide what a gateway's report means for a refund that is known here; None: nothing.

    Args:
        refund: as it is stored, under its account's lock.
        reported: as the gateway has it now.
        bought: what its order bought, as it is now.
        at: our moment, aware UTC.

    Source: README.md, "Refunds".
    """
    match reported.status:
        case GatewayRefundStatus.SUCCEEDED if refund.is_open:
            return _succeed(refund, reported, at=at)
        case GatewayRefundStatus.SUCCEEDED if refund.was_restored:
            return RefundChange(_succeeded(refund, reported, at=at), voids_restored=True)
        case GatewayRefundStatus.SUCCEEDED if not refund.has_succeeded:
            return _succeed_after_failure(refund, reported, bought, at=at)
        case GatewayRefundStatus.FAILED if refund.is_open:
            return release(refund, reported.failure or "failed", bought, at=at, ref=reported.ref)
        case GatewayRefundStatus.FAILED if refund.has_succeeded:
            return _restore(refund, reported, bought, at=at)
        case GatewayRefundStatus.PENDING if refund.is_open:
            ref = refund.refund_ref or reported.ref
            sent = replace(refund, status=RefundStatus.SENT, refund_ref=ref, needs_review=False, updated_at=at)
            return RefundChange(sent)
        case _:
            return None


def release(refund: Refund, failure: str, bought: Bought, *, at: datetime, ref: str | None = None) -> RefundChange:
    """
    End a refund that gave no money back: its minutes are free again.

    Disputes that were lost meanwhile take first what their money paid for. While a dispute is open the rest stays
    frozen, now for the dispute; of a voided package nothing comes back.
    """
    failed = replace(
        refund,
        status=RefundStatus.FAILED,
        refund_ref=refund.refund_ref or ref,
        failure=failure,
        needs_review=False,
        updated_at=at,
    )
    bonus_seconds = refund.bonus_void_seconds
    moved = [
        Movement(MovementKind.UNFREEZE, refund.void_seconds),
        Movement(MovementKind.UNFREEZE, bonus_seconds, is_bonus=True),
    ]
    ended_bonus_seconds = bonus_seconds if bought.is_bonus_voided else 0
    losses = take_missing(bought, refund.void_seconds + bought.left_seconds, bonus_seconds=ended_bonus_seconds)
    rest_seconds = refund.void_seconds - sum(one.voided_seconds for one in losses)
    if bought.is_package_frozen or bought.is_package_voided:
        kind = MovementKind.VOID if bought.is_package_voided else MovementKind.FREEZE
        moved.append(Movement(kind, rest_seconds, own_cause=f"refund-released:{refund.id}"))
    if not any(one.is_bonus for loss in losses for one in loss.movements):
        own_cause = f"bonus-released:{refund.id}"
        moved.append(Movement(MovementKind.VOID, ended_bonus_seconds, own_cause=own_cause, is_bonus=True))
    return RefundChange(failed, movements(*moved), losses=losses)


def import_refund(
    order: Order, reported: GatewayRefund, bought: Bought, *, message_id: int, at: datetime
) -> RefundChange:
    """
    Take in a refund that was made in the gateway's dashboard: it enters at `succeeded`.

    What a dispute has frozen goes back with the money as well; what refunds under way have frozen is theirs.
    """
    free_seconds = bought.left_seconds
    at_hand = replace(bought, left_seconds=free_seconds + bought.frozen_by_disputes_seconds)
    is_last = reported.amount.minor + bought.refunded.minor >= order.price.minor
    void_seconds = at_hand.left_seconds if is_last else void_seconds_for(reported.amount.minor, at_hand)
    bonus_seconds = bought.bonus_left_seconds if is_last_refund(reported.amount.minor, bought) else 0
    refund = Refund(
        id=refund_id_of_gateway(order.gateway, reported.ref),
        order_id=order.id,
        gateway=order.gateway,
        refund_ref=reported.ref,
        origin=RefundOrigin.GATEWAY,
        status=RefundStatus.SUCCEEDED,
        amount=reported.amount,
        void_seconds=void_seconds,
        is_waived=False,
        is_full=reported.amount == order.price,
        reason="made in the gateway's dashboard",
        requested_by=order.gateway,
        message_id=message_id,
        created_at=at,
        updated_at=at,
        succeeded_at=reported.at,
        recorded_at=at,
        bonus_void_seconds=bonus_seconds,
    )
    return RefundChange(
        refund,
        movements(
            Movement(MovementKind.UNFREEZE, void_seconds - free_seconds, own_cause=f"refund-unfreeze:{reported.ref}"),
            Movement(MovementKind.VOID, void_seconds),
            Movement(MovementKind.VOID, bonus_seconds, is_bonus=True),
        ),
    )


def with_other_amount(refund: Refund, reported: GatewayRefund, *, at: datetime) -> Refund:
    """Put a refund before a person of which its gateway has another amount; once, as long as it says the same."""
    sentence = f"its gateway has {reported.amount} of refund {reported.ref}, and {refund.amount} is stored here"
    said = with_sentence(refund.failure, sentence)
    if refund.amount == reported.amount or refund.failure == said:
        return refund
    return replace(refund, needs_review=True, failure=said, updated_at=at)


def with_used_seconds(refund: Refund, seconds: int) -> Refund:
    """Put a refund before a person, because seconds > 0 that it should have voided were used meanwhile."""
    sentence = f"the money went back after the refund had failed, and {seconds} s of its minutes were used meanwhile"
    return replace(refund, needs_review=True, failure=sentence)


def with_failure_again(refund: Refund, seconds: int) -> Refund:
    """Put a refund before a person that failed once more: its seconds were given back once, and voided since."""
    sentence = (
        f"the refund failed again after it had succeeded again, and the {seconds} s that this had voided "
        "were not given back a second time"
    )
    return replace(refund, needs_review=True, failure=sentence)


def with_success_again(refund: Refund, used_seconds: int) -> Refund:
    """Put a refund before a person that succeeded once more: only they know whether they gave its seconds back."""
    sentence = (
        "the money went back after the refund had failed again; "
        "its minutes are void, unless a person gave them back meanwhile"
    )
    if used_seconds > 0:
        sentence += f", but for {used_seconds} s that were used before"
    return replace(refund, needs_review=True, failure=sentence)


def ends_package(order: Order, refunds: Iterable[Refund], last: Refund, *, left_seconds: int) -> bool:
    """
    Tell whether all money is refunded, so that the package ends.

    What is left when all the money is back was waived by support, in this refund or in one before: it can be used.
    """
    given_back = money_of((one for one in refunds if one.has_succeeded), order.price.currency)
    return given_back.minor >= order.price.minor and not left_seconds and not last.is_waived


def _succeed(refund: Refund, reported: GatewayRefund, *, at: datetime) -> RefundChange:
    voided = (
        Movement(MovementKind.UNFREEZE, refund.void_seconds),
        Movement(MovementKind.VOID, refund.void_seconds),
        Movement(MovementKind.UNFREEZE, refund.bonus_void_seconds, is_bonus=True),
        Movement(MovementKind.VOID, refund.bonus_void_seconds, is_bonus=True),
    )
    return RefundChange(_succeeded(refund, reported, at=at), movements(*voided))


def _succeed_after_failure(refund: Refund, reported: GatewayRefund, bought: Bought, *, at: datetime) -> RefundChange:
    """Take in a refund that was released and gave money back after all: what is left of its minutes is voided."""
    at_hand_seconds = bought.left_seconds + max(0, bought.frozen_by_disputes_seconds)
    void_seconds = min(refund.void_seconds, at_hand_seconds)
    bonus_seconds = min(refund.bonus_void_seconds, bought.bonus_left_seconds)
    succeeded = replace(
        _succeeded(refund, reported, at=at), void_seconds=void_seconds, bonus_void_seconds=bonus_seconds
    )
    if void_seconds < refund.void_seconds:
        succeeded = with_used_seconds(succeeded, refund.void_seconds - void_seconds)
    own_cause = f"refund-unfreeze:{reported.ref}"
    voided = (
        Movement(MovementKind.UNFREEZE, void_seconds - bought.left_seconds, own_cause=own_cause),
        Movement(MovementKind.VOID, void_seconds),
        Movement(MovementKind.VOID, bonus_seconds, is_bonus=True),
    )
    return RefundChange(succeeded, movements(*voided))


def _succeeded(refund: Refund, reported: GatewayRefund, *, at: datetime) -> Refund:
    return replace(
        refund,
        status=RefundStatus.SUCCEEDED,
        refund_ref=refund.refund_ref or reported.ref,
        failure=None,
        needs_review=False,
        succeeded_at=reported.at,
        recorded_at=refund.recorded_at or at,
        updated_at=at,
    )


def _restore(refund: Refund, reported: GatewayRefund, bought: Bought, *, at: datetime) -> RefundChange:
    """
    Give back what was voided for a refund that failed after it had succeeded: the money is here again.

    A dispute that was lost meanwhile took nothing, for the money was gone. Now it takes what is left of the package;
    what was restored besides is another package, of which a person decides.
    """
    failure = reported.failure or "failed later"
    failed = replace(refund, status=RefundStatus.FAILED, failure=failure, needs_review=False, updated_at=at)
    without = replace(
        bought,
        refunded=Money(bought.refunded.minor - refund.amount.minor, bought.refunded.currency),
        voided_by_refunds_seconds=bought.voided_by_refunds_seconds - refund.void_seconds,
    )
    losses = take_missing(without, bought.left_seconds)
    missing = missing_seconds(without) - sum(one.voided_seconds for one in losses)
    # Each dispute was rounded with the refund, by less than a second: no person need decide about that.
    if missing <= len(bought.disputes):
        missing = 0
    return RefundChange(
        failed,
        restored_seconds=refund.taken_seconds,
        losses=losses,
        missing_seconds=min(missing, refund.void_seconds),
    )
