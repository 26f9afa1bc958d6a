"""Saved methods in the store."""

from sqlalchemy import text
from sqlmodel import Session

from domain.gateway.payment import SavedMethod


def save_method(session: Session, account_id: str, gateway: str, method: SavedMethod) -> None:
    """Keep a saved method; the same again changes its label only."""
    session.execute(
        text("""
            INSERT INTO saved_method (account_id, gateway, token, gateway_customer, label)
            VALUES (:account_id, :gateway, :token, :customer, :label)
            ON CONFLICT (gateway, token) DO UPDATE SET label = excluded.label
        """),
        {
            "account_id": account_id,
            "gateway": gateway,
            "token": method.token,
            "customer": method.gateway_customer,
            "label": method.label,
        },
    )
