"""Changing a subscription: what each other product would cost and from when on, and then exactly that."""

from typing import Annotated, Literal
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.ids import order_id_of_message
from messages.errors import MessageRejected, Unavailable
from messages.subscriptions.requests import SubscriptionChangeRequested
from store.reading import reading
from store.subscriptions.read import live_subscription
from web.portal.plans import subscribable
from web.portal.show import show
from web.portal.subscription import SOURCE, read_subscription
from web.portal.visitor import OwnForm, Signed, SignedIn, portal_of
from workers.submit import Submission, submit
from workers.subscriptions.change_quote import ChangeQuote, quote_changes

router = APIRouter()


@router.get("/subscription/change")
def choices(request: Request, signed: SignedIn) -> Response:
    """Show what the subscription can be changed to, and what that would do; nothing happens."""
    return _page(request, signed)


@router.post("/subscription/change")
def change(
    request: Request,
    signed: OwnForm,
    product_id: Annotated[str, Form(max_length=64)],
    form_id: Annotated[str, Form(max_length=64)],
    when: Annotated[Literal["now", "period_end"], Form()],
    expected_minor: Annotated[int, Form(ge=0, lt=2**53)],
) -> Response:
    """
    Change to a product for what the page had shown; sent twice, the form changes once.

    Were minutes used since, another sum would be charged, and the worker refuses.
    """
    portal = portal_of(request)
    order_id = order_id_of_message(SOURCE, form_id)
    back = f"{portal.address}/return/{order_id}"
    data = {
        "product_id": product_id,
        "when": when,
        "expected_minor": expected_minor,
        "return_url": back,
        "cancel_url": back,
    }
    message = Submission(SubscriptionChangeRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        answer = submit(portal.context, message).answer
    except MessageRejected:
        return _page(request, signed, status=400, trouble="NotPossible")
    except Unavailable:
        # The card may have been charged: the page of that order waits for what is known.
        return RedirectResponse(f"/return/{order_id}", status_code=303)
    if "code" in answer:
        return _page(request, signed, status=409, trouble=answer["code"])
    if "url" in answer:
        return RedirectResponse(f"/pay/{answer['order_id']}", status_code=303)
    return RedirectResponse("/subscription", status_code=303)


def _page(request: Request, signed: Signed, *, status: int = 200, trouble: str | None = None) -> Response:
    context, account_id = portal_of(request).context, signed.visitor.account_id
    with reading(context.engine) as session:
        live = live_subscription(session, account_id)
        if live is None:
            return RedirectResponse("/subscription", status_code=303)
        found = read_subscription(session, signed, live.id)
        products = [product for product, _ in subscribable(session, live.price.currency)]
    quotes = quote_changes(context, account_id, live.id, products)
    possible = [quote for quote in quotes.values() if isinstance(quote, ChangeQuote)]
    return show(
        request,
        "change.html",
        signed.reader,
        status=status,
        signed=signed,
        found=found,
        quotes=sorted(possible, key=lambda quote: quote.price.minor),
        trouble=trouble,
        form_id=str(uuid4()),
    )
