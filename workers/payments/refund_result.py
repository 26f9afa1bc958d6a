"""Applying what a gateway says of a refund: voided, given free again, taken in, or restored."""

from dataclasses import dataclass, replace

from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.ids import package_id_of_failed_refund, package_id_of_order, refund_id_of_gateway
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind, PackageState
from domain.money import Money
from domain.payments.order import Order
from domain.payments.payment_decision import is_paid
from domain.payments.quote import Bought, void_seconds_for
from domain.payments.refund import OPEN_STAGES, Refund, RefundStatus
from messages.payments.facts import RefundCompleted, RefundFailed
from store.engine import Session
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.dispute import is_disputed
from store.payments.order import find_order, find_order_id
from store.payments.refund import add_refund, find_refund, find_refunds, save_refund
from workers.claims import claim_gateway_event
from workers.context import Context
from workers.facts import Facts
from workers.minutes.grant import write_grant

APPLIED = "screph.refund.applied.v1"


@dataclass(frozen=True, slots=True)
class Found:
    """The order that a refund is about, as it was found; None: unknown here."""

    order_id: str | None


def apply_refund(context: Context, gateway: str, refund: GatewayRefund) -> Found:
    """
    Apply what a gateway says of a refund, ours or one made in its dashboard.

    Args:
        context: what handlers need.
        gateway: its name.
        refund: as the gateway has it now.
    """
    return context.transact(lambda session: _apply(session, context, gateway, refund))


def fail_refund(session: Session, context: Context, refund_id: str, code: str) -> None:
    """Give the minutes of a refund free again that the gateway refused for good."""
    kept = find_refund(session, refund_id)
    assert kept is not None
    unlocked = find_order(session, kept.order_id)
    assert unlocked is not None
    book = open_book(session, unlocked.account_id, package_id_of_order(unlocked.id))
    kept = find_refund(session, refund_id, locks=True)
    if kept is not None and kept.status in OPEN_STAGES:
        _free(session, context, unlocked, book, kept, code)


def bought_by(session: Session, order: Order, book: Book) -> Bought:
    """Return what a paid order bought and what became of it, from the book of its account."""
    package = book.packages[package_id_of_order(order.id)]
    own = find_refunds(session, order.id)
    currency = order.price.currency
    assert order.paid_at is not None
    return Bought(
        price=order.price,
        paid_seconds=order.granted_seconds,
        consumed_seconds=package.consumed_seconds,
        left_seconds=package.left_seconds,
        bonus_left_seconds=0,
        refunded=Money(sum(one.amount.minor for one in own if one.status is RefundStatus.SUCCEEDED), currency),
        pending=Money(sum(one.amount.minor for one in own if one.status in OPEN_STAGES), currency),
        paid_at=order.paid_at,
        is_disputed=is_disputed(session, order.id),
        was_restored=any(one.was_restored for one in own),
    )


def keep_books(session: Session, context: Context, book: Book, facts: Facts | None = None) -> None:
    """Keep a book that refunds have changed, and tell its balance and what else there is to tell."""
    facts = facts or Facts(context.clock())
    facts.emit_balances([book])
    save(session, [book], facts)


def _apply(session: Session, context: Context, gateway: str, refund: GatewayRefund) -> Found:
    kept = find_refund(session, refund.refund_id, gateway=gateway, ref=refund.ref)
    order_id = kept.order_id if kept else find_order_id(session, gateway, refs=(refund.payment_ref,))
    unlocked = find_order(session, order_id) if order_id else None
    if unlocked is None:
        return Found(None)
    book = open_book(session, unlocked.account_id, package_id_of_order(unlocked.id))
    order = find_order(session, unlocked.id, locks=True)
    assert order is not None
    kept = find_refund(session, refund.refund_id, gateway=gateway, ref=refund.ref, locks=True)
    if kept is None:
        if refund.status is GatewayRefundStatus.SUCCEEDED and is_paid(order):
            _take_in(session, context, order, book, gateway, refund)
        return Found(order.id)
    match refund.status:
        case GatewayRefundStatus.SUCCEEDED if kept.status in OPEN_STAGES:
            _succeed(session, context, order, book, kept, refund)
        case GatewayRefundStatus.FAILED if kept.status in OPEN_STAGES:
            _free(session, context, order, book, kept, refund.failure or "failed", ref=refund.ref)
        case GatewayRefundStatus.FAILED if kept.status is RefundStatus.SUCCEEDED:
            _restore(session, context, order, book, kept, refund)
        case GatewayRefundStatus.PENDING if kept.status in OPEN_STAGES:
            save_refund(session, kept.id, status=RefundStatus.SENT, at=context.clock(), ref=refund.ref)
        case _:
            pass
    return Found(order.id)


def _succeed(session: Session, context: Context, order: Order, book: Book, kept: Refund, refund: GatewayRefund) -> None:
    now, package_id = context.clock(), package_id_of_order(order.id)
    if kept.void_seconds:
        book.write(Entry(EntryKind.UNFREEZE, kept.void_seconds, now, kept.message_id, package_id))
        book.write(Entry(EntryKind.VOID, -kept.void_seconds, now, kept.message_id, package_id))
    save_refund(session, kept.id, status=RefundStatus.SUCCEEDED, at=now, ref=refund.ref, settled_at=refund.at)
    _close_package_if_all_is_back(session, order, book, kept)
    _tell_completed(session, context, order, book, kept.id, kept.amount, kept.void_seconds, kept.origin)


def _take_in(session: Session, context: Context, order: Order, book: Book, gateway: str, refund: GatewayRefund) -> None:
    """Take in a refund that was made in the gateway's dashboard: it enters at `succeeded`."""
    message_id = claim_gateway_event(session, book, gateway, f"refund:{refund.ref}", APPLIED)
    if message_id is None:
        return
    now, package_id = context.clock(), package_id_of_order(order.id)
    bought = bought_by(session, order, book)
    # What a dispute has frozen goes back with the money as well; what refunds under way have frozen is theirs.
    left_seconds = bought.left_seconds
    frozen_seconds = book.packages[package_id].frozen_seconds - _frozen_by_refunds(session, order)
    bought = replace(bought, left_seconds=left_seconds + frozen_seconds)
    is_last = refund.amount.minor + bought.refunded.minor >= order.price.minor
    void_seconds = bought.left_seconds if is_last else void_seconds_for(refund.amount.minor, bought)
    if void_seconds > left_seconds:
        # A cause of its own: what a refund's own message freezes and frees must come to nothing.
        cause = claim_gateway_event(session, book, gateway, f"refund-unfreeze:{refund.ref}", APPLIED) or message_id
        book.write(Entry(EntryKind.UNFREEZE, void_seconds - left_seconds, now, cause, package_id))
    if void_seconds:
        book.write(Entry(EntryKind.VOID, -void_seconds, now, message_id, package_id))
    kept = Refund(
        id=refund_id_of_gateway(gateway, refund.ref),
        order_id=order.id,
        gateway=gateway,
        refund_ref=refund.ref,
        origin="gateway",
        status=RefundStatus.SUCCEEDED,
        amount=refund.amount,
        void_seconds=void_seconds,
        is_waived=False,
        is_full=refund.amount == order.price,
        reason="made in the gateway's dashboard",
        requested_by=gateway,
        failure=None,
        needs_review=False,
        message_id=message_id,
        called_at=None,
        created_at=now,
    )
    add_refund(session, kept, settled_at=refund.at)
    _close_package_if_all_is_back(session, order, book, kept)
    _tell_completed(session, context, order, book, kept.id, kept.amount, void_seconds, kept.origin)


def _free(
    session: Session,
    context: Context,
    order: Order,
    book: Book,
    kept: Refund,
    failure: str,
    *,
    ref: str | None = None,
) -> None:
    now, package = context.clock(), book.packages[package_id_of_order(order.id)]
    if kept.void_seconds:
        book.write(Entry(EntryKind.UNFREEZE, kept.void_seconds, now, kept.message_id, package.id))
        # While a dispute is open they stay frozen, now for the dispute; of a voided package nothing comes back.
        if package.state is not PackageState.ACTIVE:
            kind = EntryKind.VOID if package.state is PackageState.VOIDED else EntryKind.FREEZE
            cause = (
                claim_gateway_event(session, book, kept.gateway, f"refund-kept:{kept.id}", APPLIED) or kept.message_id
            )
            book.write(Entry(kind, -kept.void_seconds, now, cause, package.id))
    save_refund(session, kept.id, status=RefundStatus.FAILED, at=now, ref=ref, failure=failure)
    _tell_failed(session, context, order, book, kept, failure)


def _restore(session: Session, context: Context, order: Order, book: Book, kept: Refund, refund: GatewayRefund) -> None:
    """Give back what was voided for a refund that failed after it had succeeded: the money is here again."""
    message_id = claim_gateway_event(session, book, kept.gateway, f"refund-failed:{refund.ref}", APPLIED)
    if message_id is None:
        return
    now = context.clock()
    save_refund(session, kept.id, status=RefundStatus.FAILED, at=now, failure=refund.failure or "failed later")
    if kept.void_seconds:
        facts = Facts(now)
        package = new_package(
            package_id_of_failed_refund(kept.id),
            order.account_id,
            kind=PackageKind.SUPPORT,
            activated_at=now,
        )
        write_grant(facts, book, package, kept.void_seconds, message_id)
        save(session, (), facts)
    _tell_failed(session, context, order, book, kept, refund.failure or "failed later")


def _close_package_if_all_is_back(session: Session, order: Order, book: Book, kept: Refund) -> None:
    given_back = sum(
        other.amount.minor for other in find_refunds(session, order.id) if other.status is RefundStatus.SUCCEEDED
    )
    # What is left when all the money is back was waived by support, in this refund or in one before: it can be spent.
    is_empty = not book.packages[package_id_of_order(order.id)].left_seconds
    if given_back >= order.price.minor and is_empty and not kept.is_waived:
        book.set_state(package_id_of_order(order.id), PackageState.VOIDED)


def _tell_completed(
    session: Session,
    context: Context,
    order: Order,
    book: Book,
    refund_id: str,
    amount: Money,
    voided_seconds: int,
    origin: str,
) -> None:
    facts = Facts(context.clock())
    data = {
        "refund_id": refund_id,
        "order_id": order.id,
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "voided_seconds": voided_seconds,
        "origin": origin,
    }
    facts.emit(RefundCompleted, order.account_id, data)
    keep_books(session, context, book, facts)


def _tell_failed(session: Session, context: Context, order: Order, book: Book, kept: Refund, failure: str) -> None:
    facts = Facts(context.clock())
    data = {
        "order_id": order.id,
        "refund_id": kept.id,
        "code": failure[:128],
        "reason": f"the gateway said {failure}"[:500],
    }
    facts.emit(RefundFailed, order.account_id, data)
    keep_books(session, context, book, facts)


def _frozen_by_refunds(session: Session, order: Order) -> int:
    return sum(one.void_seconds for one in find_refunds(session, order.id) if one.status in OPEN_STAGES)
