"""The timeline of an order: intent, call, payment, grant, refunds and disputes, with the gateways' references."""

from collections.abc import Iterator
from datetime import datetime

from domain.gateway.payment import PaymentStatus
from store.payments.read import OrderPage

Event = tuple[datetime, str, str, str | None]
"""The moment, what happened, its tone, and a line below."""


def timeline_of(page: OrderPage) -> list[Event]:
    """Return what happened to an order, the oldest first."""
    return sorted((*_bought(page), *_returned(page)), key=lambda event: event[0])


def _bought(page: OrderPage) -> Iterator[Event]:
    order = page.order
    yield order.created_at, "Ordered", "", f"{order.product_id}, {order.price}"
    if order.link_ready_at is not None:
        yield order.link_ready_at, "Checkout ready", "", order.checkout_ref
    if order.opened_at is not None:
        yield order.opened_at, "Checkout opened by its buyer", "", None
    for attempt in page.attempts:
        words = ", ".join(str(part) for part in (attempt.gateway, attempt.code, attempt.retry) if part)
        tone = {"paid": "good", "declined": "bad", "failed": "bad"}.get(str(attempt.outcome), "warn")
        yield attempt.at, f"Attempt {attempt.number}: {attempt.outcome}", tone, words or None
    if order.failed_at is not None:
        yield order.failed_at, "Failed", "bad", order.failure
    if order.expired_at is not None:
        yield order.expired_at, "Expired, nobody paid", "warn", None
    if order.paid_at is not None:
        yield order.paid_at, "Paid", "good", order.payment_ref
    if order.status is PaymentStatus.PAID and page.package is not None:
        yield page.package.activated_at, "Minutes granted", "good", f"package {page.package.id}"


def _returned(page: OrderPage) -> Iterator[Event]:
    for refund in page.refunds:
        words = f"{refund.amount}, {refund.reason}, by {refund.requested_by}"
        yield refund.created_at, f"Refund asked for ({refund.origin})", "warn", words
        if refund.succeeded_at is not None:
            yield refund.succeeded_at, "Refund given back", "good", refund.refund_ref
        elif refund.failure is not None:
            yield refund.created_at, "Refund failed", "bad", refund.failure
    for dispute in page.disputes:
        yield dispute.opened_at, "Dispute opened", "bad", f"{dispute.amount}, {dispute.reason}, {dispute.dispute_ref}"
        if dispute.closed_at is not None:
            yield dispute.closed_at, f"Dispute {dispute.status}", "good" if dispute.status == "won" else "bad", None
