"""The saga of a refund: frozen, sent, and then voided or released."""

import logging
from dataclasses import dataclass
from typing import Any

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import RefundRequest
from domain.ids import refund_id_of_message
from domain.payments.movement import Movement, MovementKind, movements
from domain.payments.order import NO_GATEWAY, buyer_in
from domain.payments.quote import Quote, refund_quote
from domain.payments.refund import Refund, RefundOrigin, RefundStatus
from domain.payments.refund_decision import begin_refund_call, mark_unknown
from domain.refusal import Refusal
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import RefundRequested
from messages.read import Event
from store.engine import Session
from store.inbox import Answer, Known, save_answers
from store.minutes.save import save
from store.payments.buyer import find_buyer
from store.payments.case import Case, open_case
from store.payments.order import find_order_key
from store.payments.refund import find_refund
from store.payments.refund_basis import RefundBasis, find_refund_basis
from store.reading import reading
from workers.claims import claim
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import emit_refund_refused
from workers.payments.case import close_case, move
from workers.payments.refund_result import apply_refund, refuse_refund

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RefundCall:
    """A call for a refund that is about to be made; `was_made_before`: it may have gone through already."""

    refund: Refund
    request: RefundRequest
    was_made_before: bool


def quote(
    context: Context, order_id: str, amount_minor: int | None, *, waives_minutes: bool = False
) -> Quote | Refusal:
    """
    Tell what a refund of an order would do; nothing happens, and nothing is locked.

    Raises:
        NotSetUp: the order's gateway is not set up here.
        Unavailable: the store is away.
    """
    with reading(context.engine) as session:
        basis = find_refund_basis(session, order_id)
    return _quote(context, order_id, basis, amount_minor, waives_minutes=waives_minutes)


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
    refund = context.transact(lambda session: find_refund(session, answer["refund_id"]))
    assert refund is not None
    return answer | {"status": str(refund.status)} | ({"failure": refund.failure} if refund.failure else {})


def send_refund(context: Context, refund_id: str) -> None:
    """
    Ask the gateway for a refund that is not done yet; with the same key as before.

    Raises:
        Unavailable: the gateway gave no answer; the minutes stay frozen, and repeating is harmless.
    """
    call = context.transact(lambda session: _begin_call(session, context, refund_id))
    if call is None:
        return
    refund = call.refund
    try:
        reported = _ask(context, call)
    except UnableToReach as error:
        context.transact(lambda session: _mark_unknown(session, context, refund))
        raise Unavailable(f"what became of refund {refund.id} is not known yet: {error}") from error
    except CallRefused as error:
        # Our key may be another account's, or it lacks a right: that ends no refund.
        log.warning("what became of refund %s is not known: %s", refund.id, error)
        context.transact(lambda session: _mark_unknown(session, context, refund))
        return
    if isinstance(reported, Refusal):
        code = reported.code
        context.transact(lambda session: refuse_refund(session, context, refund, code))
    else:
        apply_refund(context, refund.gateway, reported)


def _ask(context: Context, call: RefundCall) -> GatewayRefund | Refusal:
    """
    Ask the gateway what became of a refund, or for it.

    Returns:
        The refund as the gateway has it; or a refusal, and no earlier call has gone through.

    Raises:
        UnableToReach: no clear answer.
        CallRefused: a refusal that says nothing about the refund.
    """
    gateway, refund = context.gateway(call.refund.gateway), call.refund
    if refund.refund_ref is not None:
        return gateway.fetch_refund(refund.refund_ref)
    try:
        return gateway.refund(call.request, f"rf-{refund.id}")
    except NotFound:
        raise
    except CallRefused as error:
        refusal = Refusal(error.code, str(error))
    if not call.was_made_before:
        return refusal
    made = (one for one in gateway.list_refunds(call.request.payment_ref) if one.refund_id == refund.id)
    return next(made, refusal)


def _quote(
    context: Context, order_id: str, basis: RefundBasis | None, amount_minor: int | None, *, waives_minutes: bool
) -> Quote | Refusal:
    if basis is None:
        return Refusal("UnknownOrder", f"there is no order {order_id}")
    if basis.bought is None:
        return Refusal("NotPaid", f"order {order_id} is {basis.status}; only what was paid can be refunded")
    window = None if basis.gateway == NO_GATEWAY else context.gateway(basis.gateway).refund_window
    return refund_quote(basis.bought, amount_minor, now=context.clock(), window=window, waives_minutes=waives_minutes)


def _begin(session: Session, context: Context, event: Event) -> dict[str, Any]:
    envelope = event.envelope
    assert isinstance(envelope, RefundRequested)
    claimed = claim(session, event)
    if isinstance(claimed, Known):
        return claimed.answer or {}
    data, facts = envelope.data, Facts(context.clock())
    facts.name_cause(envelope)
    # Before anything of that account is locked: nobody holds the locks of two accounts.
    key = find_order_key(session, data.order_id)
    if key is not None and key.account_id != envelope.subject:
        raise MessageRejected(
            "OtherAccount", f"order {data.order_id} belongs to another account than {envelope.subject}"
        )
    case = open_case(session, data.order_id)
    quoted = _quote(context, data.order_id, _basis(case), data.amount_minor, waives_minutes=data.waive_minutes)
    quoted = _as_expected(quoted, data.expected_refundable_minor)
    if isinstance(quoted, Refusal):
        answer: dict[str, Any] = {"order_id": data.order_id, "code": quoted.code, "reason": quoted.reason}
        emit_refund_refused(facts, envelope, quoted)
        save(session, (), facts)
    else:
        assert case is not None
        refund = _refund(case, envelope, quoted, facts, message_id=claimed)
        case.refunds[refund.id] = refund
        frozen = movements(
            Movement(MovementKind.FREEZE, quoted.void_seconds),
            Movement(MovementKind.FREEZE, quoted.bonus_void_seconds, is_bonus=True),
        )
        move(session, case, frozen, facts, message_id=claimed)
        close_case(session, case, facts)
        answer = _answer(refund)
    save_answers(session, {claimed: Answer(answer, is_refusal=isinstance(quoted, Refusal))})
    return answer


def _as_expected(quoted: Quote | Refusal, expected_minor: int | None) -> Quote | Refusal:
    """Refuse what somebody has decided who was shown something else, such as two people at once."""
    if expected_minor is None or isinstance(quoted, Refusal) or quoted.refundable.minor == expected_minor:
        return quoted
    return Refusal("Changed", f"{quoted.refundable} may be refunded now, not what was shown; look at the order again")


def _basis(case: Case | None) -> RefundBasis | None:
    if case is None:
        return None
    is_paid = case.order.status is PaymentStatus.PAID
    return RefundBasis(case.order.gateway, case.order.status, case.bought if is_paid else None)


def _refund(case: Case, request: RefundRequested, quoted: Quote, facts: Facts, *, message_id: int) -> Refund:
    return Refund(
        id=refund_id_of_message(request.source, request.id),
        order_id=case.order.id,
        gateway=case.order.gateway,
        refund_ref=None,
        origin=RefundOrigin.OURS,
        status=RefundStatus.FROZEN,
        amount=quoted.amount,
        void_seconds=quoted.void_seconds,
        is_waived=request.data.waive_minutes,
        is_full=quoted.is_full,
        reason=request.data.reason,
        requested_by=request.data.requested_by,
        message_id=message_id,
        created_at=facts.at,
        updated_at=facts.at,
        bonus_void_seconds=quoted.bonus_void_seconds,
    )


def _answer(refund: Refund) -> dict[str, Any]:
    return {
        "refund_id": refund.id,
        "order_id": refund.order_id,
        "amount_minor": refund.amount.minor,
        "currency": refund.amount.currency,
        "void_seconds": refund.void_seconds,
        "bonus_void_seconds": refund.bonus_void_seconds,
    }


def _begin_call(session: Session, context: Context, refund_id: str) -> RefundCall | None:
    """Note that the gateway is called from now on; None: there is nothing to call it for."""
    found = find_refund(session, refund_id)
    case = open_case(session, found.order_id) if found is not None else None
    if case is None:
        return None
    refund, order, now = case.refunds[refund_id], case.order, context.clock()
    if not refund.is_open or refund.needs_review:
        return None
    assert order.payment_ref is not None
    lifetime = context.gateway(refund.gateway).key_lifetime
    if refund.refund_ref is None and refund.called_at is not None and now - refund.called_at > lifetime:
        case.refunds[refund.id] = mark_unknown(refund, at=now, needs_review=True)
        close_case(session, case, Facts(now))
        return None
    buyer = find_buyer(session, order.account_id, refund.gateway).for_call(order.account_id)
    begun = begin_refund_call(refund, buyer, at=now)
    case.refunds[refund.id] = begun
    close_case(session, case, Facts(now))
    assert begun.buyer_snapshot is not None
    request = RefundRequest(
        refund_id=refund.id,
        payment_ref=order.payment_ref,
        amount=refund.amount,
        is_full=refund.is_full,
        title=order.title,
        buyer=buyer_in(order.account_id, begun.buyer_snapshot),
        note=refund.reason,
    )
    return RefundCall(begun, request, was_made_before=refund.called_at is not None)


def _mark_unknown(session: Session, context: Context, refund: Refund) -> None:
    case = open_case(session, refund.order_id)
    assert case is not None
    present, facts = case.refunds[refund.id], Facts(context.clock())
    if present.is_open:
        case.refunds[refund.id] = mark_unknown(present, at=facts.at)
        close_case(session, case, facts)
