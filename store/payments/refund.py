"""Refunds in the store."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from domain.money import Money
from domain.payments.refund import Refund, RefundStatus

_COLUMNS = (
    "id, order_id, gateway, refund_ref, origin, status, currency, amount_minor, void_seconds, is_waived, is_full,"
    " reason, requested_by, failure, needs_review, message_id, called_at, created_at, settled_at"
)


def add_refund(session: Session, refund: Refund, *, settled_at: datetime | None = None) -> None:
    """Write a new refund; `settled_at` is the gateway's moment of one that is done already."""
    session.execute(
        text("""
            INSERT INTO refund (id, order_id, gateway, refund_ref, origin, status, currency, amount_minor, void_seconds,
                                is_waived, is_full, reason, requested_by, message_id, created_at, updated_at,
                                settled_at, needs_review)
            VALUES (:id, :order_id, :gateway, :refund_ref, :origin, :status, :currency, :amount_minor, :void_seconds,
                    :is_waived, :is_full, :reason, :requested_by, :message_id, :created_at, :created_at,
                    :settled_at, false)
        """),
        {
            "settled_at": settled_at,
            "id": refund.id,
            "order_id": refund.order_id,
            "gateway": refund.gateway,
            "refund_ref": refund.refund_ref,
            "origin": refund.origin,
            "status": str(refund.status),
            "currency": refund.amount.currency,
            "amount_minor": refund.amount.minor,
            "void_seconds": refund.void_seconds,
            "is_waived": refund.is_waived,
            "is_full": refund.is_full,
            "reason": refund.reason,
            "requested_by": refund.requested_by,
            "message_id": refund.message_id,
            "created_at": refund.created_at,
        },
    )


def find_refund(
    session: Session, refund_id: str | None, *, gateway: str | None = None, ref: str | None = None, locks: bool = False
) -> Refund | None:
    """Return a refund, by our id first, else by the gateway's; to be asked with its account's book open."""
    suffix = " FOR UPDATE" if locks else ""
    row = session.execute(
        text(f"""
            SELECT {_COLUMNS} FROM refund WHERE id = :id OR (gateway = :gateway AND refund_ref = :ref)
            ORDER BY (id = :id) DESC NULLS LAST LIMIT 1{suffix}
        """),
        {"id": refund_id, "gateway": gateway, "ref": ref},
    ).one_or_none()
    return None if row is None else _refund(row)


def find_refunds(session: Session, order_id: str) -> list[Refund]:
    """Return the refunds of an order, the oldest first."""
    rows = session.execute(
        text(f"SELECT {_COLUMNS} FROM refund WHERE order_id = :id ORDER BY created_at, id"), {"id": order_id}
    )
    return [_refund(row) for row in rows]


def save_refund(
    session: Session,
    refund_id: str,
    *,
    status: RefundStatus,
    at: datetime,
    ref: str | None = None,
    failure: str | None = None,
    is_call: bool = False,
    is_in_question: bool = False,
    settled_at: datetime | None = None,
) -> None:
    """Keep how far a refund is; with `is_call`, note that the gateway is being asked from now on."""
    session.execute(
        text("""
            UPDATE refund SET status = :status, refund_ref = coalesce(refund_ref, :ref),
                failure = coalesce(:failure, failure),
                called_at = CASE WHEN :is_call THEN coalesce(called_at, :at) ELSE called_at END,
                settled_at = coalesce(:settled_at, settled_at),
                needs_review = :is_in_question, updated_at = :at
            WHERE id = :id
        """),
        {
            "settled_at": settled_at,
            "id": refund_id,
            "status": str(status),
            "ref": ref,
            "failure": failure,
            "is_call": is_call,
            "is_in_question": is_in_question,
            "at": at,
        },
    )


def find_open_refunds(
    session: Session, *, gateways: Sequence[str], before: datetime, limit: int
) -> list[tuple[str, str]]:
    """Return the ids, with their gateway, of refunds under way that nobody has looked at since a moment."""
    return [
        (row[0], row[1])
        for row in session.execute(
            text("""
                SELECT id, gateway FROM refund WHERE status IN ('frozen', 'sent', 'unknown') AND updated_at < :before
                  AND NOT needs_review AND gateway = ANY(:gateways)
                ORDER BY updated_at LIMIT :limit
            """),
            {"gateways": list(gateways), "before": before, "limit": limit},
        )
    ]


def _refund(row: object) -> Refund:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    amount = Money(values.pop("amount_minor"), values.pop("currency"))
    values["status"] = RefundStatus(values["status"])
    return Refund(amount=amount, **values)
