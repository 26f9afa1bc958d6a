"""The catalogue in the store: products are written with all of their prices and names."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.catalogue.product import Product
from store.catalogue.change import note_prices, prices_of
from store.records import table_of
from store.tables import PriceRow, ProductRow, ProductWordingRow

_PRODUCTS = table_of(ProductRow)
_PRICES = table_of(PriceRow)
_WORDINGS = table_of(ProductWordingRow)


def save_products(
    session: Session, products: Iterable[Product], *, at: datetime | None = None, by: str = "import"
) -> None:
    """
    Write products as they are given, in this order and after all others; their prices and names are replaced.

    Args:
        session: of a transaction.
        products: with all of their prices and names.
        at: aware UTC; with it, prices that change leave a row each, without it none do.
        by: who changes them.
    """
    given = list(products)
    others = _PRODUCTS.c.id.not_in([product.id for product in given])
    first = session.execute(select(func.coalesce(func.max(_PRODUCTS.c.position) + 1, 0)).where(others)).scalar_one()
    for position, product in enumerate(given, start=first):
        number = _save_product(session, product, position)
        if at is not None:
            after = {currency: price.minor for currency, price in product.prices.items()}
            note_prices(session, number, prices_of(session, number), after, at=at, by=by)
        _replace_prices(session, number, product)
        _replace_wordings(session, number, product)


def set_active(session: Session, product_id: str, *, is_active: bool) -> bool:
    """Put a product on offer, or take it off; False when there is none of that id."""
    changed = session.execute(
        update(_PRODUCTS).where(_PRODUCTS.c.id == product_id).values(is_active=is_active).returning(_PRODUCTS.c.id)
    )
    return changed.one_or_none() is not None


def _save_product(session: Session, product: Product, position: int) -> int:
    values = {
        "kind": product.kind,
        "granted_seconds": product.granted_seconds,
        "valid_days": product.valid_days,
        "is_active": product.is_active,
        "period": product.period,
        "trial_days": product.trial_days,
        "trial_seconds": product.trial_seconds,
        "position": position,
    }
    # Not an upsert: it would use up a number each time, and numbers are small.
    changed: int | None = session.execute(
        update(_PRODUCTS).where(_PRODUCTS.c.id == product.id).values(values).returning(_PRODUCTS.c.number)
    ).scalar_one_or_none()
    if changed is not None:
        return changed
    added: int = session.execute(
        insert(_PRODUCTS)
        .values(values | {"id": product.id})
        .on_conflict_do_update(index_elements=[_PRODUCTS.c.id], set_=values)
        .returning(_PRODUCTS.c.number)
    ).scalar_one()
    return added


def _replace_prices(session: Session, number: int, product: Product) -> None:
    session.execute(delete(_PRICES).where(_PRICES.c.product == number))
    rows = [
        {"product": number, "currency": price.currency, "amount_minor": price.minor, "position": position}
        for position, price in enumerate(product.prices.values())
    ]
    if rows:
        session.execute(insert(_PRICES), rows)


def _replace_wordings(session: Session, number: int, product: Product) -> None:
    session.execute(delete(_WORDINGS).where(_WORDINGS.c.product == number))
    rows = [
        {
            "product": number,
            "locale": locale,
            "name": wording.name,
            "description": wording.description,
            "position": position,
        }
        for position, (locale, wording) in enumerate(product.wordings.items())
    ]
    if rows:
        session.execute(insert(_WORDINGS), rows)
