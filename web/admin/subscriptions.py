"""Subscriptions: the list by state, which is the dunning board as well, and one of them with what support may do."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field

from domain.access.role import Permission
from domain.subscriptions.subscription import SubscriptionStatus
from messages.envelope import AboutAccount
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionPauseRequested,
    SubscriptionResumeRequested,
)
from store.cursor import WrongCursor
from store.reading import reading
from store.subscriptions.read import UnknownSubscription, list_subscriptions, subscription_page
from web.admin.acting import FormId, Why, new_form_id, perform
from web.admin.lists import EMPTY_IS_NONE, address_with
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.saved import saved_of
from web.admin.show import show
from web.admin.words import said, tone
from workers.submit import Submission

router = AdminRouter()

Action = Literal["cancel", "cancel_now", "pause", "resume"]

_MODELS: dict[str, type[AboutAccount]] = {
    "cancel": SubscriptionCancelRequested,
    "cancel_now": SubscriptionCancelRequested,
    "pause": SubscriptionPauseRequested,
    "resume": SubscriptionResumeRequested,
}
_DONE = {"cancel": "cancelled", "cancel_now": "cancelled", "pause": "paused", "resume": "resumed"}


class Asked(BaseModel):
    """Which subscriptions the address asks for."""

    status: Annotated[SubscriptionStatus | None, EMPTY_IS_NONE] = None
    cursor: str | None = Field(default=None, max_length=2_000)


@dataclass(frozen=True)
class ActionForm:
    """What a button of a subscription says; `expected_status` is what its page showed."""

    subscription_id: Annotated[str, Form(max_length=128)]
    action: Annotated[Action, Form()]
    expected_status: Annotated[str, Form(max_length=40)]
    form_id: FormId
    reason: Why = ""


@router.page("/subscriptions", Permission.SUBSCRIPTIONS_READ)
def subscriptions(request: Request, signed: SignedIn, asked: Annotated[Asked, Query()]) -> Response:
    """Show a page of subscriptions; those whose payment failed stand with their attempts."""
    with reading(admin_of(request).lists.engine) as session:
        try:
            found = list_subscriptions(session, status=asked.status, cursor=asked.cursor)
        except WrongCursor:
            return show(request, "not_found.html", signed, status=404)
    older = address_with("/subscriptions", {"status": asked.status}, found.next_cursor)
    statuses = [("", "any"), *((status, status.replace("_", " ")) for status in SubscriptionStatus)]
    return show(
        request,
        "subscriptions.html",
        signed,
        saved=saved_of(request, signed),
        lines=found.lines,
        older=older,
        asked=asked,
        statuses=statuses,
        tone_of=tone,
    )


@router.page("/subscription", Permission.SUBSCRIPTIONS_READ)
def subscription(
    request: Request,
    signed: SignedIn,
    id: Annotated[str, Query(max_length=128)],  # noqa: A002
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show one subscription."""
    return _page(request, signed, id, done=said(done))


@router.action("/subscription", Permission.SUBSCRIPTIONS_CHANGE)
def act_on(request: Request, signed: SignedIn, wanted: Annotated[ActionForm, Depends()]) -> Response:
    """Do what a button says; refused when the subscription is in another state than the page showed."""
    context, reason = admin_of(request).context, wanted.reason.strip()
    with reading(context.engine) as session:
        try:
            found = subscription_page(session, wanted.subscription_id).subscription
        except UnknownSubscription:
            return show(request, "not_found.html", signed, status=404)
    if found.status != wanted.expected_status:
        return _page(request, signed, found.id, fault="It has changed since this page was loaded; look again.")
    data: dict[str, Any] = {"subscription_id": found.id}
    if wanted.action in ("cancel", "cancel_now"):
        when = "now" if wanted.action == "cancel_now" else "period_end"
        data |= {"cancelled_by": signed.operator.name, "reason": reason or None, "when": when}
    name = f"subscription.{wanted.action}"
    act = signed.act(name, f"subscription:{found.id}", account_id=found.account_id, reason=reason)
    submission = Submission(_MODELS[wanted.action], found.account_id, data, "", wanted.form_id)
    done = perform(context, act, submission)
    if done.fault is not None:
        return _page(request, signed, found.id, fault=done.fault)
    query = urlencode({"id": found.id, "done": _DONE[wanted.action]})
    return RedirectResponse(f"/subscription?{query}", status_code=303)


def _page(
    request: Request, signed: Signed, named: str, *, done: str | None = None, fault: str | None = None
) -> Response:
    with reading(admin_of(request).context.engine) as session:
        try:
            page = subscription_page(session, named)
        except UnknownSubscription:
            return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "subscription.html",
        signed,
        status=200 if fault is None else 409,
        page=page,
        done=done,
        fault=fault,
        form_id=new_form_id(),
        tone_of=tone,
    )
