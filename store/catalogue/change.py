"""Changes of the catalogue in the store: one product, one price or one wording at a time; each price leaves a row."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import Session

from domain.catalogue.product import Product, Wording
from store.records import table_of
from store.tables import PriceChangeRow, PriceRow, ProductRow, ProductWordingRow

_PRODUCTS = table_of(ProductRow)
_PRICES = table_of(PriceRow)
_WORDINGS = table_of(ProductWordingRow)
_CHANGES = table_of(PriceChangeRow)


def lock_product(session: Session, product_id: str) -> int | None:
    """Lock a product against other changes and return its number; None: there is none. Purchases do not wait."""
    found = select(_PRODUCTS.c.number).where(_PRODUCTS.c.id == product_id).with_for_update(key_share=True)
    number: int | None = session.execute(found).scalar_one_or_none()
    return number


def add_product(session: Session, product: Product) -> int | None:
    """Write a new product without its prices, after all others, and return its number; None: its id is taken."""
    last = select(func.coalesce(func.max(_PRODUCTS.c.position) + 1, 0)).scalar_subquery()
    values = {
        "id": product.id,
        "kind": product.kind,
        "granted_seconds": product.granted_seconds,
        "valid_days": product.valid_days,
        "is_active": product.is_active,
        "period": product.period,
        "trial_days": product.trial_days,
        "trial_seconds": product.trial_seconds,
        "position": last,
    }
    added = upsert(_PRODUCTS).values(values).on_conflict_do_nothing(index_elements=[_PRODUCTS.c.id])
    number: int | None = session.execute(added.returning(_PRODUCTS.c.number)).scalar_one_or_none()
    return number


def prices_of(session: Session, product: int) -> dict[str, int]:
    """Return the prices of a product in minor units, by currency."""
    rows = session.execute(select(_PRICES.c.currency, _PRICES.c.amount_minor).where(_PRICES.c.product == product))
    return {row.currency: row.amount_minor for row in rows}


def set_price(session: Session, product: int, currency: str, amount_minor: int | None) -> None:
    """Write the price of a product in one currency; None: it is not sold in it any more."""
    if amount_minor is None:
        session.execute(delete(_PRICES).where(_PRICES.c.product == product, _PRICES.c.currency == currency))
        return
    last = (
        select(func.coalesce(func.max(_PRICES.c.position) + 1, 0)).where(_PRICES.c.product == product).scalar_subquery()
    )
    values = {"product": product, "currency": currency, "amount_minor": amount_minor, "position": last}
    written = upsert(_PRICES).values(values)
    session.execute(
        written.on_conflict_do_update(
            index_elements=[_PRICES.c.product, _PRICES.c.currency], set_={"amount_minor": amount_minor}
        )
    )


def note_prices(
    session: Session, product: int, before: Mapping[str, int], after: Mapping[str, int], *, at: datetime, by: str
) -> None:
    """Write down which prices of a product have changed, by currency; those that have not leave no row."""
    rows = [
        {
            "product": product,
            "currency": currency,
            "before_minor": before.get(currency),
            "amount_minor": after.get(currency),
            "changed_at": at,
            "changed_by": by,
        }
        for currency in (*after, *(before.keys() - after.keys()))
        if before.get(currency) != after.get(currency)
    ]
    if rows:
        session.execute(insert(_CHANGES), rows)


def set_wording(session: Session, product: int, locale: str, wording: Wording) -> None:
    """Write what a product is called in one language."""
    last = (
        select(func.coalesce(func.max(_WORDINGS.c.position) + 1, 0))
        .where(_WORDINGS.c.product == product)
        .scalar_subquery()
    )
    words = {"name": wording.name, "description": wording.description}
    written = upsert(_WORDINGS).values(words | {"product": product, "locale": locale, "position": last})
    session.execute(written.on_conflict_do_update(index_elements=[_WORDINGS.c.product, _WORDINGS.c.locale], set_=words))
