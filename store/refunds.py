"""Refunds and disputes in the store."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from domain.money import Money
from domain.payments.refund import RefundStatus

_COLUMNS = (
    "id, order_id, gateway, refund_ref, origin, status, currency, amount_minor, void_seconds, is_waived, is_full,"
    " reason, requested_by, failure, needs_review, message_id, called_at, created_at, settled_at"
)


@dataclass(frozen=True, slots=True)
class KeptRefund:
    """A refund as it is kept; `void_seconds` are frozen while it is under way."""

    id: str
    order_id: str
    gateway: str
    refund_ref: str | None
    origin: str
    status: RefundStatus
    amount: Money
    void_seconds: int
    is_waived: bool
    is_full: bool
    reason: str
    requested_by: str
    failure: str | None
    needs_review: bool
    message_id: int
    called_at: datetime | None
    created_at: datetime
    settled_at: datetime | None = None

    @property
    def was_restored(self) -> bool:
        """Tell whether it had succeeded and then failed, and its minutes were given back."""
        return self.status is RefundStatus.FAILED and self.settled_at is not None and self.void_seconds > 0


@dataclass(frozen=True, slots=True)
class KeptDispute:
    """A dispute as it is kept."""

    order_id: str
    gateway: str
    dispute_ref: str
    status: str
    amount: Money
    reason: str
    message_id: int


def add_refund(session: Session, refund: KeptRefund, *, settled_at: datetime | None = None) -> None:
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
) -> KeptRefund | None:
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


def refunds_of(session: Session, order_id: str) -> list[KeptRefund]:
    """Return the refunds of an order, the oldest first."""
    rows = session.execute(
        text(f"SELECT {_COLUMNS} FROM refund WHERE order_id = :id ORDER BY created_at, id"), {"id": order_id}
    )
    return [_refund(row) for row in rows]


def keep_refund(
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


def open_refunds(session: Session, *, gateways: Sequence[str], before: datetime, limit: int) -> list[tuple[str, str]]:
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


def find_dispute(session: Session, gateway: str, ref: str) -> KeptDispute | None:
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
    return KeptDispute(row[0], row[1], row[2], row[3], Money(row[4], row[5]), row[6], row[7])


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


def add_dispute(session: Session, dispute: KeptDispute, *, at: datetime) -> None:
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


def _refund(row: object) -> KeptRefund:
    values = dict(row._mapping)  # type: ignore[attr-defined]
    amount = Money(values.pop("amount_minor"), values.pop("currency"))
    values["status"] = RefundStatus(values["status"])
    return KeptRefund(amount=amount, **values)
