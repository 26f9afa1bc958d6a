"""Giving money back: a quote first, then a form that carries what was quoted, and is refused when that has changed."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.payments.quote import Quote
from domain.refusal import Refusal
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import RefundRequested
from store.payments.read import OrderPage
from store.payments.read_receipts import own_order_page
from store.reading import reading
from web.portal.show import show
from web.portal.visitor import OwnForm, Signed, SignedIn, portal_of
from workers.context import NotSetUp
from workers.payments.refund import quote
from workers.submit import Submission, submit

SOURCE = "portal"

BUYER = "buyer"
"""Who asks for a refund, in the message and on the operators' pages."""

UNSAID = "asked for in the portal"

router = APIRouter()


@router.get("/receipts/{order_id}/refund")
def ask(request: Request, order_id: str, signed: SignedIn) -> Response:
    """Show what would be given back now, and which minutes would go with it; nothing happens."""
    return _page(request, signed, order_id)


@router.post("/receipts/{order_id}/refund")
def give_back(
    request: Request,
    order_id: str,
    signed: OwnForm,
    form_id: Annotated[str, Form(max_length=64)],
    amount_minor: Annotated[int, Form(gt=0, lt=2**53)],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """
    Give back exactly what the page had shown; a form that is sent twice gives it back once.

    Were minutes used since, less may be given back, and the worker refuses under its locks.
    """
    data: dict[str, Any] = {
        "order_id": order_id,
        "amount_minor": amount_minor,
        "reason": reason.strip() or UNSAID,
        "requested_by": BUYER,
    }
    message = Submission(RefundRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        answer = submit(portal_of(request).context, message).answer
    except MessageRejected:
        return _page(request, signed, order_id, status=400)
    except Unavailable:
        return _page(request, signed, order_id, status=503, trouble="Away")
    if "refund_id" not in answer:
        return _page(request, signed, order_id, status=409, trouble=answer.get("code"))
    return RedirectResponse(f"/receipts/{order_id}#refunds", status_code=303)


def _page(
    request: Request, signed: Signed, order_id: str, *, status: int = 200, trouble: str | None = None
) -> Response:
    context = portal_of(request).context
    with reading(context.engine) as session:
        page = own_order_page(session, signed.visitor.account_id, order_id, language=signed.reader.language)
    if page is None:
        return show(request, "not_found.html", signed.reader, status=404, signed=signed)
    found: Quote | Refusal
    try:
        found = quote(context, order_id, None)
    except NotSetUp:
        found = Refusal("NoGateway", "the gateway that took the money is not set up here")
    offered = found if isinstance(found, Quote) else None
    return show(
        request,
        "refund.html",
        signed.reader,
        status=status,
        signed=signed,
        order=page.order,
        is_under_way=_is_under_way(page),
        quote=offered,
        refusal=None if offered else found.code,  # type: ignore[union-attr] # what is no quote is a refusal
        trouble=trouble,
        form_id=str(uuid4()),
    )


def _is_under_way(page: OrderPage) -> bool:
    return any(refund.succeeded_at is None and refund.status != "failed" for refund in page.refunds)
