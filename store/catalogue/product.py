"""The catalogue in the store."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlmodel import Session

from domain.catalogue.product import Product, ProductKind, Wording
from domain.money import Money


def find_products(session: Session, *, only_active: bool = False) -> list[Product]:
    """Return the catalogue in its order."""
    return _products(session, "WHERE product.is_active" if only_active else "", {})


def find_product(session: Session, product_id: str) -> Product | None:
    """Return one product, active or not."""
    found = _products(session, "WHERE product.id = :id", {"id": product_id})
    return found[0] if found else None


def save_products(session: Session, products: Iterable[Product]) -> None:
    """Write products as they are given, in this order and after all others; their prices and names are replaced."""
    given = list(products)
    first = session.execute(
        text("SELECT coalesce(max(position) + 1, 0) FROM product WHERE id <> ALL(:ids)"),
        {"ids": [product.id for product in given]},
    ).scalar_one()
    for position, product in enumerate(given, start=first):
        session.execute(
            text("""
                INSERT INTO product (id, kind, granted_seconds, valid_days, is_active, position)
                VALUES (:id, :kind, :granted_seconds, :valid_days, :is_active, :position)
                ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, granted_seconds = excluded.granted_seconds,
                    valid_days = excluded.valid_days, is_active = excluded.is_active, position = excluded.position
            """),
            {
                "id": product.id,
                "kind": str(product.kind),
                "granted_seconds": product.granted_seconds,
                "valid_days": product.valid_days,
                "is_active": product.is_active,
                "position": position,
            },
        )
        session.execute(text("DELETE FROM price WHERE product_id = :id"), {"id": product.id})
        session.execute(text("DELETE FROM product_wording WHERE product_id = :id"), {"id": product.id})
        for price in product.prices.values():
            session.execute(
                text("INSERT INTO price (product_id, currency, amount_minor) VALUES (:id, :currency, :minor)"),
                {"id": product.id, "currency": price.currency, "minor": price.minor},
            )
        for locale, wording in product.wordings.items():
            session.execute(
                text("""
                    INSERT INTO product_wording (product_id, locale, name, description)
                    VALUES (:id, :locale, :name, :description)
                """),
                {"id": product.id, "locale": locale, "name": wording.name, "description": wording.description},
            )


def set_active(session: Session, product_id: str, *, is_active: bool) -> bool:
    """Offer a product, or no longer; False when there is none of that id."""
    changed = session.execute(
        text("UPDATE product SET is_active = :is_active WHERE id = :id RETURNING id"),
        {"id": product_id, "is_active": is_active},
    )
    return changed.one_or_none() is not None


def _products(session: Session, where: str, parameters: dict[str, str]) -> list[Product]:
    rows = session.execute(
        text(f"""
            SELECT product.id, product.kind, product.granted_seconds, product.valid_days, product.is_active,
                   (SELECT coalesce(json_object_agg(currency, amount_minor), '{{}}') FROM price
                    WHERE product_id = product.id) AS prices,
                   (SELECT coalesce(json_object_agg(locale, json_build_array(name, description)), '{{}}')
                    FROM product_wording WHERE product_id = product.id) AS wordings
            FROM product {where} ORDER BY product.position, product.id
        """),
        parameters,
    )
    return [
        Product(
            id=row.id,
            kind=ProductKind(row.kind),
            granted_seconds=row.granted_seconds,
            valid_days=row.valid_days,
            is_active=row.is_active,
            prices={currency: Money(minor, currency) for currency, minor in row.prices.items()},
            wordings={locale: Wording(*words) for locale, words in row.wordings.items()},
        )
        for row in rows
    ]
