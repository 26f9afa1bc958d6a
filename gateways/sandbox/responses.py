"""The sandbox's objects in our words: payments, setups, refunds and disputes."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from domain.gateway.dispute import DisputeStatus, GatewayDispute
from domain.gateway.payment import GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.refund import GatewayRefund, GatewayRefundStatus
from domain.gateway.setup import GatewaySetup, SetupStatus
from gateways.sandbox.amounts import from_wire
from gateways.sandbox.declines import decline_of


def payment_of(body: Mapping[str, Any], *, page_url: str) -> GatewayPayment:
    """
    Return a payment.

    Args:
        body: as the API shows it.
        page_url: where the server has its pages.
    """
    status = PaymentStatus(body["state"])
    method = _saved_method_of(body["method"]) if status is PaymentStatus.PAID else None
    return GatewayPayment(
        checkout_ref=body["checkout_ref"],
        payment_ref=body["payment_ref"],
        order_id=body["order_id"],
        status=status,
        price=from_wire(body),
        refunded=from_wire(body, field="refunded_minor"),
        at=datetime.fromisoformat(body["changed_at"]),
        method=method,
        gateway_customer=method.gateway_customer if method else None,
        action_url=f"{page_url}{body['page']}/3ds" if status is PaymentStatus.ACTION_REQUIRED else None,
        # A charge that waits for the buyer has a code as well; a checkout at 3-D Secure has none.
        decline=decline_of(body["decline_code"]) if body["decline_code"] else None,
        fingerprint=body["fingerprint"] if status is PaymentStatus.PAID else None,
    )


def setup_of(body: Mapping[str, Any]) -> GatewaySetup:
    """Return a setup."""
    method = _saved_method_of(body["method"])
    return GatewaySetup(
        ref=body["ref"],
        setup_id=body["setup_id"],
        status=SetupStatus(body["state"]),
        at=datetime.fromisoformat(body["changed_at"]),
        method=method,
        gateway_customer=method.gateway_customer if method else None,
        failure=body["failure"],
        fingerprint=body["method"]["fingerprint"] if method else None,
    )


def refund_of(body: Mapping[str, Any]) -> GatewayRefund:
    """Return a refund."""
    return GatewayRefund(
        ref=body["ref"],
        payment_ref=body["payment_ref"],
        refund_id=body["refund_id"],
        status=GatewayRefundStatus(body["state"]),
        amount=from_wire(body),
        at=datetime.fromisoformat(body["changed_at"]),
        failure=body["failure"],
    )


def dispute_of(body: Mapping[str, Any]) -> GatewayDispute:
    """Return a dispute."""
    return GatewayDispute(
        ref=body["ref"],
        payment_ref=body["payment_ref"],
        status=DisputeStatus(body["state"]),
        amount=from_wire(body),
        reason=body["reason"],
        at=datetime.fromisoformat(body["changed_at"]),
    )


def _saved_method_of(body: Mapping[str, Any] | None) -> SavedMethod | None:
    if body is None:
        return None
    return SavedMethod(body["token"], body["customer"], body["label"], date.fromisoformat(body["expires_on"]))
