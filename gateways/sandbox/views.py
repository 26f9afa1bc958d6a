"""Records as the sandbox's API shows them."""

from dataclasses import asdict
from typing import Any

from domain.gateway.refund import GatewayRefundStatus
from gateways.sandbox.records import DisputeRecord, PaymentRecord, Records, RefundRecord


def view(records: Records, record: PaymentRecord | RefundRecord | DisputeRecord) -> dict[str, Any]:
    """Return a record as JSON has it; a payment with its method, its refunds' sum and its page."""
    seen: dict[str, Any] = {"object": _KINDS[type(record)]} | asdict(record)
    if isinstance(record, PaymentRecord):
        method = records.methods.get(record.method or "")
        seen["method"] = asdict(method) if method else None
        seen["refunded_minor"] = refunded_minor(records, record)
        seen["page"] = f"/pay/{record.ref}"
    return seen


def refunded_minor(records: Records, payment: PaymentRecord) -> int:
    """Return what was given back of a payment."""
    return _sum(records, payment, GatewayRefundStatus.SUCCEEDED)


def money_left(records: Records, payment: PaymentRecord) -> int:
    """Return what may still be refunded: refunds that are pending have their money already."""
    return payment.amount_minor - _sum(records, payment, GatewayRefundStatus.SUCCEEDED, GatewayRefundStatus.PENDING)


def _sum(records: Records, payment: PaymentRecord, *states: GatewayRefundStatus) -> int:
    return sum(
        one.amount_minor
        for one in records.refunds.values()
        if one.payment_ref == payment.payment_ref and one.state in states
    )


_KINDS: dict[type, str] = {PaymentRecord: "payment", RefundRecord: "refund", DisputeRecord: "dispute"}
