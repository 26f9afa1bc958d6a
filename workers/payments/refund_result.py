"""Applying what a gateway says of a refund: voided, released, taken in, or restored."""

from dataclasses import replace

from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.ids import package_id_of_failed_refund
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import new_package
from domain.minutes.package import Package, PackageKind
from domain.payments.movement import PackageChange
from domain.payments.order_update import put_to_review
from domain.payments.refund import Refund
from domain.payments.refund_decision import (
    RefundChange,
    decide_refund,
    ends_package,
    import_refund,
    release,
    with_failure_again,
    with_other_amount,
    with_success_again,
    with_used_seconds,
)
from store.engine import Session
from store.minutes.book import add_packages
from store.payments.case import Case, open_case
from store.payments.order import find_order
from store.payments.refund import find_refund
from workers.claims import claim_gateway_event
from workers.context import Context
from workers.facts import Facts
from workers.minutes.grant import write_grant
from workers.payments.announce import emit_refund_completed, emit_refund_failed
from workers.payments.bonus import change_bonus
from workers.payments.case import change_package, close_case, freeze_if_disputed, move
from workers.payments.codes import settle_codes_of
from workers.payments.settled import emit_settled

APPLIED = "screph.refund.applied.v1"


def apply_refund(context: Context, gateway: str, reported: GatewayRefund) -> str | None:
    """
    Apply what a gateway says of a refund, ours or one made in its dashboard.

    Args:
        context: what handlers need.
        gateway: its name.
        reported: the refund as the gateway has it now.

    Returns:
        The order it is about; None: it is unknown here, or its payment is.
    """
    return context.transact(lambda session: _apply(session, context, gateway, reported))


def import_reviewed_refund(session: Session, context: Context, gateway: str, reported: GatewayRefund) -> None:
    """Apply, in an open transaction, what a person says of a refund of ours that its gateway says nothing about."""
    _apply(session, context, gateway, reported)


def refuse_refund(session: Session, context: Context, refund: Refund, code: str) -> None:
    """Release the minutes of a refund that the gateway refused for good."""
    case, facts = open_case(session, refund.order_id), Facts(context.clock())
    assert case is not None
    present = case.refunds[refund.id]
    if present.is_open:
        _change(session, case, release(present, code, case.bought, at=facts.at), facts)
        close_case(session, case, facts)


def _apply(session: Session, context: Context, gateway: str, reported: GatewayRefund) -> str | None:
    if not _is_named_rightly(session, gateway, reported):
        reported = replace(reported, refund_id=None)
    known = find_refund(session, reported.refund_id, gateway=gateway, ref=reported.ref)
    if known is not None:
        case = open_case(session, known.order_id)
    else:
        case = open_case(session, gateway=gateway, refs=(reported.payment_ref,))
    if case is None:
        return None
    facts = Facts(context.clock())
    refund = case.find_refund(reported.refund_id, reported.ref)
    if refund is None and not case.order.is_paid:
        # It came before its payment, and is applied with that.
        return None
    if refund is None:
        change = _import_refund(session, case, reported, facts)
    else:
        change = decide_refund(refund, reported, case.bought, at=facts.at)
    if change is not None:
        _change(session, case, change, facts)
    changed = case.find_refund(reported.refund_id, reported.ref)
    if changed is not None and reported.status is not GatewayRefundStatus.FAILED:
        case.refunds[changed.id] = with_other_amount(changed, reported, at=facts.at)
    close_case(session, case, facts)
    return case.order.id


def _is_named_rightly(session: Session, gateway: str, reported: GatewayRefund) -> bool:
    """
    Tell whether a refund that names one of ours may be that one.

    Metadata is copied by hand and with databases: a refund of another payment, or a second one of the same, is no end
    of ours, and its own money counts by itself.
    """
    named = find_refund(session, reported.refund_id) if reported.refund_id is not None else None
    if named is None:
        return True
    order = find_order(session, named.order_id)
    payment_ref = order.payment_ref if order is not None else None
    return (named.gateway, payment_ref) == (gateway, reported.payment_ref) and named.may_be(reported.ref)


def _import_refund(session: Session, case: Case, reported: GatewayRefund, facts: Facts) -> RefundChange | None:
    if reported.status is not GatewayRefundStatus.SUCCEEDED:
        return None
    message_id = claim_gateway_event(session, case.book, case.order.gateway, f"refund:{reported.ref}", APPLIED)
    if message_id is None:
        return None
    return import_refund(case.order, reported, case.bought, message_id=message_id, at=facts.at)


def _change(session: Session, case: Case, change: RefundChange, facts: Facts) -> None:
    """Put a changed refund into its case, move its minutes, and emit how it ended."""
    refund = change.refund
    case.refunds[refund.id] = refund
    move(session, case, change.movements, facts, message_id=refund.message_id)
    for loss in change.losses:
        case.disputes[loss.dispute.dispute_ref] = loss.dispute
        move(session, case, loss.movements, facts, message_id=loss.dispute.message_id)
    if change.losses:
        freeze_if_disputed(case)
    if change.restored_seconds:
        _restore(session, case, change, facts)
    if change.voids_restored:
        _void_restored(session, case, refund, facts)
    refund = case.refunds[refund.id]
    if refund.has_succeeded:
        has_ended = ends_package(case.order, case.refunds.values(), refund, left_seconds=case.package.left_seconds)
        if has_ended:
            change_package(case, PackageChange.VOID)
        else:
            freeze_if_disputed(case)
        bonus_seconds = change_bonus(case, facts, message_id=refund.message_id, has_ended=has_ended)
        refund = replace(refund, bonus_void_seconds=refund.bonus_void_seconds + bonus_seconds)
        case.refunds[refund.id] = refund
        emit_refund_completed(facts, case.order, refund)
        settle_codes_of(session, case, facts)
        emit_settled(facts, case.order)
    elif not refund.is_open:
        emit_refund_failed(facts, case.order, refund)
        settle_codes_of(session, case, facts)


def _restore(session: Session, case: Case, change: RefundChange, facts: Facts) -> None:
    """Give back, as a support package, what was voided for a refund that failed after it had succeeded."""
    refund = change.refund
    message_id = claim_gateway_event(session, case.book, refund.gateway, f"refund-failed:{refund.refund_ref}", APPLIED)
    if message_id is None:
        # It was restored before, and what was restored was voided when the refund succeeded after all.
        restored = _restored_package(session, case, refund)
        case.refunds[refund.id] = with_failure_again(refund, restored.voided_seconds if restored else 0)
        return
    package = new_package(
        package_id_of_failed_refund(refund.id),
        case.order.account_id,
        kind=PackageKind.SUPPORT,
        activated_at=facts.at,
    )
    write_grant(facts, case.book, package, change.restored_seconds, message_id)
    if change.missing_seconds:
        sentence = (
            f"refund {refund.refund_ref} failed after it had succeeded, and its minutes were given back; "
            f"{change.missing_seconds} s of them were paid with money that a lost dispute took"
        )
        case.order = put_to_review(case.order, sentence, at=facts.at)


def _void_restored(session: Session, case: Case, refund: Refund, facts: Facts) -> None:
    """Void what is left of the support package of a refund that has succeeded after all."""
    message_id = claim_gateway_event(session, case.book, refund.gateway, f"refund-again:{refund.refund_ref}", APPLIED)
    package = _restored_package(session, case, refund)
    if message_id is None:
        # What had been restored was voided then, as far as it was left; nothing was restored since.
        used_seconds = refund.taken_seconds - (package.voided_seconds if package else 0)
        case.refunds[refund.id] = with_success_again(refund, used_seconds)
        return
    void_seconds = min(refund.taken_seconds, package.left_seconds) if package else 0
    if void_seconds:
        case.book.write(
            Entry(EntryKind.VOID, -void_seconds, facts.at, message_id, package_id_of_failed_refund(refund.id))
        )
    if void_seconds < refund.taken_seconds:
        case.refunds[refund.id] = with_used_seconds(refund, refund.taken_seconds - void_seconds)


def _restored_package(session: Session, case: Case, refund: Refund) -> Package | None:
    package_id = package_id_of_failed_refund(refund.id)
    add_packages(session, case.book, [package_id])
    return case.book.packages.get(package_id)
