"""Disputes: what is left is frozen while the banks decide; lost, it is voided and what was used becomes debt."""

from typing import Any

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.ids import package_id_of_order
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import PackageState
from domain.payments.dispute import Dispute
from domain.payments.order import Order
from domain.payments.payment_decision import is_paid
from domain.payments.refund import OPEN_STAGES
from messages.errors import MessageRejected
from messages.payments.facts import DisputeClosed, DisputeOpened
from messages.payments.requests import DisputeReported
from messages.read import Event
from store.engine import Session
from store.inbox import Known
from store.minutes.book import open_book
from store.minutes.save import Usage, save
from store.payments.dispute import add_dispute, close_dispute, find_dispute, has_open_dispute
from store.payments.order import find_order, find_order_id
from store.payments.refund import find_refunds
from workers.claims import claim, claim_gateway_event
from workers.context import Context
from workers.facts import Facts

APPLIED = "screph.dispute.applied.v1"


def apply_dispute(context: Context, gateway: str, dispute: GatewayDispute) -> str | None:
    """
    Apply what a gateway says of a dispute.

    Returns:
        The order it is about; None: it is unknown here.
    """
    return context.transact(lambda session: _apply(session, context, gateway, dispute))


def report_dispute(context: Context, event: Event) -> dict[str, Any]:
    """
    Apply what an operator says of a dispute that the gateway tells of by mail only.

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
    if order is None or order.account_id != envelope.subject or order.payment_ref is None or not is_paid(order):
        raise MessageRejected("UnknownOrder", f"{envelope.subject} has no paid order {data.order_id}")
    known = find_dispute(session, order.gateway, data.dispute_ref)
    if known is not None and known.order_id != order.id:
        # Taken for that one, it would close another buyer's dispute and freeze nothing here.
        raise MessageRejected("OtherDispute", f"dispute {data.dispute_ref} is about order {known.order_id}")
    told = GatewayDispute(
        ref=data.dispute_ref,
        payment_ref=order.payment_ref,
        status=DisputeStatus(data.state),
        amount=order.price,
        reason=data.reason,
        at=envelope.time,
    )
    _apply(session, context, order.gateway, told)
    return answer


def _apply(session: Session, context: Context, gateway: str, dispute: GatewayDispute) -> str | None:
    order_id = find_order_id(session, gateway, refs=(dispute.payment_ref,))
    unlocked = find_order(session, order_id) if order_id else None
    if unlocked is None or not is_paid(unlocked):
        return None
    book = open_book(session, unlocked.account_id, package_id_of_order(unlocked.id))
    order = find_order(session, unlocked.id, locks=True)
    assert order is not None
    facts = Facts(context.clock())
    usages: list[Usage] = []
    kept = find_dispute(session, gateway, dispute.ref)
    if kept is None:
        kept = _open(session, context, order, book, facts, gateway, dispute)
    if kept is not None and kept.status == "open" and dispute.status is not DisputeStatus.OPEN:
        usages = _close(session, context, order, book, facts, kept, is_won=dispute.status is DisputeStatus.WON)
    facts.emit_balances([book])
    save(session, [book], facts, usages=usages)
    return order.id


def _open(
    session: Session,
    context: Context,
    order: Order,
    book: Book,
    facts: Facts,
    gateway: str,
    dispute: GatewayDispute,
) -> Dispute | None:
    message_id = claim_gateway_event(session, book, gateway, f"dispute:{dispute.ref}", APPLIED)
    if message_id is None:
        return None
    now, package_id = context.clock(), package_id_of_order(order.id)
    left_seconds = book.packages[package_id].left_seconds
    if left_seconds:
        book.write(Entry(EntryKind.FREEZE, -left_seconds, now, message_id, package_id))
    if book.packages[package_id].state is PackageState.ACTIVE:
        book.set_state(package_id, PackageState.FROZEN)
    kept = Dispute(order.id, gateway, dispute.ref, "open", dispute.amount, dispute.reason[:500] or "-", message_id)
    add_dispute(session, kept, at=now)
    data = {
        "order_id": order.id,
        "gateway": gateway,
        "dispute_ref": dispute.ref,
        "amount_minor": dispute.amount.minor,
        "currency": dispute.amount.currency,
        "reason": kept.reason,
        "frozen_seconds": left_seconds,
    }
    facts.emit(DisputeOpened, order.account_id, data)
    return kept


def _close(
    session: Session,
    context: Context,
    order: Order,
    book: Book,
    facts: Facts,
    kept: Dispute,
    *,
    is_won: bool,
) -> list[Usage]:
    now, package_id = context.clock(), package_id_of_order(order.id)
    own = find_refunds(session, order.id)
    # Refunds under way have frozen seconds of their own; those wait for their own end.
    others = sum(one.void_seconds for one in own if one.status in OPEN_STAGES)
    seconds = book.packages[package_id].frozen_seconds - others
    voided_seconds = 0
    usages: list[Usage] = []
    close_dispute(session, kept.gateway, kept.dispute_ref, is_won=is_won, at=now)
    is_void = not is_won or book.packages[package_id].state is PackageState.VOIDED
    if is_void or not has_open_dispute(session, order.id):
        if seconds > 0:
            book.write(Entry(EntryKind.UNFREEZE, seconds, now, kept.message_id, package_id))
            if is_void:
                book.write(Entry(EntryKind.VOID, -seconds, now, kept.message_id, package_id))
                voided_seconds = seconds
        book.set_state(package_id, PackageState.VOIDED if is_void else PackageState.ACTIVE)
    if not is_won:
        usages = _owe_what_was_used(session, context, book, kept, package_id)
    data = {
        "order_id": order.id,
        "gateway": kept.gateway,
        "dispute_ref": kept.dispute_ref,
        "is_won": is_won,
        "voided_seconds": voided_seconds,
        "debt_seconds": sum(usage.debt_seconds for usage in usages),
    }
    facts.emit(DisputeClosed, order.account_id, data)
    return usages


def _owe_what_was_used(session: Session, context: Context, book: Book, kept: Dispute, package_id: str) -> list[Usage]:
    """Book what was consumed of the lost package as a usage that nothing covers."""
    seconds = book.packages[package_id].consumed_seconds
    message_id = claim_gateway_event(session, book, kept.gateway, f"lost:{kept.dispute_ref}", APPLIED)
    if not seconds or message_id is None:
        return []
    now = context.clock()
    book.write(Entry(EntryKind.DEBT, seconds, now, message_id, None, message_id))
    return [
        Usage(
            id=message_id,
            account=book.account_number,
            used_seconds=seconds,
            debt_seconds=seconds,
            forgiven_seconds=0,
            occurred_at=now,
            policy=context.rules.policy,
            feature="dispute lost",
        )
    ]
