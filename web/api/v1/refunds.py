"""Refunds: what one would give back and take, and asking for it."""

from typing import Annotated

from fastapi import Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from domain.access.scope import Scope
from domain.ids import refund_id_of_message
from domain.payments.refund import RefundStatus
from domain.refusal import Refusal
from messages.errors import Unavailable
from messages.fields import Data, Minor, Reason
from messages.payments.requests import RefundRequested
from web.api.v1.ask import ask, source_of
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Amount, Answer, PositiveMinor, ResourceId, Seconds, amount
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.orders import require_order
from web.api.v1.problems import problem, refuse
from web.api.v1.refund_answers import RefundAnswer, refund_answer
from workers.payments import refund as refunds

family = Family("Refunds", "Money that is given back, and the minutes that go with it.")

CODES = (
    "unknown_order",
    "not_paid",
    "free_order",
    "disputed",
    "too_late",
    "restored_before",
    "nothing_left",
    "too_much",
    "no_gateway",
)

BUYER = "buyer"


class RefundQuote(Answer):
    """What a refund would do; nothing has happened yet."""

    amount: Amount
    refundable: Annotated[Amount, Field(description="The most that could be given back now")]
    void_seconds: Annotated[int, Field(description="Bought seconds that it would take", examples=[16320])]
    bonus_void_seconds: Seconds
    is_full: bool


class NewRefund(Data):
    """How much is to be given back, and why."""

    amount_minor: Annotated[PositiveMinor | None, Field(description="Without it, all that may be")] = None
    expected_minor: Annotated[
        Minor | None,
        Field(description="What the quote said that it would give; the refund is refused when that has changed"),
    ] = None
    reason: Annotated[Reason, Field(examples=["bought by mistake"])]


QUOTE = {
    "amount": {"amount_minor": 63_376, "currency": "RUB"},
    "refundable": {"amount_minor": 63_376, "currency": "RUB"},
    "void_seconds": 16_320,
    "bonus_void_seconds": 0,
    "is_full": False,
}

EXAMPLE = {
    "id": "3c1b7a5e-8e0f-5b57-a2fd-1c2f9f6a0b77",
    "status": "succeeded",
    "amount": {"amount_minor": 63_376, "currency": "RUB"},
    "void_seconds": 16_320,
    "bonus_void_seconds": 0,
    "is_full": False,
    "failure": None,
    "created_at": "2026-11-28T09:00:00Z",
    "succeeded_at": "2026-11-28T09:00:02Z",
}


@family.add(
    "GET",
    "/orders/{order_id}/refund-quote",
    Scope.ACCOUNT_READ,
    problems=CODES,
    answers=RefundQuote,
    example=QUOTE,
)
def quote_refund(
    caller: CallerOf,
    order_id: ResourceId,
    amount_minor: Annotated[int | None, Query(gt=0, le=10**12, description="Without it, all that may be")] = None,
) -> RefundQuote:
    """Ask what a refund would give back and take; nothing happens."""
    require_order(caller, order_id)
    found = refunds.quote(caller.context, order_id, amount_minor, waives_minutes=False)
    if isinstance(found, Refusal):
        refuse(found.code, found.reason)
    return RefundQuote(
        amount=amount(found.amount),
        refundable=amount(found.refundable),
        void_seconds=found.void_seconds,
        bonus_void_seconds=found.bonus_void_seconds,
        is_full=found.is_full,
    )


@family.add(
    "POST",
    "/orders/{order_id}/refunds",
    Scope.ORDERS_WRITE,
    status=201,
    problems=(*CODES, "expected_other"),
    needs_key=True,
    answers=RefundAnswer,
    example=EXAMPLE,
    asked={"expected_minor": 63_376, "reason": "bought by mistake"},
    more={202: "The gateway takes its time: read the order until the refund is final"},
)
async def create_refund(
    request: Request,
    response: Response,
    caller: CallerOf,
    order_id: ResourceId,
    wanted: NewRefund,
    key: IdempotencyKey,
) -> RefundAnswer:
    """
    Ask for money back.

    The unused minutes that it pays for are frozen at once, and taken when the money is on its way.
    """
    await run_in_threadpool(require_order, caller, order_id)
    refund_id = refund_id_of_message(source_of(caller), key)
    minor = wanted.amount_minor
    if wanted.expected_minor is not None and not await run_in_threadpool(_has, caller, order_id, refund_id):
        found = await run_in_threadpool(quote_refund, caller, order_id, minor)
        if found.amount.amount_minor != wanted.expected_minor:
            raise problem("expected_other", f"it would give {found.amount.amount_minor} now; ask for a new quote")
    data = {
        "order_id": order_id,
        "amount_minor": minor if minor is not None else wanted.expected_minor,
        "reason": wanted.reason,
        "requested_by": caller.owner if caller.is_server else BUYER,
    }
    try:
        await ask(request, caller, RefundRequested, data, key=key)
    except Unavailable:
        if not await run_in_threadpool(_has, caller, order_id, refund_id):
            raise
    found_order = await run_in_threadpool(require_order, caller, order_id)
    made = next((refund for refund in found_order.refunds if refund.id == refund_id), None)
    if made is None:
        raise Unavailable(f"refund {refund_id} could not be written within the time for a request")
    if made.status not in (RefundStatus.SUCCEEDED, RefundStatus.FAILED):
        response.status_code = 202
    return refund_answer(made)


def _has(caller: Caller, order_id: str, refund_id: str) -> bool:
    return any(refund.id == refund_id for refund in require_order(caller, order_id).refunds)
