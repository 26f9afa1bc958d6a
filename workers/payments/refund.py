"""The saga of a refund: frozen, sent, and then voided or given free again."""

from typing import Any

from domain.gateway.errors import CallRefused, UnableToReach
from domain.gateway.requests import RefundRequest
from domain.ids import package_id_of_order, refund_id_of_message
from domain.minutes.entry import Entry, EntryKind
from domain.payments.payment_decision import is_paid
from domain.payments.quote import Quote, refund_quote
from domain.payments.refund import OPEN_STAGES, Refund, RefundStatus
from domain.refusal import Refusal
from messages.errors import MessageRejected, Unavailable
from messages.payments.facts import RefundFailed
from messages.payments.requests import RefundRequested
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.buyer import snapshot_buyer
from store.payments.order import find_order
from store.payments.refund import add_refund, find_refund, save_refund
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.refund_result import apply_refund, bought_by, fail_refund, keep_books


def quote(
    session: Session, context: Context, order_id: str, amount_minor: int | None, *, waives_minutes: bool = False
) -> Quote | Refusal:
    """Tell what a refund of an order would do; nothing happens."""
    order = find_order(session, order_id)
    if order is None:
        return Refusal("UnknownOrder", f"there is no order {order_id}")
    if not is_paid(order) or order.paid_at is None:
        return Refusal("NotPaid", f"order {order_id} is {order.status}; only what was paid can be refunded")
    book = open_book(session, order.account_id, package_id_of_order(order.id))
    window = context.gateway(order.gateway).refund_window
    bought = bought_by(session, order, book)
    return refund_quote(bought, amount_minor, now=context.clock(), window=window, waives_minutes=waives_minutes)


def request_refund(context: Context, event: Event) -> dict[str, Any]:
    """
    Begin a refund, freeze what it will void, and ask the gateway for it.

    Returns:
        `refund_id` and `status`; or `code` and `reason` of a refusal, which changed nothing.

    Raises:
        MessageRejected: its id was used before with other content, or the order is another account's.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = context.transact(lambda session: _begin(session, context, event))
    if "code" in answer:
        return answer
    send_refund(context, answer["refund_id"])
    kept = context.transact(lambda session: find_refund(session, answer["refund_id"]))
    assert kept is not None
    return answer | {"status": str(kept.status)} | ({"failure": kept.failure} if kept.failure else {})


def send_refund(context: Context, refund_id: str) -> None:
    """
    Ask the gateway for a refund that is not done yet; with the same key as before.

    Raises:
        Unavailable: the gateway gave no answer; the minutes stay frozen, and repeating is harmless.
    """
    begun = context.transact(lambda session: _begin_call(session, context, refund_id))
    if begun is None:
        return
    kept, wanted = begun
    gateway = context.gateway(kept.gateway)
    try:
        if kept.refund_ref is not None:
            told = gateway.fetch_refund(kept.refund_ref)
        else:
            told = gateway.refund(wanted, f"rf-{kept.id}")
    except UnableToReach as error:
        context.transact(lambda session: save_refund(session, kept.id, status=RefundStatus.UNKNOWN, at=context.clock()))
        raise Unavailable(f"what became of refund {kept.id} is not known yet: {error}") from error
    except CallRefused as error:
        code = error.code
        context.transact(lambda session: fail_refund(session, context, kept.id, code))
        return
    apply_refund(context, kept.gateway, told)


def _begin(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, RefundRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    now, data = context.clock(), envelope.data
    order = find_order(session, data.order_id)
    if order is not None and order.account_id != envelope.subject:
        raise MessageRejected(
            "OtherAccount", f"order {data.order_id} belongs to another account than {envelope.subject}"
        )
    found = quote(session, context, data.order_id, data.amount_minor, waives_minutes=data.waive_minutes)
    if isinstance(found, Refusal) or order is None:
        assert isinstance(found, Refusal)
        answer: dict[str, Any] = {"order_id": data.order_id, "code": found.code, "reason": found.reason}
        save_answers(session, {claimed: Answer(answer, is_refusal=True)})
        told = answer | {"request_source": envelope.source, "request_id": envelope.id}
        facts = Facts(now)
        facts.emit(RefundFailed, envelope.subject, told)
        save(session, (), facts)
        return answer
    refund_id = refund_id_of_message(envelope.source, envelope.id)
    book = open_book(session, order.account_id, package_id_of_order(order.id))
    if found.void_seconds:
        book.write(Entry(EntryKind.FREEZE, -found.void_seconds, now, claimed, package_id_of_order(order.id)))
    kept = Refund(
        id=refund_id,
        order_id=order.id,
        gateway=order.gateway,
        refund_ref=None,
        origin="ours",
        status=RefundStatus.FROZEN,
        amount=found.amount,
        void_seconds=found.void_seconds,
        is_waived=data.waive_minutes,
        is_full=found.is_full,
        reason=data.reason,
        requested_by=data.requested_by,
        failure=None,
        needs_review=False,
        message_id=claimed,
        called_at=None,
        created_at=now,
    )
    add_refund(session, kept)
    answer = {
        "refund_id": refund_id,
        "order_id": order.id,
        "amount_minor": found.amount.minor,
        "currency": found.amount.currency,
        "void_seconds": found.void_seconds,
    }
    save_answers(session, {claimed: Answer(answer, is_refusal=False)})
    keep_books(session, context, book)
    return answer


def _begin_call(session: Session, context: Context, refund_id: str) -> tuple[Refund, RefundRequest] | None:
    kept = find_refund(session, refund_id, locks=True)
    if kept is None or kept.status not in OPEN_STAGES or kept.needs_review:
        return None
    order = find_order(session, kept.order_id)
    assert order is not None
    assert order.payment_ref is not None
    now = context.clock()
    lifetime = context.gateway(kept.gateway).key_lifetime
    if kept.refund_ref is None and kept.called_at is not None and now - kept.called_at > lifetime:
        save_refund(session, kept.id, status=RefundStatus.UNKNOWN, at=now, is_in_question=True)
        return None
    status = RefundStatus.SENT if kept.status is RefundStatus.FROZEN else kept.status
    save_refund(session, kept.id, status=status, at=now, is_call=True)
    buyer = snapshot_buyer(session, "refund", kept.id, account_id=order.account_id, gateway=kept.gateway)
    return kept, RefundRequest(
        refund_id=kept.id,
        payment_ref=order.payment_ref,
        amount=kept.amount,
        is_full=kept.is_full,
        title=order.title,
        buyer=buyer,
        note=kept.reason,
    )
