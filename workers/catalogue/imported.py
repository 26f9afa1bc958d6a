"""Importing offers: each becomes a product with a price in RUB and the number that it had."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money, UnableToCount, money_of
from messages.fields import MAX_GRANT_SECONDS
from store.catalogue.imported import save_imported_offer
from store.engine import Session
from workers.old_values import is_true, plain_text, whole_number

MAX_NUMBER = 10**9
"""Of an offer; products that are made later are numbered on from the largest one."""

MAX_MINOR = 10**12

CURRENCY = "RUB"
"""The old backend named no other for its offers."""


@dataclass(frozen=True, slots=True)
class ImportedOffer:
    """An offer as it stands in our catalogue: the product's number, its name, and what it grants."""

    product: int
    name: str
    granted_seconds: int


def import_offer(session: Session, row: Mapping[str, Any]) -> tuple[ImportedOffer | None, str | None]:
    """
    Add an offer to the catalogue, unless it is there.

    Returns:
        The offer, and what is odd about it; without an offer that is why there is none.
    """
    seconds, price = 60 * (whole_number(row["minutes_amount"]) or 0), price_of(row["price"], CURRENCY)
    if not 0 < seconds <= MAX_GRANT_SECONDS:
        return None, f"it grants {row['minutes_amount']} min, which no package can"
    if price is None:
        return None, f"its price {row['price']} is no amount of {CURRENCY}"
    name = plain_text(row["name"]) or product_id_of(row["id"])
    product = Product(
        product_id_of(row["id"]),
        ProductKind.ONE_OFF,
        seconds,
        None,
        is_active=is_true(row.get("is_active", True)),
        prices={CURRENCY: price},
        wordings={"ru": Wording(name, plain_text(row.get("description")))},
    )
    wanted = row["id"] if 0 < row["id"] <= MAX_NUMBER else None
    number = save_imported_offer(session, product, number=wanted)
    odd = None
    if number != row["id"]:
        taken = "belongs to another product" if wanted else "is none that a product can have"
        odd = f"its number {taken}; it has number {number} now"
    elif name != row["name"]:
        odd = f"its name {row['name']!r} cannot be shown; it is called {name!r} now"
    return ImportedOffer(number, name, seconds), odd


def product_id_of(number: int) -> str:
    """Return the id of the product that an offer of the old backend becomes."""
    return f"offer-{number}"


def price_of(amount: object, currency: str) -> Money | None:
    """Return an amount of the old backend as money; None if it is none."""
    try:
        money = money_of(str(Decimal(str(amount)).quantize(Decimal("0.01"))), currency)
    except (UnableToCount, ArithmeticError):
        return None
    return money if 0 <= money.minor <= MAX_MINOR else None
