"""Subscribing: the start of a subscription, and the page to which its buyer comes back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.ids import order_id_of_message, setup_id_of_message
from messages.errors import MessageRejected, Unavailable
from messages.payments.methods import SetupReturned
from messages.subscriptions.requests import SubscriptionStartRequested
from store.payments.read_receipts import own_order_page
from store.reading import reading
from web.portal.show import show
from web.portal.subscription import MAX_CODE_CHARACTERS, SOURCE, show_subscription
from web.portal.visitor import OwnerOnly, OwnForm, address_of_visitor, portal_of
from workers.submit import Submission, submit

router = APIRouter()


@router.post("/subscription/start")
def start(
    request: Request,
    signed: OwnForm,
    product_id: Annotated[str, Form(max_length=64)],
    form_id: Annotated[str, Form(max_length=64, pattern=r"^[0-9A-Za-z-]+$")],
    gateway: Annotated[str, Form(max_length=64)] = "",
    code: Annotated[str, Form(max_length=MAX_CODE_CHARACTERS)] = "",
) -> Response:
    """Begin a subscription, and lead to where it is paid or, with a trial, a method is saved; sent twice, it is one."""
    portal = portal_of(request)
    back = f"{portal.address}/subscription/started/{form_id}"
    data = {
        "product_id": product_id,
        "currency": signed.visitor.currency or portal.context.shop.currency,
        "gateway": gateway or None,
        "locale": signed.reader.language,
        "return_url": back,
        "cancel_url": back,
        "codes": [code.strip()] if code.strip() else None,
        "address": address_of_visitor(request) if code.strip() else None,
    }
    message = Submission(SubscriptionStartRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        answer = submit(portal.context, message).answer
    except MessageRejected:
        return show_subscription(request, signed, status=400, is_refused=True)
    except Unavailable:
        return show_subscription(request, signed, status=503, is_refused=True)
    if "code" in answer:
        return show_subscription(request, signed, status=409, is_refused=True, refusal=answer["code"])
    if "order_id" in answer:
        return RedirectResponse(f"/pay/{answer['order_id']}", status_code=303)
    if "url" in answer:
        return show(request, "leave.html", signed.reader, signed=signed, url=answer["url"], gateway=answer["gateway"])
    return RedirectResponse("/subscription", status_code=303)


@router.get("/subscription/started/{form_id}")
def come_back(request: Request, form_id: str, signed: OwnerOnly) -> Response:
    """Lead on from a gateway's page: to what became of the payment, or of the method that was to be saved."""
    context, order_id = portal_of(request).context, order_id_of_message(SOURCE, form_id)
    with reading(context.engine) as session:
        page = own_order_page(session, signed.visitor.account_id, order_id)
    if page is not None:
        return RedirectResponse(f"/return/{order_id}", status_code=303)
    ask_setup(request, signed.visitor.account_id, setup_id_of_message(SOURCE, form_id))
    return RedirectResponse("/subscription", status_code=303)


def ask_setup(request: Request, account_id: str, setup_id: str) -> str:
    """
    Ask the gateway what became of a page that saves a method.

    Returns:
        How the setup stands: `saved`, `failed` or, while that is not known, `pending`.
    """
    message = Submission(SetupReturned, account_id, {"setup_id": setup_id}, SOURCE)
    try:
        answer = submit(portal_of(request).context, message).answer
    except (MessageRejected, Unavailable):
        # A poll asks again; the page says how it stands.
        return "pending"
    return "failed" if "code" in answer else str(answer.get("status", "pending"))
