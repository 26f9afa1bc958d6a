"""Imported purchases in the store: paid orders, written set by set."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from store.json_rows import json_rows


def save_imported_orders(session: Session, orders: Iterable[dict[str, Any]]) -> None:
    """Add paid orders whose packages are saved already in this transaction."""
    rows = json_rows(orders)
    if rows != "[]":
        session.execute(_ORDERS, {"orders": rows})


def left_in(session: Session, package_ids: Iterable[str]) -> int:
    """Return how many seconds some packages have left, as the store has them."""
    wanted = "{" + ",".join(package_ids) + "}"
    return int(session.execute(_LEFT, {"ids": wanted}).scalar_one())


_ORDERS = text("""
    INSERT INTO orders (id, account, product, package, gateway, kind, currency, price_minor, list_price_minor,
                        granted_seconds, status, saves_method, title, return_url, cancel_url, message_id, payment_ref,
                        paid_at, recorded_at, created_at, updated_at)
    SELECT said.id, said.account, said.product, package.number, said.gateway,
           CAST(said.kind AS purchase_kind), said.currency, said.price_minor, said.price_minor, said.granted_seconds,
           'paid', false, said.title, '', '', said.message_id, said.payment_ref, said.paid_at, said.recorded_at,
           said.created_at, said.recorded_at
    FROM json_to_recordset(CAST(:orders AS json)) AS said (
        id text, account integer, product integer, package_id uuid, gateway text, kind text, currency text,
        price_minor bigint, granted_seconds bigint, title text, message_id bigint, payment_ref text,
        paid_at timestamptz, recorded_at timestamptz, created_at timestamptz)
    JOIN package ON package.id = said.package_id AND package.account = said.account
""")

_LEFT = text("SELECT coalesce(sum(left_seconds), 0) FROM package WHERE id = ANY(CAST(:ids AS uuid[]))")
