"""Imported offers in the store: products that keep the number which they had."""

from sqlalchemy import text
from sqlmodel import Session

from domain.catalogue.product import Product
from store.catalogue.product import save_products


def save_imported_offer(session: Session, product: Product, *, number: int | None) -> int:
    """
    Add a product with a number of its own, unless it is there, and return its number.

    Where another product has the number, or it has none that can be kept, it gets the next one that is free.
    """
    known: int | None = session.execute(_NUMBER, {"id": product.id}).scalar_one_or_none()
    if known is not None:
        return known
    seconds = {"granted_seconds": product.granted_seconds}
    if number is not None:
        session.execute(_WITH_NUMBER, {"id": product.id, "number": number, **seconds})
        # What follows must not come upon a number that was given here.
        session.execute(_GO_ON)
    save_products(session, [product])
    found: int = session.execute(_NUMBER, {"id": product.id}).scalar_one()
    return found


_NUMBER = text("SELECT number FROM product WHERE id = :id")

_WITH_NUMBER = text("""
    INSERT INTO product (id, number, granted_seconds) OVERRIDING SYSTEM VALUE VALUES (:id, :number, :granted_seconds)
    ON CONFLICT DO NOTHING
""")

_GO_ON = text("""
    SELECT setval(pg_get_serial_sequence('product', 'number'),
                  greatest((SELECT max(number) FROM product),
                           (SELECT last_value FROM pg_sequences WHERE sequencename = 'product_number_seq')))
""")
