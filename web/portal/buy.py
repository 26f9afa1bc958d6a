"""Buying: the offers, the way to the gateway, and the page to which buyers come back."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.ids import order_id_of_message
from domain.refusal import Refusal
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import PurchaseRequested
from messages.promotions.codes import PromotionRedeemRequested
from store.payments.read_receipts import own_order_page
from store.reading import reading
from web.portal.offers import find_offers
from web.portal.show import show
from web.portal.visitor import OwnerOnly, OwnForm, Signed, SignedIn, address_of_visitor, portal_of
from workers.payments.opened import note_opened
from workers.promotions.redeem import Gift, find_gift
from workers.submit import Submission, submit

SOURCE = "portal"

MAX_CODE_CHARACTERS = 100

WAIT_SECONDS = 60
"""How long the page of a payment that is under way looks again by itself."""

LOOK_EVERY_SECONDS = 2

router = APIRouter()


def _way_of(
    pay_with: Annotated[str, Form(max_length=64)] = "",
    save: Annotated[bool, Form()] = False,
    expected_minor: Annotated[int | None, Form(ge=0, lt=2**53)] = None,
) -> dict[str, Any]:
    """
    Return what a purchase says of the way to pay that a button has named, and of the price that stood beside it.

    Anything else than a saved method or a gateway is the way by itself.
    """
    shown = {"expected_minor": expected_minor}
    kind, _, name = pay_with.partition("/")
    if kind == "method" and name.isdecimal() and len(name) < 19:
        return shown | {"method_id": int(name)}
    return shown | {"gateway": name if kind == "gateway" and name else None, "save_method": save or None}


@router.get("/buy")
def offers(
    request: Request, signed: SignedIn, code: Annotated[str, Query(max_length=MAX_CODE_CHARACTERS)] = ""
) -> Response:
    """Show what can be bought once, in the buyer's currency, and what a code changes."""
    # A code that does not count is noted as a try of the account; who only looks tries none.
    return _offers(request, signed, code="" if signed.visitor.is_read_only else code.strip())


@router.post("/buy")
def buy(
    request: Request,
    signed: OwnForm,
    product_id: Annotated[str, Form(max_length=64)],
    form_id: Annotated[str, Form(max_length=64)],
    way: Annotated[dict[str, Any], Depends(_way_of)],
    code: Annotated[str, Form(max_length=MAX_CODE_CHARACTERS)] = "",
) -> Response:
    """Open an order and lead to where it is paid, or charge a saved method; sent twice, a form does it once."""
    portal = portal_of(request)
    order_id = order_id_of_message(SOURCE, form_id)
    back = f"{portal.address}/return/{order_id}"
    data = {
        "product_id": product_id,
        "currency": _currency(request, signed),
        "locale": signed.reader.language,
        "return_url": back,
        "cancel_url": back,
        "codes": [code.strip()] if code.strip() else None,
        # With a code alone: tries count by it, and whoever presses again from another network repeats the same message.
        "address": address_of_visitor(request) if code.strip() else None,
    }
    message = Submission(PurchaseRequested, signed.visitor.account_id, data | way, SOURCE, form_id)
    try:
        answer = submit(portal.context, message).answer
    except MessageRejected:
        return _offers(request, signed, status=400, refusal="NotPossible")
    except Unavailable:
        if "method_id" in way:
            # The card may have been charged: that page waits for what is known, and a poll asks.
            return RedirectResponse(f"/return/{order_id}", status_code=303)
        # The order stands, and the same form goes on with it; a poll does so, too.
        return _offers(request, signed, status=503, refusal="Away", form_id=form_id.rpartition("-")[0], code=code)
    if "code" in answer:
        is_declined = "method_id" in way and "status" in answer
        return _offers(request, signed, status=409, refusal="Declined" if is_declined else answer["code"])
    return RedirectResponse(f"/pay/{answer['order_id']}", status_code=303)


@router.post("/buy/gift")
def take_gift(
    request: Request,
    signed: OwnForm,
    code: Annotated[str, Form(max_length=MAX_CODE_CHARACTERS)],
    form_id: Annotated[str, Form(max_length=64)],
) -> Response:
    """Take what a code gives without a purchase; sent twice, a form takes it once."""
    data = {"code": code.strip(), "address": address_of_visitor(request)}
    message = Submission(PromotionRedeemRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        answer = submit(portal_of(request).context, message).answer
    except MessageRejected:
        return _offers(request, signed, status=400, refusal="NotPossible")
    except Unavailable:
        return _offers(
            request, signed, status=503, refusal="GiftAway", form_id=form_id.removesuffix("-gift"), code=code
        )
    if "code" in answer:
        return _offers(request, signed, status=409, refusal=answer["code"])
    return RedirectResponse("/", status_code=303)


@router.get("/pay/{order_id}")
def pay(request: Request, order_id: str, signed: OwnerOnly) -> Response:
    """
    Lead on to the gateway, and note that the buyer went there.

    By a page that moves on, not by a redirect: a browser holds redirects that answer a form to `form-action`, and
    where gateways have their pages is theirs to change.
    """
    with reading(portal_of(request).context.engine) as session:
        page = own_order_page(session, signed.visitor.account_id, order_id, language=signed.reader.language)
    if page is None:
        return show(request, "not_found.html", signed.reader, status=404, signed=signed)
    if page.order.redirect_url is None or page.order.paid_at is not None:
        return RedirectResponse(f"/return/{order_id}", status_code=303)
    if page.order.opened_at is None:
        note_opened(portal_of(request).context, order_id)
    return show(request, "pay.html", signed.reader, signed=signed, order=page.order)


@router.get("/return/{order_id}")
def come_back(request: Request, order_id: str, signed: SignedIn, waited: int = 0) -> Response:
    """Say what became of a payment; while that is open, look again, for a minute at the most."""
    with reading(portal_of(request).context.engine) as session:
        page = own_order_page(session, signed.visitor.account_id, order_id, language=signed.reader.language)
    if page is None:
        return show(request, "not_found.html", signed.reader, status=404, signed=signed)
    waited = min(max(waited, 0), WAIT_SECONDS)
    is_open = page.order.status in ("pending", "action_required", "approved")
    return show(
        request,
        "return.html",
        signed.reader,
        signed=signed,
        order=page.order,
        package=page.package,
        is_open=is_open,
        next_look=waited + LOOK_EVERY_SECONDS if is_open and waited < WAIT_SECONDS else None,
        look_every=LOOK_EVERY_SECONDS,
        wait_seconds=WAIT_SECONDS,
    )


def _offers(
    request: Request,
    signed: Signed,
    *,
    status: int = 200,
    refusal: str | None = None,
    form_id: str | None = None,
    code: str = "",
) -> Response:
    context, account_id = portal_of(request).context, signed.visitor.account_id
    address = address_of_visitor(request)
    gift: Gift | Refusal | None = find_gift(context, account_id, code, address=address) if code else None
    found, refused = find_offers(
        context,
        account_id,
        currency=_currency(request, signed),
        language=signed.reader.language,
        # What a code gives at once needs no purchase, so no price is asked with it.
        code="" if isinstance(gift, Gift) else code,
        address=address,
    )
    return show(
        request,
        "buy.html",
        signed.reader,
        status=status,
        signed=signed,
        offers=found,
        form_id=form_id or str(uuid4()),
        refusal=refusal,
        code=code,
        refused=refused,
        gift=gift if isinstance(gift, Gift) else None,
    )


def _currency(request: Request, signed: Signed) -> str:
    return signed.visitor.currency or portal_of(request).context.shop.currency
