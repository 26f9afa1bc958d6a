"""Subscriptions: what is paid for every period, and how its buyer starts, changes, pauses and ends it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import Field

from domain.access.scope import Scope
from domain.ids import subscription_id_of_message
from domain.periods import PeriodUnit
from domain.subscriptions.subscription import SubscriptionStatus
from messages.errors import Unavailable
from store.subscriptions.read import SubscriptionLine, SubscriptionPage, UnknownSubscription, list_subscriptions
from store.subscriptions.read import subscription_page as find_page
from web.api.v1.ask import source_of
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Amount, Answer, At, ResourceId, amount
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.api.v1.problems import problem
from web.reading import read

family = Family("Subscriptions", "What is paid for every period.")


class SubscriptionAnswer(Answer):
    """A subscription, and how it goes on."""

    id: str
    status: Annotated[SubscriptionStatus, Field(description="`past_due`: a charge was declined, and is tried again")]
    product_id: str
    title: str
    price: Annotated[Amount, Field(description="Of a period")]
    period: PeriodUnit
    granted_seconds: Annotated[int, Field(description="Of a period", examples=[18000])]
    gateway: str
    created_at: At
    period_start: datetime | None
    period_end: Annotated[datetime | None, Field(description="When it renews, or ends")]
    trial_ends_at: datetime | None
    next_attempt_at: Annotated[datetime | None, Field(description="When the next charge is tried")]
    needs_buyer: Annotated[bool, Field(description="The buyer has to pay or confirm; `POST …/payments` says where")]
    next_product_id: Annotated[str | None, Field(description="What the next period is of, if that changes")]
    cancel_at_period_end: bool
    resumes_at: Annotated[datetime | None, Field(description="When a pause ends")]
    ended_at: datetime | None
    method: Annotated[str | None, Field(description="What is charged next", examples=["Visa •••• 4242"])]


class SubscriptionSummary(Answer):
    """A subscription in a list."""

    id: str
    status: SubscriptionStatus
    product_id: str
    price: Amount
    period: PeriodUnit
    period_end: datetime | None
    cancel_at_period_end: bool
    created_at: At


class SubscriptionList(Answer):
    """A page of subscriptions, the newest first."""

    items: list[SubscriptionSummary]
    next_cursor: str | None


class RequestedSubscription(Answer):
    """A subscription after a request, and where its buyer pays, where that is needed."""

    subscription: SubscriptionAnswer
    redirect_url: Annotated[str | None, Field(description="Open it in a browser: to pay, or to save a method")]
    order_id: Annotated[str | None, Field(description="The order that is to be paid")]


EXAMPLE: dict[str, Any] = {
    "id": "5a7b1c9e-2f47-5c55-8a60-0f8a7c1e2b3d",
    "status": "active",
    "product_id": "monthly",
    "title": "Стандартный",
    "price": {"amount_minor": 29_900, "currency": "RUB"},
    "period": "month",
    "granted_seconds": 6_000,
    "gateway": "yookassa",
    "created_at": "2026-11-01T09:00:00Z",
    "period_start": "2026-11-01T09:01:00Z",
    "period_end": "2026-12-01T09:01:00Z",
    "trial_ends_at": None,
    "next_attempt_at": "2026-12-01T09:01:00Z",
    "needs_buyer": False,
    "next_product_id": None,
    "cancel_at_period_end": False,
    "resumes_at": None,
    "ended_at": None,
    "method": "Visa •••• 4242",
}

SUMMARY = {name: EXAMPLE[name] for name in SubscriptionSummary.model_fields}

REQUESTED = {"subscription": EXAMPLE, "redirect_url": None, "order_id": None}


@family.add(
    "GET",
    "/subscriptions",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=SubscriptionList,
    example={"items": [SUMMARY], "next_cursor": None},
)
def list_own_subscriptions(
    request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> SubscriptionList:
    """List subscriptions, the newest first, those that have ended as well."""

    def find(inner: str | None) -> tuple[list[SubscriptionSummary], str | None]:
        found = read(
            caller.context,
            lambda session: list_subscriptions(session, account_id=caller.account_id, limit=limit, cursor=inner),
        )
        return [_summary(line) for line in found.lines], found.next_cursor

    items, next_cursor = page(request, cursor, find)
    return SubscriptionList(items=items, next_cursor=next_cursor)


@family.add(
    "GET",
    "/subscriptions/{subscription_id}",
    Scope.ACCOUNT_READ,
    problems=("not_found",),
    answers=SubscriptionAnswer,
    example=EXAMPLE,
)
def get_subscription(caller: CallerOf, subscription_id: ResourceId) -> SubscriptionAnswer:
    """Read a subscription."""
    return subscription_answer(require_subscription(caller, subscription_id))


def require_subscription(caller: Caller, subscription_id: str) -> SubscriptionPage:
    """
    Return a subscription of the caller's account.

    Raises:
        Problem: it has no such subscription; of another account's nothing is said.
    """
    found = find_subscription(caller, subscription_id)
    if found is None:
        raise problem("not_found", f"the account has no subscription {subscription_id}")
    return found


def find_subscription(caller: Caller, subscription_id: str) -> SubscriptionPage | None:
    """Return a subscription of the caller's account by its whole id; None: it has no such one."""
    try:
        found = read(caller.context, lambda session: find_page(session, subscription_id))
    except UnknownSubscription:
        return None
    mine = (found.subscription.id, found.subscription.account_id) == (subscription_id, caller.account_id)
    return found if mine else None


async def requested(caller: Caller, subscription_id: str, answer: dict[str, Any] | None) -> RequestedSubscription:
    """
    Return a subscription as it stands after a request.

    Raises:
        Unavailable: it could not be written within the time for a request.
    """
    found = await run_in_threadpool(find_subscription, caller, subscription_id)
    if found is None:
        raise Unavailable(f"subscription {subscription_id} could not be written within the time for a request")
    said = answer or {}
    return RequestedSubscription(
        subscription=subscription_answer(found), redirect_url=said.get("url"), order_id=said.get("order_id")
    )


def subscription_of_key(caller: Caller, key: str) -> str:
    """Return the id of the subscription that a start with a key writes."""
    return subscription_id_of_message(source_of(caller), key)


def subscription_answer(found: SubscriptionPage) -> SubscriptionAnswer:
    """Return a subscription as answers have it."""
    details = found.subscription
    same = SubscriptionAnswer.model_fields.keys() - {"price", "method"}
    return SubscriptionAnswer(
        price=amount(details.price),
        method=found.method and found.method.label,
        **{name: getattr(details, name) for name in same},
    )


def _summary(line: SubscriptionLine) -> SubscriptionSummary:
    same = SubscriptionSummary.model_fields.keys() - {"price"}
    return SubscriptionSummary(price=amount(line.price), **{name: getattr(line, name) for name in same})
