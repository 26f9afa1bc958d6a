"""Orders: what was bought, what became of the money, and of the minutes; an account's own alone."""

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.catalogue.offer import offer_price
from domain.money import Money
from store.catalogue.read import find_product
from store.cursor import WrongCursor
from store.payments.read_receipts import list_receipts, own_order_page
from store.reading import reading
from web.portal.show import show
from web.portal.visitor import SignedIn, portal_of

PAGE = 20

router = APIRouter()


@router.get("/receipts")
def receipts(
    request: Request, signed: SignedIn, cursor: Annotated[str | None, Query(max_length=2_000)] = None
) -> Response:
    """Show a page of the account's orders."""
    with reading(portal_of(request).context.engine) as session:
        try:
            found = list_receipts(
                session, signed.visitor.account_id, limit=PAGE, cursor=cursor, language=signed.reader.language
            )
        except WrongCursor:
            found = list_receipts(session, signed.visitor.account_id, limit=PAGE, language=signed.reader.language)
    return show(request, "receipts.html", signed.reader, signed=signed, found=found, is_newest=cursor is None)


@router.get("/receipts/{order_id}")
def receipt(request: Request, order_id: str, signed: SignedIn) -> Response:
    """Show one order; of somebody else's nothing is said, not even that there is one."""
    with reading(portal_of(request).context.engine) as session:
        page = own_order_page(session, signed.visitor.account_id, order_id, language=signed.reader.language)
        product = find_product(session, page.order.product_id) if page is not None else None
    if page is None:
        return show(request, "not_found.html", signed.reader, status=404, signed=signed)
    again = offer_price(product, signed.visitor.currency or portal_of(request).context.shop.currency)
    return show(
        request,
        "receipt.html",
        signed.reader,
        signed=signed,
        page=page,
        again=again if isinstance(again, Money) and page.order.paid_at is not None else None,
        form_id=f"{uuid4()}-0",
    )


@router.get("/packages")
def packages(request: Request, signed: SignedIn) -> Response:
    """Lead to where the packages are; notices link here."""
    return RedirectResponse("/#packages", status_code=303)
