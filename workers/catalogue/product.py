"""The catalogue is changed here alone: products are written, put on offer, and taken off."""

from collections.abc import Sequence

from domain.catalogue.product import Product
from store.catalogue.product import save_products, set_active
from workers.context import Context


class UnknownProduct(LookupError):
    """There is no such product; the text says how to find those that exist."""


def write_products(context: Context, products: Sequence[Product]) -> None:
    """
    Write products as they are given, in this order and after all others; their prices and names are replaced.

    Raises:
        Unavailable: the store is away; nothing was written.
    """
    context.transact(lambda session: save_products(session, products, at=context.clock()))


def write_active(context: Context, product_id: str, *, is_active: bool) -> None:
    """
    Put a product on offer, or take it off; what was bought stays.

    Raises:
        UnknownProduct: there is none with this id.
    """
    if not context.transact(lambda session: set_active(session, product_id, is_active=is_active)):
        raise UnknownProduct(f"there is no product {product_id}; see `billing products list`")
