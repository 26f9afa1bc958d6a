"""The subscription: what it costs, when it is charged next, and how it is paused, cancelled and kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from messages.envelope import AboutAccount
from messages.errors import MessageRejected, Unavailable
from messages.subscriptions.requests import (
    SubscriptionCancelRequested,
    SubscriptionPauseRequested,
    SubscriptionPaymentRequested,
    SubscriptionResumeRequested,
)
from store.engine import Session
from store.payments.read_receipts import title_in
from store.reading import reading
from store.subscriptions.read import SubscriptionPage, live_subscription, subscription_page
from web.portal.plans import find_plans
from web.portal.show import show
from web.portal.visitor import OwnForm, Signed, SignedIn, portal_of
from workers.submit import Submission, submit

SOURCE = "portal"

MAX_CODE_CHARACTERS = 100

Action = Literal["cancel", "keep", "pause", "pay"]

_MODELS: dict[str, type[AboutAccount]] = {
    "cancel": SubscriptionCancelRequested,
    "keep": SubscriptionResumeRequested,
    "pause": SubscriptionPauseRequested,
    "pay": SubscriptionPaymentRequested,
}

router = APIRouter()


def _said(
    request: Request,
    action: Annotated[Action, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    days: Annotated[Literal["", "30", "60", "90"], Form()] = "",
) -> dict[str, Any]:
    """Return what a form says besides its action: why it is cancelled, or for how long it is paused."""
    if action == "cancel":
        return {"cancelled_by": "buyer", "reason": reason.strip() or None}
    if action == "pause" and days:
        # To the day, so that the same form sent twice says the same.
        today = portal_of(request).context.clock().replace(hour=0, minute=0, second=0, microsecond=0)
        return {"until": (today + timedelta(days=int(days))).isoformat()}
    return {}


@router.get("/subscription")
def subscription(
    request: Request, signed: SignedIn, code: Annotated[str, Query(max_length=MAX_CODE_CHARACTERS)] = ""
) -> Response:
    """Show the account's subscription, or what it can subscribe to and what a code changes."""
    # A code that does not count is noted as a try of the account; who only looks tries none.
    return show_subscription(request, signed, code="" if signed.visitor.is_read_only else code.strip())


@router.post("/subscription")
def act(
    request: Request,
    signed: OwnForm,
    action: Annotated[Action, Form()],
    subscription_id: Annotated[str, Form(max_length=64)],
    form_id: Annotated[str, Form(max_length=64)],
    said: Annotated[dict[str, Any], Depends(_said)],
) -> Response:
    """Do what a button says; a form that is sent twice does it once."""
    portal = portal_of(request)
    data: dict[str, Any] = {"subscription_id": subscription_id} | said
    if action == "pay":
        data |= {"return_url": f"{portal.address}/subscription", "cancel_url": f"{portal.address}/subscription"}
    message = Submission(_MODELS[action], signed.visitor.account_id, data, SOURCE, f"{form_id}-{action}")
    try:
        answer = submit(portal.context, message).answer
    except MessageRejected:
        return show_subscription(request, signed, status=400, is_refused=True)
    except Unavailable:
        return show_subscription(request, signed, status=503, is_refused=True)
    if "code" in answer:
        return show_subscription(request, signed, status=409, is_refused=True)
    if action == "pay" and "order_id" in answer:
        return RedirectResponse(f"/pay/{answer['order_id']}", status_code=303)
    return RedirectResponse("/subscription", status_code=303)


def read_subscription(session: Session, signed: Signed, subscription_id: str) -> SubscriptionPage:
    """Return the page of a subscription, called as its reader calls it."""
    page = subscription_page(session, subscription_id)
    named = page.subscription
    title = title_in(session, signed.reader.language, named.product_id, named.title)
    return replace(page, subscription=replace(named, title=title))


def show_subscription(
    request: Request,
    signed: Signed,
    *,
    status: int = 200,
    is_refused: bool = False,
    code: str = "",
    refusal: str | None = None,
) -> Response:
    """
    Show the account's subscription, or what it can subscribe to.

    Args:
        request: whose.
        signed: who it is.
        status: of the answer.
        is_refused: what was wanted was not possible.
        code: a promo code that is asked about.
        refusal: why what was wanted was not possible, as a code of a refusal.
    """
    found: SubscriptionPage | None = None
    with reading(portal_of(request).context.engine) as session:
        live = live_subscription(session, signed.visitor.account_id)
        if live is not None:
            found = read_subscription(session, signed, live.id)
    plans, refused = ([], None) if found else find_plans(request, signed, code)
    return show(
        request,
        "subscription.html",
        signed.reader,
        status=status,
        signed=signed,
        found=found,
        plans=plans,
        form_id=str(uuid4()),
        is_refused=is_refused,
        code=code,
        refused=refused,
        refusal=refusal,
    )
