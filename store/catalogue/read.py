"""Reading the catalogue; a page shows every field of a product, so the record is its read model."""

from collections import defaultdict

from sqlalchemy import Select, select
from sqlmodel import Session

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money
from store.records import table_of
from store.tables import PriceRow, ProductRow, ProductWordingRow

_PRODUCTS = table_of(ProductRow)
_PRICES = table_of(PriceRow)
_WORDINGS = table_of(ProductWordingRow)


def list_products(session: Session, *, only_active: bool = False) -> list[Product]:
    """Return the catalogue in its order."""
    query = select(_PRODUCTS).order_by(_PRODUCTS.c.position, _PRODUCTS.c.id)
    return _products(session, query.where(_PRODUCTS.c.is_active) if only_active else query)


def find_product(session: Session, product_id: str) -> Product | None:
    """Return one product, active or not."""
    found = _products(session, select(_PRODUCTS).where(_PRODUCTS.c.id == product_id))
    return found[0] if found else None


def _products(session: Session, query: Select[tuple[object, ...]]) -> list[Product]:
    rows = session.execute(query).all()
    numbers = [row.number for row in rows]
    prices: defaultdict[int, dict[str, Money]] = defaultdict(dict)
    for row in session.execute(select(_PRICES).where(_PRICES.c.product.in_(numbers)).order_by(_PRICES.c.position)):
        prices[row.product][row.currency] = Money(row.amount_minor, row.currency)
    wordings: defaultdict[int, dict[str, Wording]] = defaultdict(dict)
    of_these = select(_WORDINGS).where(_WORDINGS.c.product.in_(numbers))
    for row in session.execute(of_these.order_by(_WORDINGS.c.position)):
        wordings[row.product][row.locale] = Wording(row.name, row.description)
    return [
        Product(
            id=row.id,
            kind=ProductKind(row.kind),
            granted_seconds=row.granted_seconds,
            valid_days=row.valid_days,
            is_active=row.is_active,
            prices=dict(prices[row.number]),
            wordings=dict(wordings[row.number]),
        )
        for row in rows
    ]
