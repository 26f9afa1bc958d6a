"""Disputes: what the amount paid for is frozen while the banks decide; lost, it is void, and what was used is owed."""

from dataclasses import replace
from typing import Any

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import PackageState
from domain.money import Money
from domain.payments.dispute import Dispute
from domain.payments.dispute_decision import (
    DisputeChange,
    change_amount,
    close_dispute,
    open_dispute,
    reopen_dispute,
)
from domain.payments.order import Order
from domain.payments.order_update import put_to_review
from domain.payments.reversal import dispute_meant
from domain.payments.waiting_loss import restored_missing_seconds
from messages.errors import MessageRejected
from messages.payments.requests import DisputeReportData, DisputeReported
from messages.read import Event
from store.engine import Session
from store.inbox import Known
from store.minutes.save import Usage
from store.payments.case import Case, open_case
from store.payments.dispute import find_dispute
from store.payments.order import find_order
from workers.claims import claim, claim_gateway_event
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import emit_dispute_closed, emit_dispute_opened
from workers.payments.bonus import change_bonus
from workers.payments.case import change_package, close_case, move
from workers.payments.codes import settle_codes_of
from workers.payments.dispute_won import (
    restore_dispute,
    review_lost_again,
    review_lost_inquiry,
    review_open_again,
    review_other_loss,
    with_taken_seconds,
)
from workers.payments.settled import emit_settled

APPLIED = "screph.dispute.applied.v1"


def apply_dispute(context: Context, gateway: str, reported: GatewayDispute) -> str | None:
    """
    Apply what a gateway says of a dispute.

    Returns:
        The order it is about; None: it is unknown here.
    """
    return context.transact(lambda session: _apply(session, context, gateway, reported, Facts(context.clock())))


def report_dispute(context: Context, event: Event) -> dict[str, Any]:
    """
    Apply what an operator says of a dispute that the gateway reports by mail only.

    Raises:
        MessageRejected: there is no such paid order, it is another account's, or the dispute is another order's.
    """
    return context.transact(lambda session: _report(session, context, event))


def _report(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, DisputeReported)
    claimed = claim(session, event)
    data = envelope.data
    answer = {"order_id": data.order_id, "dispute_ref": data.dispute_ref, "state": data.state}
    if isinstance(claimed, Known):
        return answer
    order = find_order(session, data.order_id)
    if (
        order is None
        or order.account_id != envelope.subject
        or order.payment_ref is None
        or not order.is_paid
        or order.is_free
    ):
        raise MessageRejected("UnknownOrder", f"{envelope.subject} has no paid order {data.order_id}")
    known = find_dispute(session, order.gateway, data.dispute_ref)
    if known is not None and known.order_id != order.id:
        # Applied to this order, it would close another buyer's dispute and freeze nothing here.
        raise MessageRejected("OtherDispute", f"dispute {data.dispute_ref} is about order {known.order_id}")
    reported = GatewayDispute(
        ref=data.dispute_ref,
        payment_ref=order.payment_ref,
        status=DisputeStatus(data.state),
        amount=_amount_said(data, order, known),
        reason=data.reason,
        at=envelope.time,
    )
    facts = Facts(context.clock())
    facts.name_cause(envelope)
    _apply(session, context, order.gateway, reported, facts)
    return answer


def _amount_said(data: DisputeReportData, order: Order, known: Dispute | None) -> Money:
    """Return what a person says that a dispute is about; who names no amount means the one that is known, or all."""
    if data.amount_minor is not None:
        return Money(data.amount_minor, order.price.currency)
    return order.price if known is None else known.amount


def _apply(session: Session, context: Context, gateway: str, reported: GatewayDispute, facts: Facts) -> str | None:
    case = open_case(session, gateway=gateway, refs=(reported.payment_ref,))
    if case is None or not case.order.is_paid:
        return None
    if reported.is_inquiry and reported.ref not in case.disputes:
        review_lost_inquiry(case, reported, facts)
        close_case(session, case, facts)
        return case.order.id
    meant = dispute_meant(reported, case.disputes)
    if meant is not None:
        _follow(session, context, case, meant, facts)
        close_case(session, case, facts)
    return case.order.id


def _follow(session: Session, context: Context, case: Case, reported: GatewayDispute, facts: Facts) -> None:
    dispute = case.disputes.get(reported.ref) or _open(session, case, reported, facts)
    if dispute is None:
        return
    if reported.amount != dispute.amount and reported.status is not DisputeStatus.WON:
        dispute = _follow_amount(session, case, dispute, reported, facts)
    if dispute.status is reported.status:
        return
    match dispute.status, reported.status:
        case DisputeStatus.OPEN, ended:
            _close(session, context, case, dispute, facts, is_won=ended is DisputeStatus.WON)
        case DisputeStatus.LOST, DisputeStatus.WON:
            restore_dispute(session, case, dispute, facts)
        case DisputeStatus.WON, DisputeStatus.LOST:
            review_lost_again(case, dispute, facts)
        case DisputeStatus.WON, DisputeStatus.OPEN if dispute.was_lost:
            review_open_again(case, dispute, facts)
        case DisputeStatus.WON, DisputeStatus.OPEN:
            _freeze_and_emit(session, case, reopen_dispute(dispute, reported.amount, case.bought), facts)
        case _:
            # It was lost and is open again at its gateway: nothing is left to freeze until it ends.
            pass


def _follow_amount(session: Session, case: Case, dispute: Dispute, reported: GatewayDispute, facts: Facts) -> Dispute:
    """Take in that a dispute is about another amount than before; about a lost one a person decides."""
    if dispute.is_open:
        _change(session, case, change_amount(dispute, reported.amount, case.bought), facts)
    elif dispute.status is DisputeStatus.LOST and reported.status is DisputeStatus.LOST:
        review_other_loss(case, dispute, reported.amount, facts)
    return case.disputes[dispute.dispute_ref]


def _open(session: Session, case: Case, reported: GatewayDispute, facts: Facts) -> Dispute | None:
    message_id = claim_gateway_event(session, case.book, case.order.gateway, f"dispute:{reported.ref}", APPLIED)
    if message_id is None:
        sentence = f"dispute {reported.ref} is about this order, and was entered for another one before"
        case.order = put_to_review(case.order, sentence, at=facts.at)
        return None
    change = open_dispute(case.order, reported, case.bought, message_id=message_id, at=facts.at)
    _freeze_and_emit(session, case, change, facts)
    return change.dispute


def _freeze_and_emit(session: Session, case: Case, change: DisputeChange, facts: Facts) -> None:
    """Freeze what a dispute claims that was opened, and emit it."""
    _change(session, case, change, facts)
    frozen_seconds = sum(one.seconds for one in change.movements)
    bonus = case.bonus_package
    if bonus is not None and bonus.state is PackageState.FROZEN:
        frozen_seconds += bonus.left_seconds
    emit_dispute_opened(facts, case.order, change.dispute, frozen_seconds=frozen_seconds)


def _close(session: Session, context: Context, case: Case, dispute: Dispute, facts: Facts, *, is_won: bool) -> None:
    change = with_taken_seconds(close_dispute(dispute, case.bought, is_won=is_won, at=facts.at))
    _change(session, case, change, facts)
    change = replace(change, dispute=case.disputes[dispute.dispute_ref])
    if change.owed_seconds:
        _owe(session, context, case, change, facts)
    emit_dispute_closed(facts, case.order, change, is_won=is_won)
    if not is_won:
        _review_what_was_restored(case, dispute, facts)
        settle_codes_of(session, case, facts)
        emit_settled(facts, case.order)


def _review_what_was_restored(case: Case, dispute: Dispute, facts: Facts) -> None:
    """Put an order before a person whose lost money had paid for what a refund gave back when it failed late."""
    seconds = restored_missing_seconds(case.bought, case.refunds.values())
    if seconds:
        sentence = (
            f"dispute {dispute.dispute_ref} is lost; {seconds} s that its money had paid for were given back before, "
            "when a refund failed after it had succeeded"
        )
        case.order = put_to_review(case.order, sentence, at=facts.at)


def _change(session: Session, case: Case, change: DisputeChange, facts: Facts) -> None:
    case.disputes[change.dispute.dispute_ref] = change.dispute
    move(session, case, change.movements, facts, message_id=change.dispute.message_id)
    if change.package is not None:
        change_package(case, change.package)
    bonus_seconds = change_bonus(case, facts, message_id=change.dispute.message_id)
    case.disputes[change.dispute.dispute_ref] = replace(change.dispute, bonus_voided_seconds=bonus_seconds)


def _owe(session: Session, context: Context, case: Case, change: DisputeChange, facts: Facts) -> None:
    """Book what was used of the lost package as a usage that nothing covers."""
    dispute, seconds = change.dispute, change.owed_seconds
    message_id = claim_gateway_event(session, case.book, dispute.gateway, f"lost:{dispute.dispute_ref}", APPLIED)
    # A dispute is closed once, in the transaction that claims this; so it was never claimed before.
    assert message_id is not None
    case.book.write(Entry(EntryKind.DEBT, seconds, facts.at, message_id, None, message_id))
    case.usages.append(
        Usage(
            id=message_id,
            account=case.book.account_number,
            used_seconds=seconds,
            debt_seconds=seconds,
            forgiven_seconds=0,
            occurred_at=facts.at,
            policy=context.rules.policy,
            feature="dispute lost",
        )
    )
