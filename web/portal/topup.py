"""Auto top-up: below which balance what is bought, by which card, and how much of it in a day at the most."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.catalogue.offer import offer_price
from domain.catalogue.product import Product
from domain.money import Money, UnableToCount, decimal_text, money_of
from messages.errors import MessageRejected, Unavailable
from messages.subscriptions.topup import TopupSetRequested
from store.catalogue.read import list_products
from store.payments.read_methods import MethodLine, list_methods
from store.reading import reading
from store.subscriptions.read_topup import TopupDetails, UnknownTopup, topup_details
from web.portal.show import show
from web.portal.visitor import OwnForm, Signed, SignedIn, portal_of
from workers.submit import Submission, submit

SOURCE = "portal"

MAX_MINUTES = 600_000
MAX_PER_DAY = 24

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of the form as they were typed or stand saved; `wrong` names those that say nothing useful."""

    minutes: str = "10"
    product_id: str = ""
    method_id: str = ""
    max_per_day: str = "3"
    max_money: str = ""
    wrong: frozenset[str] = field(default_factory=frozenset)


def _typed(
    minutes: Annotated[str, Form(max_length=20)] = "",
    product_id: Annotated[str, Form(max_length=64)] = "",
    method_id: Annotated[str, Form(max_length=20)] = "",
    max_per_day: Annotated[str, Form(max_length=20)] = "",
    max_money: Annotated[str, Form(max_length=40)] = "",
) -> Typed:
    return Typed(minutes.strip(), product_id, method_id, max_per_day.strip(), max_money.strip())


@router.get("/topup")
def topup(request: Request, signed: SignedIn) -> Response:
    """Show how the account is topped up, and how far that is."""
    return _page(request, signed)


@router.post("/topup")
def set_topup(
    request: Request,
    signed: OwnForm,
    action: Annotated[Literal["on", "off"], Form()],
    form_id: Annotated[str, Form(max_length=64)],
    typed: Annotated[Typed, Depends(_typed)],
) -> Response:
    """Save it and switch it on, or switch it off; where the balance is low already, minutes are bought at once."""
    currency = _currency(request, signed)
    said = _read(typed, currency) if action == "on" else {}
    if isinstance(said, Typed):
        return _page(request, signed, status=400, typed=said)
    data = {"is_on": action == "on"} | said
    message = Submission(TopupSetRequested, signed.visitor.account_id, data, SOURCE, f"{form_id}-{action}")
    try:
        answer = submit(portal_of(request).context, message).answer
    except MessageRejected:
        return _page(request, signed, status=400, typed=typed, trouble="NotPossible")
    except Unavailable:
        return _page(request, signed, status=503, typed=typed, trouble="Away")
    if "code" in answer:
        return _page(request, signed, status=409, typed=typed, trouble=answer["code"])
    return RedirectResponse("/topup", status_code=303)


def _read(typed: Typed, currency: str) -> dict[str, Any] | Typed:
    """Return what the form says; or the form, with the fields that say nothing useful."""
    minutes, per_day = _number(typed.minutes, MAX_MINUTES), _number(typed.max_per_day, MAX_PER_DAY)
    method = _number(typed.method_id, 2**53) if typed.method_id else None
    wrong = {"minutes"} if minutes is None else set()
    wrong |= {"max_per_day"} if per_day is None else set()
    limit: Money | None = None
    try:
        limit = money_of(typed.max_money.replace(",", "."), currency) if typed.max_money else None
    except UnableToCount:
        wrong.add("max_money")
    if limit is not None and limit.minor <= 0:
        wrong.add("max_money")
    if wrong or minutes is None:
        return Typed(
            typed.minutes, typed.product_id, typed.method_id, typed.max_per_day, typed.max_money, frozenset(wrong)
        )
    return {
        "threshold_seconds": minutes * 60,
        "product_id": typed.product_id,
        "currency": currency,
        "method_id": method,
        "max_per_day": per_day,
        "max_minor_per_day": None if limit is None else limit.minor,
    }


def _page(
    request: Request, signed: Signed, *, status: int = 200, typed: Typed | None = None, trouble: str | None = None
) -> Response:
    context, account_id = portal_of(request).context, signed.visitor.account_id
    currency = _currency(request, signed)
    found: TopupDetails | None = None
    with reading(context.engine) as session:
        try:
            found = topup_details(session, account_id)
        except UnknownTopup:
            found = None
        products = [
            (one, price) for one in list_products(session, only_active=True) if (price := _price(one, currency))
        ]
        methods = [one for one in list_methods(session, account_id) if _is_chargeable(request, one)]
    return show(
        request,
        "topup.html",
        signed.reader,
        status=status,
        signed=signed,
        found=found,
        products=[(one.id, one.wording(signed.reader.language).name, price) for one, price in products],
        methods=methods,
        typed=typed or (_saved(found) if found else Typed()),
        currency=currency,
        is_waiting=found is not None and found.ready_at is not None and found.ready_at > context.clock(),
        trouble=trouble,
        form_id=str(uuid4()),
    )


def _saved(found: TopupDetails) -> Typed:
    limit = found.max_minor_per_day
    return Typed(
        str(found.threshold_seconds // 60),
        found.product_id,
        str(found.method_id or ""),
        str(found.max_per_day),
        "" if limit is None else decimal_text(Money(limit, found.currency)),
    )


def _price(product: Product, currency: str) -> Money | None:
    price = offer_price(product, currency)
    return price if isinstance(price, Money) and price.minor else None


def _is_chargeable(request: Request, method: MethodLine) -> bool:
    context = portal_of(request).context
    may_be = method.gateway in context.gateways and method.gateway not in context.shop.without_renewals
    return method.ended_at is None and may_be


def _number(text: str, most: int) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 and 0 < int(text) <= most else None


def _currency(request: Request, signed: Signed) -> str:
    return signed.visitor.currency or portal_of(request).context.shop.currency
