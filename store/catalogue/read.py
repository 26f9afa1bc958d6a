"""Reading the catalogue; a page shows every field of a product, so the record is its read model."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Integer, Row, any_, bindparam, select
from sqlmodel import Session

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money
from domain.periods import PeriodUnit
from store.records import table_of
from store.tables import PriceChangeRow, PriceRow, ProductRow, ProductWordingRow

_PRODUCTS = table_of(ProductRow)
_PRICES = table_of(PriceRow)
_WORDINGS = table_of(ProductWordingRow)
_CHANGES = table_of(PriceChangeRow)

MAX_CHANGES = 100
"""So many changes of its prices a page shows."""


def list_products(session: Session, *, only_active: bool = False) -> list[Product]:
    """Return the catalogue in its order."""
    return _products(session, session.execute(_ACTIVE if only_active else _ALL).all())


def find_product(session: Session, product_id: str) -> Product | None:
    """Return one product, active or not."""
    found = _products(session, session.execute(_ONE, {"of_id": product_id}).all())
    return found[0] if found else None


def find_priced(session: Session, product_id: str) -> Product | None:
    """Return one product with its prices and without its names, by one statement."""
    rows = session.execute(_PRICED, {"of_id": product_id}).all()
    if not rows:
        return None
    prices = {row.currency: Money(row.amount_minor, row.currency) for row in rows if row.currency is not None}
    return _product(rows[0], prices, {})


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price that was changed: from what to what, None where it was or is not sold in that currency."""

    currency: str
    before: Money | None
    amount: Money | None
    changed_at: datetime
    changed_by: str


def price_changes(session: Session, product_id: str) -> list[PriceChange]:
    """Return the last changes of a product's prices, the newest first."""

    def money(minor: int | None, currency: str) -> Money | None:
        return None if minor is None else Money(minor, currency)

    return [
        PriceChange(
            row.currency,
            money(row.before_minor, row.currency),
            money(row.amount_minor, row.currency),
            row.changed_at,
            row.changed_by,
        )
        for row in session.execute(_CHANGES_OF, {"of_id": product_id})
    ]


def _products(session: Session, rows: Sequence[Row[Any]]) -> list[Product]:
    of_these = {"numbers": [row.number for row in rows]}
    prices: defaultdict[int, dict[str, Money]] = defaultdict(dict)
    for row in session.execute(_PRICES_OF, of_these):
        prices[row.product][row.currency] = Money(row.amount_minor, row.currency)
    wordings: defaultdict[int, dict[str, Wording]] = defaultdict(dict)
    for row in session.execute(_WORDINGS_OF, of_these):
        wordings[row.product][row.locale] = Wording(row.name, row.description)
    return [_product(row, dict(prices[row.number]), dict(wordings[row.number])) for row in rows]


def _product(row: Row[Any], prices: Mapping[str, Money], wordings: Mapping[str, Wording]) -> Product:
    return Product(
        id=row.id,
        kind=ProductKind(row.kind),
        granted_seconds=row.granted_seconds,
        valid_days=row.valid_days,
        is_active=row.is_active,
        prices=prices,
        wordings=wordings,
        period=None if row.period is None else PeriodUnit(row.period),
        trial_days=row.trial_days,
        trial_seconds=row.trial_seconds,
    )


_ALL = select(_PRODUCTS).order_by(_PRODUCTS.c.position, _PRODUCTS.c.id)
_ACTIVE = _ALL.where(_PRODUCTS.c.is_active)
_ONE = select(_PRODUCTS).where(_PRODUCTS.c.id == bindparam("of_id"))
_PRICED = (
    select(_PRODUCTS, _PRICES.c.currency, _PRICES.c.amount_minor)
    .outerjoin_from(_PRODUCTS, _PRICES, _PRICES.c.product == _PRODUCTS.c.number)
    .where(_PRODUCTS.c.id == bindparam("of_id"))
    .order_by(_PRICES.c.position)
)
_NUMBERS = bindparam("numbers", type_=ARRAY(Integer))
_PRICES_OF = select(_PRICES).where(_PRICES.c.product == any_(_NUMBERS)).order_by(_PRICES.c.position)
_WORDINGS_OF = select(_WORDINGS).where(_WORDINGS.c.product == any_(_NUMBERS)).order_by(_WORDINGS.c.position)
_CHANGES_OF = (
    select(_CHANGES)
    .join(_PRODUCTS, _PRODUCTS.c.number == _CHANGES.c.product)
    .where(_PRODUCTS.c.id == bindparam("of_id"))
    .order_by(_CHANGES.c.id.desc())
    .limit(MAX_CHANGES)
)
