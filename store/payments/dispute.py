"""Disputes in the store."""

from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from domain.money import Money
from domain.payments.dispute import Dispute


def find_dispute(session: Session, gateway: str, ref: str) -> Dispute | None:
    """Return a dispute by the gateway's id; to be asked with its account's book open."""
    row = session.execute(
        text("""
            SELECT order_id, gateway, dispute_ref, status, amount_minor, currency, reason, message_id FROM dispute
            WHERE gateway = :gateway AND dispute_ref = :ref FOR UPDATE
        """),
        {"gateway": gateway, "ref": ref},
    ).one_or_none()
    if row is None:
        return None
    return Dispute(row[0], row[1], row[2], row[3], Money(row[4], row[5]), row[6], row[7])


def has_open_dispute(session: Session, order_id: str) -> bool:
    """Tell whether the banks have not decided about an order yet."""
    found: bool = session.execute(
        text("SELECT EXISTS (SELECT FROM dispute WHERE order_id = :id AND status = 'open')"), {"id": order_id}
    ).scalar_one()
    return found


def is_disputed(session: Session, order_id: str) -> bool:
    """Tell whether an open or lost dispute is about an order."""
    found: bool = session.execute(
        text("SELECT EXISTS (SELECT FROM dispute WHERE order_id = :id AND status <> 'won')"), {"id": order_id}
    ).scalar_one()
    return found


def add_dispute(session: Session, dispute: Dispute, *, at: datetime) -> None:
    """Write a dispute that was opened."""
    session.execute(
        text("""
            INSERT INTO dispute (order_id, gateway, dispute_ref, status, amount_minor, currency, reason, message_id,
                                 opened_at)
            VALUES (:order_id, :gateway, :ref, 'open', :minor, :currency, :reason, :message_id, :at)
        """),
        {
            "order_id": dispute.order_id,
            "gateway": dispute.gateway,
            "ref": dispute.dispute_ref,
            "minor": dispute.amount.minor,
            "currency": dispute.amount.currency,
            "reason": dispute.reason,
            "message_id": dispute.message_id,
            "at": at,
        },
    )


def close_dispute(session: Session, gateway: str, ref: str, *, is_won: bool, at: datetime) -> None:
    """Keep how a dispute ended."""
    session.execute(
        text("UPDATE dispute SET status = :status, closed_at = :at WHERE gateway = :gateway AND dispute_ref = :ref"),
        {"gateway": gateway, "ref": ref, "status": "won" if is_won else "lost", "at": at},
    )
