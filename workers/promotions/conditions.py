"""Conditions: what is refused before a promotion or a programme is written, for nothing could ever meet it."""

from collections.abc import Collection
from datetime import datetime

from domain.refusal import Refusal
from store.catalogue.read import find_product
from store.engine import Session


def check_conditions(
    session: Session, product_ids: Collection[str], ends_at: datetime | None, *, at: datetime
) -> Refusal | None:
    """
    Return why nobody could ever meet some conditions, if so; None: somebody may.

    Args:
        session: any; it only reads.
        product_ids: what they name; one that is not on sale now may be later.
        ends_at: until when they hold, exclusive; None: for ever.
        at: aware UTC, now.
    """
    if ends_at is not None and ends_at <= at:
        return Refusal("EndsInThePast", f"`ends_at` is in the past: {ends_at:%Y-%m-%d %H:%M} UTC")
    for product_id in sorted(product_ids):
        if find_product(session, product_id) is None:
            return Refusal("UnknownProduct", f"there is no product {product_id}")
    return None
