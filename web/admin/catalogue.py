"""The catalogue: what is sold, for how much in each currency, and what buyers see of it in each language."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response

from domain.access.role import Permission
from domain.catalogue.product import Product
from domain.money import Money
from i18n.formats import Formats
from i18n.language import LANGUAGES
from notify.names import Names
from store.catalogue.read import find_product, list_products, price_changes
from store.reading import reading
from web.admin.acting import new_form_id
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.route import AdminRouter
from web.admin.show import show
from web.admin.typed import Typed
from web.admin.words import said
from web.look.pages import LANGUAGE_NAMES

router = AdminRouter()


@dataclass(frozen=True, slots=True)
class Besides:
    """What the page of a product says besides: what was done, or why nothing was, and a form as it was typed."""

    done: str | None = None
    fault: str | None = None
    typed: Typed | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A product as buyers of one language see it; `is_own` tells whether it has words of that language."""

    language: str
    language_name: str
    name: str
    description: str
    length: str
    prices: tuple[str, ...]
    is_own: bool


@router.page("/catalogue", Permission.CATALOGUE_READ)
def catalogue(request: Request, signed: SignedIn) -> Response:
    """Show all products."""
    with reading(admin_of(request).context.engine) as session:
        products = list_products(session)
    return show(request, "catalogue.html", signed, products=products)


@router.page("/product", Permission.CATALOGUE_READ)
def product(
    request: Request,
    signed: SignedIn,
    id: Annotated[str, Query(max_length=64)],  # noqa: A002
    done: Annotated[str | None, Query(max_length=20)] = None,
) -> Response:
    """Show one product, and how its prices have changed."""
    return product_page(request, signed, id, Besides(done=said(done)))


def product_page(request: Request, signed: Signed, product_id: str, besides: Besides) -> Response:
    """Return the page of a product; with a fault or a form, it says why nothing was done."""
    with reading(admin_of(request).context.engine) as session:
        found = find_product(session, product_id)
        changes = price_changes(session, product_id)
    if found is None:
        return show(request, "not_found.html", signed, status=404)
    return show(
        request,
        "product.html",
        signed,
        status=200 if besides.fault is None and besides.typed is None else 409,
        product=found,
        changes=changes,
        previews=[_preview(found, language) for language in LANGUAGES],
        tongues=[(language, LANGUAGE_NAMES[language]) for language in LANGUAGES],
        expected=",".join(f"{price.currency} {price.minor}" for price in found.prices.values()),
        typed=besides.typed or Typed(),
        done=besides.done,
        fault=besides.fault,
        form_id=new_form_id(),
    )


def _preview(product: Product, language: str) -> Preview:
    formats = Formats(language, None)
    names, words = Names(formats), product.wording(language)

    def price(money: Money) -> str:
        return names.price(money, product.period) if product.period else formats.money(money)

    return Preview(
        language,
        LANGUAGE_NAMES[language],
        words.name,
        words.description,
        formats.minutes(product.granted_seconds),
        tuple(price(money) for money in product.prices.values()),
        language in product.wordings,
    )
