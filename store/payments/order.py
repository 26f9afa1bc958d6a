"""Orders in the store: written before the gateway is asked, and again when it has answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus
from domain.money import Money
from domain.payments.order import Order

_COLUMNS = (
    "id, account_id, product_id, gateway, price_minor, currency, granted_seconds, valid_days, status, saves_method,"
    " title, return_url, cancel_url, locale, created_at, message_id, checkout_ref, payment_ref, redirect_url,"
    " checkout_expires_at, called_at, paid_at, failure, needs_review"
)


def add_order(session: Session, order: Order) -> None:
    """Write a new order: the intent."""
    session.execute(
        text("""
            INSERT INTO orders (id, account_id, product_id, gateway, price_minor, currency, granted_seconds, valid_days,
                                status, saves_method, title, return_url, cancel_url, locale, message_id, created_at,
                                updated_at, needs_review)
            VALUES (:id, :account_id, :product_id, :gateway, :price_minor, :currency, :granted_seconds, :valid_days,
                    :status, :saves_method, :title, :return_url, :cancel_url, :locale, :message_id, :created_at,
                    :created_at, false)
        """),
        {
            "id": order.id,
            "account_id": order.account_id,
            "product_id": order.product_id,
            "gateway": order.gateway,
            "price_minor": order.price.minor,
            "currency": order.price.currency,
            "granted_seconds": order.granted_seconds,
            "valid_days": order.valid_days,
            "status": str(order.status),
            "saves_method": order.saves_method,
            "title": order.title,
            "return_url": order.return_url,
            "cancel_url": order.cancel_url,
            "locale": order.locale,
            "message_id": order.message_id,
            "created_at": order.created_at,
        },
    )


def find_order(session: Session, order_id: str, *, locks: bool = False) -> Order | None:
    """
    Return an order; with `locks`, locked until the end of the transaction.

    Its account's book is opened, and so locked, before it is: accounts first, then orders, by everybody.
    """
    suffix = " FOR UPDATE" if locks else ""
    row = session.execute(text(f"SELECT {_COLUMNS} FROM orders WHERE id = :id{suffix}"), {"id": order_id}).one_or_none()
    return None if row is None else _order(row)


def find_order_of(session: Session, gateway: str, payment: GatewayPayment) -> str | None:
    """Return the id of the order that a payment belongs to: by our id if the gateway kept it, else by its own."""
    return find_order_id(session, gateway, order_id=payment.order_id, refs=(payment.payment_ref, payment.checkout_ref))


def find_order_id(
    session: Session, gateway: str, *, order_id: str | None = None, refs: Sequence[str | None] = ()
) -> str | None:
    """Return the id of an order of one gateway, by our id or by any of the gateway's."""
    row = session.execute(
        text("""
            SELECT id FROM orders WHERE gateway = :gateway
              AND (id = :order_id OR checkout_ref = ANY(CAST(:refs AS text[]))
                   OR payment_ref = ANY(CAST(:refs AS text[])))
            ORDER BY (id = :order_id) DESC NULLS LAST LIMIT 1
        """),
        {"gateway": gateway, "order_id": order_id, "refs": [ref for ref in refs if ref]},
    ).one_or_none()
    return None if row is None else str(row[0])


def mark_called(session: Session, order_id: str, *, at: datetime) -> None:
    """Note when the gateway is first asked with a key; a repeat does not move it."""
    session.execute(
        text("UPDATE orders SET called_at = coalesce(called_at, :at), polled_at = :at WHERE id = :id"),
        {"id": order_id, "at": at},
    )


def save_checkout(session: Session, order_id: str, checkout: Checkout, *, at: datetime) -> None:
    """Keep the hosted checkout that was opened for an order."""
    session.execute(
        text("""
            UPDATE orders SET checkout_ref = :ref, redirect_url = :url, checkout_expires_at = :expires_at,
                   updated_at = :at
            WHERE id = :id
        """),
        {
            "id": order_id,
            "ref": checkout.ref,
            "url": checkout.redirect_url,
            "expires_at": checkout.expires_at,
            "at": at,
        },
    )


def save_gateway_update(
    session: Session,
    order: Order,
    *,
    status: PaymentStatus,
    payment: GatewayPayment | None,
    at: datetime,
    failure: str | None = None,
    package_id: str | None = None,
) -> None:
    """Keep what a gateway has told of an order; refs are kept from the first that tells them."""
    session.execute(
        text("""
            UPDATE orders SET status = :status, checkout_ref = coalesce(checkout_ref, :checkout_ref),
                payment_ref = CASE WHEN :status = 'paid' AND status <> 'paid' THEN coalesce(:payment_ref, payment_ref)
                                   ELSE coalesce(payment_ref, :payment_ref) END,
                paid_at = CASE WHEN :status = 'paid' THEN coalesce(paid_at, :paid_at) END,
                package_id = coalesce(package_id, :package_id),
                failure = CASE WHEN :status = 'paid' THEN NULL WHEN needs_review THEN failure
                               ELSE coalesce(:failure, failure) END,
                -- A question stays until the right money has answered it.
                needs_review = needs_review AND :status <> 'paid',
                updated_at = CASE WHEN status = :status THEN updated_at ELSE :at END
            WHERE id = :id
        """),
        {
            "id": order.id,
            "status": str(status),
            "checkout_ref": payment.checkout_ref if payment else None,
            "payment_ref": payment.payment_ref if payment else None,
            "paid_at": payment.at if payment else at,
            "package_id": package_id,
            "failure": failure,
            "at": at,
        },
    )


def mark_for_review(
    session: Session, order_id: str, sentence: str, *, at: datetime, payment_ref: str | None = None
) -> None:
    """Put an order before a person; `payment_ref` names the money that is in question."""
    session.execute(
        text("""
            UPDATE orders SET needs_review = true, failure = :why, updated_at = :at,
                payment_ref = coalesce(payment_ref, :payment_ref)
            WHERE id = :id
        """),
        {"id": order_id, "why": sentence, "at": at, "payment_ref": payment_ref},
    )


def mark_polled(session: Session, order_id: str, *, at: datetime) -> None:
    """Note that an order was looked at, so that others get their turn."""
    session.execute(text("UPDATE orders SET polled_at = :at WHERE id = :id"), {"id": order_id, "at": at})


def find_open_orders(
    session: Session, *, gateways: Sequence[str], before: datetime, limit: int
) -> list[tuple[str, str]]:
    """Return the ids, with their gateway, of open orders that nobody has looked at since a moment."""
    return [
        (row[0], row[1])
        for row in session.execute(
            text("""
                SELECT id, gateway FROM orders
                WHERE status IN ('pending', 'action_required', 'approved') AND coalesce(polled_at, updated_at) < :before
                  AND NOT needs_review AND gateway = ANY(:gateways)
                ORDER BY coalesce(polled_at, updated_at) LIMIT :limit
            """),
            {"gateways": list(gateways), "before": before, "limit": limit},
        )
    ]


def _order(row: Any) -> Order:
    return Order(
        id=row.id,
        account_id=row.account_id,
        product_id=row.product_id,
        gateway=row.gateway,
        price=Money(row.price_minor, row.currency),
        granted_seconds=row.granted_seconds,
        valid_days=row.valid_days,
        status=PaymentStatus(row.status),
        saves_method=row.saves_method,
        title=row.title,
        return_url=row.return_url,
        cancel_url=row.cancel_url,
        locale=row.locale,
        created_at=row.created_at,
        message_id=row.message_id,
        checkout_ref=row.checkout_ref,
        payment_ref=row.payment_ref,
        redirect_url=row.redirect_url,
        checkout_expires_at=row.checkout_expires_at,
        called_at=row.called_at,
        paid_at=row.paid_at,
        failure=row.failure,
        needs_review=row.needs_review,
    )
