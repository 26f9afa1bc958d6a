"""`billing products …`: the catalogue, and how a price is shown."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from babel.numbers import format_currency
from pydantic import Field, ValidationError, model_validator
from rich.markup import escape

from cli.context import open_wiring
from cli.output import AsJson, length, out, print_json, print_table
from demo.catalogue import PRODUCTS
from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money, UnableToCount, decimal_text, exponent, money_of
from domain.periods import PeriodUnit
from i18n.currencies import currencies_in_use
from messages.faults import sentence
from messages.fields import Data, GrantMinutes, GrantSeconds, Locale, Printable, Text64, Text500, exactly_one
from store.catalogue.read import find_product
from store.catalogue.read import list_products as products_on_page
from store.reading import reading
from workers.actors import open_context
from workers.catalogue.product import UnknownProduct, write_active, write_products

app = typer.Typer(help="What is on offer, and for how much.", no_args_is_help=True)

MAX_MINOR = 10**12
MAX_DAYS = 36_500
MAX_TRIAL_DAYS = 365

ProductId = Annotated[str, typer.Argument(help="Its id in the list.")]


class UnableToImport(ValueError):
    """A file is no catalogue; the text says where, and what would be right."""


class GivenWording(Data):
    """What a product is called in one language, as a file gives it."""

    name: Text500
    description: Annotated[str, Field(strict=True, max_length=500), Printable] = ""


class GivenProduct(Data):
    """A product as a file gives it; `products list --json` prints the same form."""

    id: Text64
    kind: ProductKind = ProductKind.ONE_OFF
    minutes: GrantMinutes | None = None
    seconds: GrantSeconds | None = None
    valid_days: Annotated[int | None, Field(strict=True, gt=0, le=MAX_DAYS)] = None
    is_active: Annotated[bool, Field(strict=True)] = True
    period: PeriodUnit | None = None
    trial_days: Annotated[int | None, Field(strict=True, gt=0, le=MAX_TRIAL_DAYS)] = None
    trial_minutes: GrantMinutes | None = None
    trial_seconds: GrantSeconds | None = None
    prices: Annotated[dict[str, Annotated[str, Field(strict=True)]], Field(min_length=1)]
    wordings: Annotated[dict[Locale, GivenWording], Field(min_length=1)]

    @model_validator(mode="after")
    def _has_one_length(self) -> "GivenProduct":
        exactly_one(self.seconds, self.minutes)
        if self.kind is ProductKind.SUBSCRIPTION and self.period is None:
            raise ValueError("a subscription has a period: day, week, month or year")
        if self.kind is not ProductKind.SUBSCRIPTION and (self.period or self.trial_days):
            raise ValueError("what is bought once has neither period nor trial_days")
        has_length = (self.trial_minutes is not None) + (self.trial_seconds is not None) == 1
        if self.trial_days is not None and not has_length:
            raise ValueError("a trial says trial_seconds or trial_minutes: how much can be used in its trial_days")
        if self.trial_days is None and (self.trial_minutes or self.trial_seconds):
            raise ValueError("trial_seconds and trial_minutes are those of a trial; say trial_days as well")
        return self


@app.command("list")
def list_products(
    active: Annotated[bool, typer.Option("--active", help="Only what is on offer.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the catalogue in its order; its JSON can be imported again."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        products = products_on_page(session, only_active=active)
    if as_json:
        print_json([_as_json(product) for product in products])
        return
    print_table(
        f"Products: {len(products)}",
        ("id", "name", "length", "valid", "prices", "offer"),
        (
            (
                escape(product.id),
                escape(product.wording("en").name),
                length(product.granted_seconds),
                _validity(product),
                "\n".join(amount(price) for price in product.prices.values()),
                "yes" if product.is_active else "no",
            )
            for product in products
        ),
        right="length prices",
    )


@app.command()
def show(product_id: ProductId, as_json: AsJson = False) -> None:
    """Show one product with its prices and names."""
    with open_wiring() as wiring, reading(wiring.engine) as session:
        product = find_product(session, product_id)
    if product is None:
        raise UnknownProduct(f"there is no product {product_id}; see `billing products list`")
    if as_json:
        print_json(_as_json(product))
        return
    out.print(
        f"[bold]{escape(product.id)}[/] ({product.kind}): {length(product.granted_seconds)} {_validity(product)}, "
        f"{'on offer' if product.is_active else 'not on offer'}"
    )
    print_table("Prices", ("price",), ((amount(price),) for price in product.prices.values()), right="price")
    print_table(
        "Names",
        ("language", "name", "description"),
        ((locale, escape(wording.name), escape(wording.description)) for locale, wording in product.wordings.items()),
    )


@app.command("import")
def import_products(
    file: Annotated[Path, typer.Argument(help="A JSON array; `billing products list --json` prints the form.")],
    as_json: AsJson = False,
) -> None:
    """
    Write the products of a file, in its order; those that it does not name stay as they are.

    All of it or, when something is wrong, nothing.
    """
    _write(read_catalogue(file), as_json)


@app.command()
def demo(as_json: AsJson = False) -> None:
    """Write the demo catalogue: four packages and two subscriptions, in RUB, USD and EUR."""
    _write(PRODUCTS, as_json)


@app.command()
def activate(product_id: ProductId, as_json: AsJson = False) -> None:
    """Offer a product."""
    _set_active(product_id, as_json, is_active=True)


@app.command()
def deactivate(product_id: ProductId, as_json: AsJson = False) -> None:
    """Offer a product no longer; orders that are open go on."""
    _set_active(product_id, as_json, is_active=False)


def amount(money: Money) -> str:
    """Return an amount for a person in a table: `1,199.00 RUB`, with every digit that the currency has."""
    decimals = exponent(money.currency)
    pattern = "#,##0" + (f".{'0' * decimals}" if decimals else "") + "\u00a0¤¤"
    # The digits are ours: for some currencies Babel shows fewer than money has.
    return format_currency(
        Decimal(decimal_text(money)), money.currency, format=pattern, locale="en", currency_digits=False
    )


def read_catalogue(file: Path) -> list[Product]:
    """
    Read a file of products.

    Raises:
        UnableToImport: it is not there, is not JSON, or a product in it is wrong.
    """
    try:
        listed = json.loads(file.read_bytes(), object_pairs_hook=_each_name_once)
    except OSError as error:
        raise UnableToImport(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UnableToImport(f"{file} is not JSON that can be read: {error}") from error
    if not isinstance(listed, list):
        raise UnableToImport(f"{file} is no array; products stand in [ ]")
    products: dict[str, Product] = {}
    for number, raw in enumerate(listed, 1):
        product = _product(raw, f"{file}, product {number}")
        if product.id in products:
            raise UnableToImport(f"{file}, product {number}: there is another {product.id} before it; ids are unique")
        products[product.id] = product
    return list(products.values())


def _validity(product: Product) -> str:
    """Return how long its minutes last, in words."""
    every = f"every {product.period}{_trial(product)}" if product.period else ""
    if product.valid_days is None:
        return every or "for ever"
    return f"for {product.valid_days} days" + (f", {every}" if every else "")


def _trial(product: Product) -> str:
    if not product.trial_days or not product.trial_seconds:
        return ""
    return f", the first {product.trial_days} days free with {length(product.trial_seconds)}"


def _product(raw: Any, place: str) -> Product:
    try:
        given = GivenProduct.model_validate(raw)
    except ValidationError as error:
        raise UnableToImport(f"{place}: {sentence(error)}") from error
    return Product(
        id=given.id,
        kind=given.kind,
        granted_seconds=given.seconds or 60 * (given.minutes or 0),
        valid_days=given.valid_days,
        is_active=given.is_active,
        prices={code: _price(text, code, f"{place}, price in {code}") for code, text in given.prices.items()},
        wordings={locale: Wording(words.name, words.description) for locale, words in given.wordings.items()},
        period=given.period,
        trial_days=given.trial_days,
        trial_seconds=given.trial_seconds or (60 * given.trial_minutes if given.trial_minutes else None),
    )


def _price(text: str, code: str, place: str) -> Money:
    if code not in currencies_in_use():
        raise UnableToImport(f"{place}: {code!r} is no currency that is in use; an ISO 4217 code such as RUB is")
    try:
        price = money_of(text, code)
    except UnableToCount as error:
        example = decimal_text(Money(29_900, code))
        raise UnableToImport(f"{place}: {error}; {code} has {exponent(code)} decimals, as in {example}") from error
    if not 0 < price.minor <= MAX_MINOR:
        raise UnableToImport(f"{place}: {text!r} is not above 0 and up to {decimal_text(Money(MAX_MINOR, code))}")
    return price


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice!r} stands twice in one object")
    return found


def _write(products: Sequence[Product], as_json: bool) -> None:
    with open_wiring() as wiring:
        write_products(open_context(wiring, with_gateways=False), products)
    if as_json:
        print_json({"written": [product.id for product in products]})
    else:
        out.print(
            f"{len(products)} products are written: {', '.join(product.id for product in products)}", markup=False
        )


def _set_active(product_id: str, as_json: bool, *, is_active: bool) -> None:
    with open_wiring() as wiring:
        write_active(open_context(wiring, with_gateways=False), product_id, is_active=is_active)
    if as_json:
        print_json({"id": product_id, "is_active": is_active})
    else:
        out.print(f"product {product_id} is {'on offer' if is_active else 'no longer on offer'}", markup=False)


def _as_json(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "kind": product.kind,
        "seconds": product.granted_seconds,
        "valid_days": product.valid_days,
        "is_active": product.is_active,
        "period": product.period,
        "trial_days": product.trial_days,
        "trial_seconds": product.trial_seconds,
        "prices": {code: decimal_text(price) for code, price in product.prices.items()},
        "wordings": {
            locale: {"name": wording.name, "description": wording.description}
            for locale, wording in product.wordings.items()
        },
    }
