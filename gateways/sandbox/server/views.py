"""What the records add up to, and how the API shows them."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.gateway.dispute import DisputeStatus
from domain.gateway.payment import PaymentStatus
from domain.gateway.refund import GatewayRefundStatus
from gateways.sandbox.server.records import DisputeRecord, PaymentRecord, Records, RefundRecord, SetupRecord

_OBJECTS: dict[type, str] = {
    PaymentRecord: "payment",
    RefundRecord: "refund",
    DisputeRecord: "dispute",
    SetupRecord: "setup",
}


def view(records: Records, record: PaymentRecord | RefundRecord | DisputeRecord | SetupRecord) -> dict[str, Any]:
    """Return a record as JSON has it, with its method and its page; a payment with the sum of its refunds, too."""
    shape: dict[str, Any] = {"object": _OBJECTS[type(record)]} | asdict(record)
    if isinstance(record, PaymentRecord | SetupRecord):
        method = records.methods.get(record.method or "")
        shape["method"] = asdict(method) if method else None
    if isinstance(record, SetupRecord):
        shape["page"] = f"/save/{record.ref}"
    if isinstance(record, PaymentRecord):
        shape["refunded_minor"] = refunded_minor(records, record)
        shape["page"] = f"/pay/{record.ref}"
    return shape


def refunded_minor(records: Records, payment: PaymentRecord) -> int:
    """Return how much of a payment was refunded."""
    return _sum(records, payment, GatewayRefundStatus.SUCCEEDED)


def money_left(records: Records, payment: PaymentRecord) -> int:
    """Return what may still be refunded: pending refunds have their money already."""
    return payment.amount_minor - _sum(records, payment, GatewayRefundStatus.SUCCEEDED, GatewayRefundStatus.PENDING)


def is_disputed(records: Records, payment_ref: str) -> bool:
    """Tell whether a payment has a dispute that is open or lost."""
    return any(
        one.payment_ref == payment_ref and one.state is not DisputeStatus.WON for one in records.disputes.values()
    )


def changed_between(
    records: Records, since: datetime, until: datetime
) -> Iterator[PaymentRecord | RefundRecord | DisputeRecord]:
    """Go through what began or last changed in a period, both ends included."""
    begun: list[PaymentRecord | RefundRecord] = [*records.payments.values(), *records.refunds.values()]
    for one in begun:
        if any(since <= datetime.fromisoformat(text) <= until for text in (one.created_at, one.changed_at)):
            yield one
    for dispute in records.disputes.values():
        if since <= datetime.fromisoformat(dispute.changed_at) <= until:
            yield dispute


def books(records: Records) -> dict[str, tuple[int, int]]:
    """Return, by currency, what was captured and what of it was refunded, in minor units."""
    totals: dict[str, tuple[int, int]] = {}
    for one in records.payments.values():
        if one.state is PaymentStatus.PAID:
            captured, refunded = totals.get(one.currency, (0, 0))
            totals[one.currency] = (captured + one.amount_minor, refunded + refunded_minor(records, one))
    return totals


def _sum(records: Records, payment: PaymentRecord, *states: GatewayRefundStatus) -> int:
    return sum(
        one.amount_minor
        for one in records.refunds.values()
        if one.payment_ref == payment.payment_ref and one.state in states
    )
