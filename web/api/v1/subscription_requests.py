"""What buyers want of a subscription: start, change, pause, resume, cancel it, or pay what is owed."""

from typing import Annotated, Any, Literal

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field, model_validator

from domain.access.scope import Scope
from messages.envelope import AboutAccount
from messages.fields import Address, Codes, Country, Currency, Data, Locale, Moment, Reason, RowId, Text64
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionChangeRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
    SubscriptionStartRequested,
)
from web.api.v1.ask import ask
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import ResourceId
from web.api.v1.idempotency import IdempotencyKey
from web.api.v1.operation import Family
from web.api.v1.orders import CODES
from web.api.v1.problems import BARRED
from web.api.v1.return_urls import check_return_urls
from web.api.v1.subscriptions import (
    REQUESTED,
    RequestedSubscription,
    requested,
    require_subscription,
    subscription_of_key,
)

family = Family("Subscriptions", "What is paid for every period.")

BUYER = "buyer"

STATES = ("not_found", "no_subscription", "ended", "not_active", "cancelled", "payment_under_way")

SLOW = {202: "The gateway takes its time: read the subscription, and its order, until it is clear"}


class NewSubscription(Data):
    """What is to be subscribed to, and where the buyer comes back to."""

    product_id: Annotated[Text64, Field(examples=["monthly"])]
    currency: Annotated[Currency | None, Field(description="Without it, the account's, else the installation's")] = None
    country: Annotated[Country | None, Field(description="Helps to choose the gateway")] = None
    gateway: Annotated[Text64 | None, Field(description="Without it, chosen by currency and country")] = None
    locale: Locale | None = None
    return_url: Annotated[Address | None, Field(description="After paying; without it, a page of the portal")] = None
    cancel_url: Annotated[Address | None, Field(description="After giving up; without it, as `return_url`")] = None
    codes: Codes = ()


class SubscriptionChange(Data):
    """Another product, or another saved method; exactly one of them."""

    product_id: Annotated[Text64 | None, Field(examples=["yearly"])] = None
    method_id: Annotated[RowId | None, Field(description="A saved payment method")] = None
    when: Annotated[
        Literal["now", "period_end"] | None,
        Field(description="Without it: now for a higher price, at the period's end for a lower one"),
    ] = None
    return_url: Address | None = None
    reason: Reason | None = None

    @model_validator(mode="after")
    def _one_change(self) -> "SubscriptionChange":
        if (self.product_id is None) == (self.method_id is None):
            raise ValueError("give exactly one of product_id and method_id")
        return self


class SubscriptionPause(Data):
    """Until when it is not renewed."""

    until: Annotated[Moment | None, Field(description="Without it, until it is resumed")] = None


class SubscriptionCancellation(Data):
    """When it ends, and why."""

    when: Annotated[
        Literal["now", "period_end"], Field(description="`now` gives no money back; a refund is asked for by itself")
    ] = "period_end"
    reason: Reason | None = None


class SubscriptionPaymentWanted(Data):
    """Where the buyer comes back to after paying what is owed."""

    return_url: Address | None = None


class Nothing(Data):
    """Nothing has to be said."""


@family.add(
    "POST",
    "/subscriptions",
    Scope.ORDERS_WRITE,
    status=201,
    problems=(*BARRED, *CODES, "no_subscription", "already_subscribed", "payment_under_way", "not_with_trial"),
    asked={"product_id": "monthly"},
    needs_key=True,
    answers=RequestedSubscription,
    example=REQUESTED,
    more=SLOW,
)
async def start_subscription(
    request: Request, response: Response, caller: CallerOf, wanted: NewSubscription, key: IdempotencyKey
) -> RequestedSubscription:
    """
    Start a subscription.

    It begins when its first period is paid; one with a trial, when a method is saved.
    """
    data = wanted.model_dump(exclude={"codes"}) | _back(caller, wanted.return_url, wanted.cancel_url)
    data["codes"] = list(wanted.codes) or None
    data["address"] = caller.address(request) if wanted.codes else None
    answer = await ask(request, caller, SubscriptionStartRequested, data, key=key)
    if answer is None:
        response.status_code = 202
    return await requested(caller, subscription_of_key(caller, key), answer)


@family.add(
    "POST",
    "/subscriptions/{subscription_id}/changes",
    Scope.ORDERS_WRITE,
    problems=(
        *BARRED,
        *STATES,
        "unknown_product",
        "no_price",
        "other_currency",
        "no_change",
        "on_trial",
        "not_paid",
        "worth_more",
        "no_method",
        "no_such_method",
        "method_expired",
        "method_declined",
        "no_gateway",
        "declined",
        "return_url_not_allowed",
    ),
    asked={"product_id": "yearly", "when": "now"},
    needs_key=True,
    answers=RequestedSubscription,
    example=REQUESTED,
    more=SLOW,
)
async def change_subscription(
    request: Request,
    response: Response,
    caller: CallerOf,
    subscription_id: ResourceId,
    wanted: SubscriptionChange,
    key: IdempotencyKey,
) -> RequestedSubscription:
    """
    Change the product or the payment method.

    A dearer product is charged at once, less what is unused of the present period; a cheaper one begins with the next.
    """
    data = wanted.model_dump() | _back(caller, wanted.return_url, None)
    if wanted.method_id is not None:
        data["changed_by"] = _by(caller)
    return await _ask(request, response, (caller, subscription_id), (SubscriptionChangeRequested, data), key)


@family.add(
    "POST",
    "/subscriptions/{subscription_id}/pauses",
    Scope.ORDERS_WRITE,
    problems=(*STATES, "in_the_past"),
    asked={"until": "2027-01-15T00:00:00Z"},
    needs_key=True,
    answers=RequestedSubscription,
    example=REQUESTED,
    more=SLOW,
)
async def pause_subscription(
    request: Request,
    response: Response,
    caller: CallerOf,
    subscription_id: ResourceId,
    wanted: SubscriptionPause,
    key: IdempotencyKey,
) -> RequestedSubscription:
    """Let it not be renewed for a while; what is paid for can be used to its end."""
    until = wanted.until and wanted.until.isoformat()
    return await _ask(request, response, (caller, subscription_id), (SubscriptionPauseRequested, {"until": until}), key)


@family.add(
    "POST",
    "/subscriptions/{subscription_id}/resumptions",
    Scope.ORDERS_WRITE,
    problems=(*STATES, "nothing_to_resume"),
    asked={},
    needs_key=True,
    answers=RequestedSubscription,
    example=REQUESTED,
    more=SLOW,
)
async def resume_subscription(
    request: Request,
    response: Response,
    caller: CallerOf,
    subscription_id: ResourceId,
    wanted: Nothing,
    key: IdempotencyKey,
) -> RequestedSubscription:
    """End a pause, or take back a cancellation at the period's end."""
    return await _ask(request, response, (caller, subscription_id), (SubscriptionResumeRequested, {}), key)


@family.add(
    "POST",
    "/subscriptions/{subscription_id}/cancellations",
    Scope.ORDERS_WRITE,
    problems=STATES,
    asked={"when": "period_end", "reason": "too dear"},
    needs_key=True,
    answers=RequestedSubscription,
    example=REQUESTED,
    more=SLOW,
)
async def cancel_subscription(
    request: Request,
    response: Response,
    caller: CallerOf,
    subscription_id: ResourceId,
    wanted: SubscriptionCancellation,
    key: IdempotencyKey,
) -> RequestedSubscription:
    """Let it not be charged any more; until the period's end that can be taken back."""
    data = wanted.model_dump() | {"cancelled_by": _by(caller)}
    return await _ask(request, response, (caller, subscription_id), (SubscriptionCancelRequested, data), key)


@family.add(
    "POST",
    "/subscriptions/{subscription_id}/payments",
    Scope.ORDERS_WRITE,
    problems=(*BARRED, *STATES, "nothing_owed", "return_url_not_allowed"),
    asked={},
    needs_key=True,
    answers=RequestedSubscription,
    example=REQUESTED,
    more=SLOW,
)
async def pay_subscription(
    request: Request,
    response: Response,
    caller: CallerOf,
    subscription_id: ResourceId,
    wanted: SubscriptionPaymentWanted,
    key: IdempotencyKey,
) -> RequestedSubscription:
    """Pay a renewal that was declined, or that the bank wants confirmed."""
    data = _back(caller, wanted.return_url, None)
    return await _ask(request, response, (caller, subscription_id), (SubscriptionPaymentRequested, data), key)


async def _ask(
    request: Request,
    response: Response,
    whose: tuple[Caller, str],
    message: tuple[type[AboutAccount], dict[str, Any]],
    key: str,
) -> RequestedSubscription:
    caller, subscription_id = whose
    await run_in_threadpool(require_subscription, caller, subscription_id)
    model, data = message
    answer = await ask(request, caller, model, data | {"subscription_id": subscription_id}, key=key)
    if answer is None:
        response.status_code = 202
    return await requested(caller, subscription_id, answer)


def _back(caller: Caller, return_url: str | None, cancel_url: str | None) -> dict[str, Any]:
    check_return_urls(caller.api.settings, return_url, cancel_url)
    back = return_url or f"{caller.api.settings.portal_url}/subscription"
    return {"return_url": back, "cancel_url": cancel_url or back}


def _by(caller: Caller) -> str:
    return caller.owner if caller.is_server else BUYER
