"""A second person: what one operator asks for becomes a message once another one has approved it."""

from dataclasses import replace

from domain.access.act import Act, Actor
from domain.access.second_person import (
    COUNTS_FOR,
    NEEDS_SECOND,
    OperatorRequest,
    RequestKind,
    RequestState,
    refuse_approval,
    refuse_decline,
)
from domain.money import Money
from domain.refusal import Refusal
from messages.envelope import AboutAccount
from messages.errors import MessageRejected
from messages.minutes.requests import PackageGrantRequested
from messages.payments.requests import RefundRequested
from store.access.audit_log import (
    add_act,
    lock_sums_of,
    minutes_granted_alone,
    minutes_granted_in_all,
    refunded_alone,
)
from store.access.operator_request import add_request, decide_request, find_request, lock_request, note_outcome
from store.engine import Session
from store.payments.refund import given_back_minor
from store.reading import reading
from workers.context import Context
from workers.operate import Check, source_of
from workers.submit import Submission, submit

MODELS: dict[RequestKind, type[AboutAccount]] = {
    RequestKind.GRANT: PackageGrantRequested,
    RequestKind.REFUND: RefundRequested,
}


def alone_in_grant(context: Context, name: str, account_id: str, minutes: int) -> Check:
    """Return what refuses a grant that makes more, with those of the day before, than an operator may grant alone."""

    def check(session: Session) -> None:
        lock_sums_of(session, name)
        since = context.clock() - COUNTS_FOR
        before = minutes_granted_alone(session, name, account_id, since=since)
        if context.limits.needs_second_for_grant(60 * (before + minutes)):
            raise MessageRejected(NEEDS_SECOND, f"{before} minutes were granted within a day; more needs two people")
        in_all = minutes_granted_in_all(session, name, since=since)
        if context.limits.needs_second_for_grants_of_day(60 * (in_all + minutes)):
            reason = f"{name} has granted {in_all} minutes in all within a day; more needs two people"
            raise MessageRejected(NEEDS_SECOND, reason)

    return check


def alone_in_refund(context: Context, name: str, order_id: str, amount: Money) -> Check:
    """Return what refuses a refund with which more goes back, for its order or in all, than an operator may alone."""

    def check(session: Session) -> None:
        # That of the message is among them.
        given = Money(given_back_minor(session, order_id), amount.currency)
        if context.limits.needs_second_for_refund(given):
            raise MessageRejected(NEEDS_SECOND, f"{given} would be given back for the order; that needs two people")
        lock_sums_of(session, name)
        before = refunded_alone(session, name, amount.currency, since=context.clock() - COUNTS_FOR)
        in_all = Money(before.minor + amount.minor, amount.currency)
        if context.limits.needs_second_for_refunds_of_day(in_all):
            reason = f"{name} would have given {in_all} back within a day; that needs two people"
            raise MessageRejected(NEEDS_SECOND, reason)

    return check


def ask_second_person(context: Context, act: Act, request: OperatorRequest) -> None:
    """Write down what an operator wants, with its line in the audit log; the same form twice is once."""

    def ask(session: Session) -> None:
        if add_request(session, request):
            add_act(session, act, at=request.asked_at)

    context.transact(ask)


def approve_request(context: Context, actor: Actor, kind: RequestKind, request_id: int, *, reason: str) -> str | None:
    """
    Approve a request of another operator and do what it asks for, in one transaction; return why that was refused.

    Its message is the approver's, and the audit log names who asked. What is refused by the handler, such as a refund
    of what has changed, is approved and came to nothing; it can be asked for again.

    Raises:
        MessageRejected: the request cannot be approved by them, any more or at all; nothing was written.
        Unavailable: a gateway or the store gave no answer; approving again is harmless.
    """
    with reading(context.engine) as session:
        request = find_request(session, request_id)
    if request is None or request.kind is not kind:
        raise MessageRejected("UnknownRequest", "there is no such request")
    action = {RequestKind.GRANT: "minutes.grant", RequestKind.REFUND: "order.refund"}[kind]
    detail = {"request": request_id, "asked_by": request.asked_by, "what": request.words}
    act = Act(actor, action, request.object, request.account_id, reason or request.reason, detail)
    submission = Submission(MODELS[kind], request.account_id, request.data, source_of(act), request.message_id)

    def decide(session: Session) -> None:
        # In each transaction of the message: the first one decides, and later ones find it decided.
        locked = lock_request(session, request_id)
        assert locked is not None
        refusal = refuse_approval(locked, actor.name, at=context.clock())
        if refusal is not None:
            raise MessageRejected(refusal.code, refusal.reason)
        if locked.state is RequestState.WAITING:
            decide_request(session, request_id, RequestState.APPROVED, by=actor.name, at=context.clock())
        add_act(session, act, at=context.clock(), message=(submission.source, submission.id))

    answer = submit(replace(context, along=decide), submission).answer
    if "code" not in answer:
        return None
    outcome = str(answer.get("reason", answer["code"]))
    context.transact(lambda session: note_outcome(session, request_id, outcome))
    return outcome


def decline_request(
    context: Context, actor: Actor, kind: RequestKind, request_id: int, *, reason: str
) -> Refusal | None:
    """Decline a request, by whoever asked for it as well; return why it cannot be."""

    def decline(session: Session) -> Refusal | None:
        request, at = lock_request(session, request_id), context.clock()
        if request is None or request.kind is not kind:
            return Refusal("UnknownRequest", "there is no such request")
        refusal = refuse_decline(request, actor.name, at=at)
        if refusal is not None or request.state is not RequestState.WAITING:
            return refusal
        decide_request(session, request_id, RequestState.DECLINED, by=actor.name, at=at)
        detail = {"asked_by": request.asked_by, "what": request.words}
        act = Act(actor, "request.decline", f"request:{request_id}", request.account_id, reason, detail)
        add_act(session, act, at=at)
        return None

    return context.transact(decline)
