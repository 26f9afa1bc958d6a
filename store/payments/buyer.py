"""Buyers as the gateways know them, and as a call told of them when it was first made."""

from typing import Any, Literal

import orjson
from sqlalchemy import text
from sqlmodel import Session

from domain.gateway.requests import Buyer


def save_customer(session: Session, account_id: str, gateway: str, customer: str) -> None:
    """Keep a gateway's own id of an account; the first one stays."""
    session.execute(
        text("""
            INSERT INTO gateway_customer (account_id, gateway, customer) VALUES (:account_id, :gateway, :customer)
            ON CONFLICT DO NOTHING
        """),
        {"account_id": account_id, "gateway": gateway, "customer": customer},
    )


def find_buyer(
    session: Session, account_id: str, gateway: str
) -> tuple[str | None, str | None, str | None, str | None]:
    """Return an account's mail address, language, currency, and the gateway's own id of it."""
    row = session.execute(
        text("""
            SELECT account.email, account.locale, account.currency, gateway_customer.customer
            FROM account LEFT JOIN gateway_customer
              ON gateway_customer.account_id = account.id AND gateway_customer.gateway = :gateway
            WHERE account.id = :account_id
        """),
        {"account_id": account_id, "gateway": gateway},
    ).one_or_none()
    return (None, None, None, None) if row is None else (row[0], row[1], row[2], row[3])


def snapshot_buyer(
    session: Session,
    table: Literal["orders", "refund"],
    row_id: str,
    *,
    account_id: str,
    gateway: str,
    locale: str | None = None,
) -> Buyer:
    """
    Return the buyer that a call about a row is to tell of: as they were when it was first made.

    A key stands for one content. If a repeat told of a mail address or a customer that came to be known
    since, the gateway would refuse it, and what became of the first call would never be learnt.

    Args:
        session: of the transaction in which the call is noted.
        table: whose row it is.
        row_id: the order's or the refund's.
        account_id: the buyer's.
        gateway: that is called.
        locale: the language asked for; the account's without.
    """
    email, own_locale, _, customer = find_buyer(session, account_id, gateway)
    now: dict[str, Any] = {"email": email, "customer": customer, "locale": locale or own_locale}
    told: dict[str, Any] = session.execute(
        text(f"""
            UPDATE {table} SET buyer_snapshot = coalesce(buyer_snapshot, CAST(:now AS jsonb))
            WHERE id = :id RETURNING buyer_snapshot
        """),
        {"id": row_id, "now": orjson.dumps(now).decode()},
    ).scalar_one()
    return Buyer(account_id, told["email"], told["customer"], told["locale"])
