"""Resolving review items: a person says what was done about one, and it is not shown any more."""

from dataclasses import replace
from typing import Any

from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.payments.order_update import end_review, end_unpaid
from domain.payments.refund import REVIEWED_REF
from domain.payments.review import ReviewKind
from messages.payments.reviews import ReviewResolutionData, ReviewResolutionRequested
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.save import save
from store.payments.order import find_order, lock_order, save_order
from store.payments.refund import find_refund
from store.payments.resolution import add_resolution, end_review_of_refund, ignore_webhook
from store.payments.review import ReviewItem, review_items
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import emit_purchase_failed
from workers.payments.refund_result import import_reviewed_refund

REVIEWED = "reviewed"
"""Why an order or a refund ended that a person has given up."""


def resolve(context: Context, event: Event) -> dict[str, Any]:
    """
    Resolve a review item.

    An open order ends as failed; late money still counts. A refund under way needs an outcome, for nobody else can tell
    it. A webhook is polled no more. What differs again later, or reads otherwise, is put before a person again.

    Returns:
        `id` and `sentence` of the item; or `code` and `reason` of a refusal, which changed nothing.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the store is away; repeating is harmless.
    """
    return context.transact(lambda session: _resolve(session, context, event))


def _resolve(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, ReviewResolutionRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    data, facts = envelope.data, Facts(context.clock())
    wanted = f"{data.kind}:{data.gateway}:{data.ref}"
    item = next((one for one in review_items(session, now=facts.at) if one.id == wanted), None)
    if item is None:
        answer = {"id": wanted, "code": "NoSuchItem", "reason": f"nothing is to be reviewed about {wanted}"}
    elif (refusal := _refusal(session, data)) is not None:
        answer = {"id": wanted, **refusal}
    else:
        answer = {"id": wanted, "sentence": item.sentence}
        add_resolution(session, item, (data.reason, data.resolved_by, data.outcome), message_id=claimed, at=facts.at)
        _apply(session, context, data, item, facts)
    save_answers(session, {claimed: Answer(answer, is_refusal="code" in answer)})
    return answer


def _refusal(session: Session, data: ReviewResolutionData) -> dict[str, str] | None:
    """Return why an item cannot be resolved like that: a refund under way, and nothing else, has an outcome."""
    is_under_way = ReviewKind(data.kind) is ReviewKind.REFUND and _is_open_refund(session, data.ref)
    if is_under_way and data.outcome is None:
        reason = "say by the outcome whether the money went back (succeeded) or not (failed)"
        return {"code": "OutcomeNeeded", "reason": reason}
    if data.outcome is not None and not is_under_way:
        reason = f"an outcome is said of a refund under way only, and {data.kind} {data.ref} is none"
        return {"code": "OutcomeNotWanted", "reason": reason}
    return None


def _apply(session: Session, context: Context, data: ReviewResolutionData, item: ReviewItem, facts: Facts) -> None:
    match ReviewKind(data.kind):
        case ReviewKind.ORDER:
            _resolve_order(session, data.ref, facts)
        case ReviewKind.REFUND:
            _resolve_refund(session, context, data)
        case ReviewKind.WEBHOOK:
            ignore_webhook(session, data.gateway, data.ref, note=f"reviewed by {data.resolved_by}: {data.reason}")
        case ReviewKind.TOTALS | ReviewKind.PAID_LATE | ReviewKind.POLL | ReviewKind.GRANTS | ReviewKind.USAGE:
            # Nothing of ours changes: the resolution itself answers the item as it reads now.
            pass


def _resolve_order(session: Session, order_id: str, facts: Facts) -> None:
    order = lock_order(session, order_id)
    if order is None or not order.needs_review:
        return
    # Its sentence stays, so the same money is not put before a person again.
    changed = replace(end_review(order, at=facts.at), failure=order.failure)
    if changed.is_open:
        changed = end_unpaid(changed, PaymentStatus.FAILED, order.failure or REVIEWED, at=facts.at)
        emit_purchase_failed(facts, changed, REVIEWED)
        save(session, (), facts)
    save_order(session, changed, before=order)


def _is_open_refund(session: Session, refund_id: str) -> bool:
    refund = find_refund(session, refund_id)
    return refund is not None and refund.is_open


def _resolve_refund(session: Session, context: Context, data: ReviewResolutionData) -> None:
    refund = find_refund(session, data.ref)
    if refund is None:
        return
    if not refund.is_open:
        end_review_of_refund(session, refund.id)
        return
    order = find_order(session, refund.order_id)
    assert order is not None
    assert order.payment_ref is not None
    reported = GatewayRefund(
        ref=refund.refund_ref or f"{REVIEWED_REF}{refund.id}",
        payment_ref=order.payment_ref,
        refund_id=refund.id,
        status=GatewayRefundStatus(str(data.outcome)),
        amount=refund.amount,
        at=context.clock(),
        failure=REVIEWED,
    )
    import_reviewed_refund(session, context, refund.gateway, reported)
