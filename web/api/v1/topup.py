"""Auto top-up: minutes are bought when few are left; and the payment methods that it may charge."""

from datetime import date, datetime
from typing import Annotated

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from domain.access.scope import Scope
from domain.payments.stored_method import MethodEnd
from domain.subscriptions.topup import TopupStop
from messages.errors import Unavailable
from messages.subscriptions.topup import TopupSetData, TopupSetRequested
from store.payments.read_methods import list_methods
from store.subscriptions.read_topup import UnknownTopup, topup_details
from web.api.v1.ask import ask
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Answer, At, PositiveMinor, Seconds
from web.api.v1.operation import Family
from web.api.v1.problems import BARRED, problem
from web.reading import read

family = Family("Auto top-up", "Minutes that are bought when few are left.")


class TopupSetting(TopupSetData):
    """How an account is to be topped up; what is left out is as before, or as said beside it."""

    max_minor_per_day: Annotated[
        PositiveMinor | None, Field(description="Money of a UTC day; without limit if never given")
    ] = None


class TopupAnswer(Answer):
    """How an account is topped up."""

    is_on: bool
    threshold_seconds: Annotated[int, Field(description="Below so much balance it is bought", examples=[1200])]
    product_id: str
    currency: str
    method_id: int | None
    max_per_day: Annotated[int, Field(description="Of a UTC day", examples=[3])]
    max_minor_per_day: Annotated[int | None, Field(description="Money of a UTC day; null is without limit")]
    cooldown_seconds: Seconds
    stop: Annotated[TopupStop | None, Field(description="Why it was switched off by itself")]
    stop_code: Annotated[str | None, Field(description="The gateway's word, where it said no")]
    stopped_at: datetime | None


class MethodAnswer(Answer):
    """A saved payment method."""

    id: int
    gateway: str
    label: Annotated[str, Field(examples=["Visa •••• 4242"])]
    expires_on: Annotated[date | None, Field(description="The last day of a card")]
    saved_at: At
    ended_at: datetime | None
    end_reason: MethodEnd | None


class MethodList(Answer):
    """The saved payment methods, in the order in which they are tried."""

    items: list[MethodAnswer]


EXAMPLE = {
    "is_on": True,
    "threshold_seconds": 1_200,
    "product_id": "standard",
    "currency": "RUB",
    "method_id": None,
    "max_per_day": 3,
    "max_minor_per_day": 200_000,
    "cooldown_seconds": 3_600,
    "stop": None,
    "stop_code": None,
    "stopped_at": None,
}

METHOD = {
    "id": 7,
    "gateway": "yookassa",
    "label": "Visa •••• 4242",
    "expires_on": "2028-04-30",
    "saved_at": "2026-11-01T09:01:00Z",
    "ended_at": None,
    "end_reason": None,
}


@family.add("GET", "/topup", Scope.ACCOUNT_READ, problems=("not_found",), answers=TopupAnswer, example=EXAMPLE)
def get_topup(caller: CallerOf) -> TopupAnswer:
    """Read how the account is topped up."""
    return _topup(caller)


def _topup(caller: Caller) -> TopupAnswer:
    try:
        found = read(caller.context, lambda session: topup_details(session, caller.account_id))
    except UnknownTopup as error:
        raise problem("not_found", str(error)) from error
    return TopupAnswer.model_validate(found)


@family.add(
    "PUT",
    "/topup",
    Scope.ORDERS_WRITE,
    problems=(
        "incomplete",
        "limit_in_other_currency",
        "limit_too_low",
        *BARRED,
        "unknown_product",
        "subscription",
        "no_price",
        "no_method",
        "no_such_method",
    ),
    answers=TopupAnswer,
    example=EXAMPLE,
    asked={"is_on": True, "threshold_seconds": 1_200, "product_id": "standard", "max_minor_per_day": 200_000},
)
async def set_topup(request: Request, caller: CallerOf, wanted: TopupSetting) -> TopupAnswer:
    """
    Set how the account is topped up.

    The first time a threshold and a product are needed. Where the balance is below the threshold already, minutes are
    bought at once.
    """
    if await ask(request, caller, TopupSetRequested, wanted.model_dump()) is None:
        raise Unavailable("the top-up could not be set within the time for a request")
    return await run_in_threadpool(_topup, caller)


@family.add(
    "GET",
    "/payment-methods",
    Scope.ACCOUNT_READ,
    answers=MethodList,
    example={"items": [METHOD]},
)
def list_payment_methods(caller: CallerOf) -> MethodList:
    """List saved payment methods; those that have ended come last."""
    found = read(caller.context, lambda session: list_methods(session, caller.account_id))
    return MethodList(items=[MethodAnswer.model_validate(method) for method in found])
