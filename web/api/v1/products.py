"""Products: what can be bought, in one currency and one language."""

from typing import Annotated

from fastapi import Query
from pydantic import Field

from domain.access.scope import Scope
from domain.catalogue.product import Product, ProductKind
from domain.periods import PeriodUnit
from messages.fields import Currency, Locale
from store.catalogue.read import find_product, list_products
from web.api.v1.caller import Caller, CallerOf
from web.api.v1.fields import Amount, Answer, ResourceId, Seconds, amount
from web.api.v1.operation import Family
from web.api.v1.problems import problem
from web.reading import read

family = Family("Products", "What can be bought.")

WantedCurrency = Annotated[
    Currency | None, Query(description="Products with a price in it; without it, the installation's", examples=["RUB"])
]
WantedLocale = Annotated[
    Locale | None, Query(description="Of the names; without it, the language of the request", examples=["ru"])
]


class ProductAnswer(Answer):
    """An offer: minutes for money, once or for every period."""

    id: Annotated[str, Field(examples=["standard"])]
    kind: ProductKind
    name: Annotated[str, Field(examples=["Стандартный"])]
    description: str
    price: Amount
    granted_seconds: Seconds
    valid_days: Annotated[int | None, Field(description="From the payment on; null is without end")]
    period: Annotated[PeriodUnit | None, Field(description="For how long a subscription's price is")]
    trial_days: Annotated[int | None, Field(description="That are free when a subscription begins")]
    trial_seconds: Annotated[int | None, Field(description="That can be used in them")]


class ProductList(Answer):
    """The offers, in the order of the catalogue."""

    items: list[ProductAnswer]


EXAMPLE = {
    "id": "standard",
    "kind": "one_off",
    "name": "Стандартный",
    "description": "300 минут",
    "price": {"amount_minor": 69_900, "currency": "RUB"},
    "granted_seconds": 18_000,
    "valid_days": None,
    "period": None,
    "trial_days": None,
    "trial_seconds": None,
}


@family.add(
    "GET",
    "/products",
    Scope.CATALOGUE_READ,
    audience="anybody",
    answers=ProductList,
    example={"items": [EXAMPLE]},
)
def list_offers(caller: CallerOf, currency: WantedCurrency = None, locale: WantedLocale = None) -> ProductList:
    """List what can be bought."""
    wanted = currency or caller.context.shop.currency
    products = read(caller.context, lambda session: list_products(session, only_active=True))
    sold = [product for product in products if wanted in product.prices]
    return ProductList(items=[_answer(product, wanted, locale or caller.language) for product in sold])


@family.add(
    "GET",
    "/products/{product_id}",
    Scope.CATALOGUE_READ,
    audience="anybody",
    problems=("not_found",),
    answers=ProductAnswer,
    example=EXAMPLE,
)
def get_offer(
    caller: CallerOf, product_id: ResourceId, currency: WantedCurrency = None, locale: WantedLocale = None
) -> ProductAnswer:
    """Read one product."""
    return _answer(*_found(caller, product_id, currency), locale or caller.language)


def _found(caller: Caller, product_id: str, currency: str | None) -> tuple[Product, str]:
    wanted = currency or caller.context.shop.currency
    product = read(caller.context, lambda session: find_product(session, product_id))
    if product is None or not product.is_active or wanted not in product.prices:
        raise problem("not_found", f"no product {product_id} is on offer in {wanted}")
    return product, wanted


def _answer(product: Product, currency: str, locale: str | None) -> ProductAnswer:
    wording = product.wording(locale)
    same = ("id", "kind", "granted_seconds", "valid_days", "period", "trial_days", "trial_seconds")
    values = {name: getattr(product, name) for name in same}
    price = amount(product.prices[currency])
    return ProductAnswer(name=wording.name, description=wording.description, price=price, **values)
