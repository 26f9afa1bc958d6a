"""Buying: the offers, the way to the gateway, and the page to which buyers come back."""

from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.catalogue.offer import offer_price
from domain.catalogue.product import Product
from domain.ids import order_id_of_message
from domain.money import Money
from domain.refusal import Refusal
from messages.errors import MessageRejected, Unavailable
from messages.payments.requests import PurchaseRequested
from store.catalogue.read import list_products
from store.payments.read_receipts import own_order_page
from store.reading import reading
from web.portal.show import show
from web.portal.visitor import OwnForm, Signed, SignedIn, portal_of
from workers.payments.opened import note_opened
from workers.promotions.quote import Asked, Quote
from workers.promotions.quoting import quote_all
from workers.submit import Submission, submit

SOURCE = "portal"

HOUR_SECONDS = 3_600

MAX_CODE_CHARACTERS = 100

WAIT_SECONDS = 60
"""How long the page of a payment that is under way looks again by itself."""

LOOK_EVERY_SECONDS = 2

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Offer:
    """
    A product as it is offered; `price_per_hour` is rounded down to the minor unit, for comparing alone.

    `list_price` is that without a code; `takes_code` tells whether the code that is asked about counts for it.
    """

    product_id: str
    name: str
    description: str
    granted_seconds: int
    valid_days: int | None
    list_price: Money
    price: Money
    price_per_hour: Money
    bonus_seconds: int = 0
    takes_code: bool = False


@router.get("/buy")
def offers(
    request: Request, signed: SignedIn, code: Annotated[str, Query(max_length=MAX_CODE_CHARACTERS)] = ""
) -> Response:
    """Show what can be bought once, in the buyer's currency, and what a code changes."""
    return _offers(request, signed, code=code.strip())


@router.post("/buy")
def buy(
    request: Request,
    signed: OwnForm,
    product_id: Annotated[str, Form(max_length=64)],
    form_id: Annotated[str, Form(max_length=64)],
    code: Annotated[str, Form(max_length=MAX_CODE_CHARACTERS)] = "",
) -> Response:
    """Open an order and lead to where it is paid; a form that is sent twice opens one order."""
    portal = portal_of(request)
    back = f"{portal.address}/return/{order_id_of_message(SOURCE, form_id)}"
    data = {
        "product_id": product_id,
        "currency": _currency(request, signed),
        "locale": signed.reader.language,
        "return_url": back,
        "cancel_url": back,
        "codes": [code.strip()] if code.strip() else None,
    }
    message = Submission(PurchaseRequested, signed.visitor.account_id, data, SOURCE, form_id)
    try:
        answer = submit(portal.context, message).answer
    except MessageRejected:
        return _offers(request, signed, status=400, refusal="NotPossible")
    except Unavailable:
        # The order stands, and the same form goes on with it; a poll does so, too.
        return _offers(request, signed, status=503, refusal="Away", form_id=form_id.rpartition("-")[0], code=code)
    if "code" in answer:
        return _offers(request, signed, status=409, refusal=answer["code"])
    return RedirectResponse(f"/pay/{answer['order_id']}", status_code=303)


@router.get("/pay/{order_id}")
def pay(request: Request, order_id: str, signed: SignedIn) -> Response:
    """
    Lead on to the gateway, and note that the buyer went there.

    By a page that moves on, not by a redirect: a browser holds redirects that answer a form to `form-action`, and
    where gateways have their pages is theirs to change.
    """
    with reading(portal_of(request).context.engine) as session:
        page = own_order_page(session, signed.visitor.account_id, order_id)
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
        page = own_order_page(session, signed.visitor.account_id, order_id)
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
    currency, context = _currency(request, signed), portal_of(request).context
    with reading(context.engine) as session:
        products = list_products(session, only_active=True)
    prices = {product.id: offer_price(product, currency) for product in products}
    sold = [product for product in products if not isinstance(prices[product.id], Refusal)]
    quotes: dict[str, Quote | Refusal] = {}
    refused: Refusal | None = None
    if code and sold:
        asked = Asked(signed.visitor.account_id, sold[0].id, (code,), currency)
        found = quote_all(context, asked, [product.id for product in sold])
        if isinstance(found, Refusal):
            refused = found
        else:
            quotes = found
            refusals = [one for one in quotes.values() if isinstance(one, Refusal)]
            refused = refusals[0] if len(refusals) == len(quotes) else None
    language = signed.reader.language
    offered = [_offer(product, language, prices[product.id], quotes.get(product.id)) for product in sold]
    return show(
        request,
        "buy.html",
        signed.reader,
        status=status,
        signed=signed,
        offers=sorted(offered, key=lambda offer: offer.granted_seconds),
        form_id=form_id or str(uuid4()),
        refusal=refusal,
        code=code,
        refused=refused,
    )


def _offer(product: Product, language: str | None, price: Money | Refusal, quote: Quote | Refusal | None) -> Offer:
    assert isinstance(price, Money)
    wording = product.wording(language)
    with_code = quote if isinstance(quote, Quote) else None
    to_pay = with_code.price if with_code else price
    seconds = product.granted_seconds + (with_code.bonus_seconds if with_code else 0)
    return Offer(
        product.id,
        wording.name,
        wording.description,
        product.granted_seconds,
        product.valid_days,
        price,
        to_pay,
        Money(to_pay.minor * HOUR_SECONDS // seconds, price.currency),
        bonus_seconds=with_code.bonus_seconds if with_code else 0,
        takes_code=with_code is not None,
    )


def _currency(request: Request, signed: Signed) -> str:
    return signed.visitor.currency or portal_of(request).context.shop.currency
