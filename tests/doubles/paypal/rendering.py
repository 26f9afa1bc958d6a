"""The double's records as PayPal's JSON."""

from typing import Any

from domain.money import Money
from tests.doubles.paypal.amounts import amount_body
from tests.doubles.paypal.records import Capture, DisputeRecord, Order, RefundRecord, SetupToken, State, Token

BUYER = "buyer@example.com"


def order_body(state: State, order: Order) -> dict[str, Any]:
    """Return an order in full."""
    unit: dict[str, Any] = {"reference_id": "default", "amount": amount_body(order.money)}
    unit |= _given(custom_id=order.custom_id, invoice_id=order.invoice_id, description=order.description)
    if order.captures:
        unit["payments"] = {"captures": [_capture_part(state, capture) for capture in order.captures]}
        refunds = [refund for capture in order.captures for refund in state.refunds_of(capture.id)]
        if refunds:
            unit["payments"]["refunds"] = [refund_body(state, refund) for refund in refunds]
    body: dict[str, Any] = {
        "id": order.id,
        "intent": "CAPTURE",
        "status": order.status,
        "create_time": order.created,
        "update_time": order.updated,
        "payment_source": {"paypal": _wallet(state, order)},
        "purchase_units": [unit],
        "links": order_links(state, order),
    }
    if order.status in ("APPROVED", "COMPLETED"):
        body["payer"] = {"payer_id": order.payer_id, "email_address": BUYER}
    return body


def minimal(body: dict[str, Any]) -> dict[str, Any]:
    """Return what PayPal answers when nobody asks for the whole representation."""
    return {name: body[name] for name in ("id", "status", "links")}


def order_links(state: State, order: Order) -> list[dict[str, str]]:
    """Return the links of an order, by its status."""
    address = f"{state.base}/v2/checkout/orders/{order.id}"
    links = [{"href": address, "rel": "self", "method": "GET"}]
    if order.status == "PAYER_ACTION_REQUIRED":
        links.append({"href": f"{state.base}/checkoutnow?token={order.id}", "rel": "payer-action", "method": "GET"})
    if order.status == "APPROVED":
        links.append({"href": f"{address}/capture", "rel": "capture", "method": "POST"})
    return links


def capture_body(state: State, capture: Capture) -> dict[str, Any]:
    """Return a capture as it is got by its own id."""
    return _capture_part(state, capture) | {"supplementary_data": {"related_ids": {"order_id": capture.order_id}}}


def refund_body(state: State, refund: RefundRecord) -> dict[str, Any]:
    """Return a refund; only its link `up` says which capture it belongs to."""
    done = [one for one in state.refunds_of(refund.capture_id) if one.status == "COMPLETED"]
    total = Money(sum(one.money.minor for one in done), refund.money.currency)
    body = {
        "id": refund.id,
        "status": refund.status,
        "amount": amount_body(refund.money),
        "seller_payable_breakdown": {
            "gross_amount": amount_body(refund.money),
            "total_refunded_amount": amount_body(total),
        },
        "create_time": refund.created,
        "update_time": refund.updated,
        "links": [
            {"href": f"{state.base}/v2/payments/refunds/{refund.id}", "rel": "self", "method": "GET"},
            {"href": f"{state.base}/v2/payments/captures/{refund.capture_id}", "rel": "up", "method": "GET"},
        ],
    }
    body |= _given(custom_id=refund.custom_id, note_to_payer=refund.note)
    if refund.status == "PENDING":
        body["status_details"] = {"reason": "ECHECK"}
    return body


def dispute_body(state: State, dispute: DisputeRecord) -> dict[str, Any]:
    """Return a dispute."""
    body: dict[str, Any] = {
        "dispute_id": dispute.id,
        "create_time": dispute.created,
        "update_time": dispute.updated,
        "disputed_transactions": [{"seller_transaction_id": dispute.capture_id}],
        "reason": "UNAUTHORISED",
        "status": dispute.status,
        "dispute_amount": amount_body(dispute.money),
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "links": [{"href": f"{state.base}/v1/customer/disputes/{dispute.id}", "rel": "self", "method": "GET"}],
    }
    if dispute.outcome is not None:
        body["dispute_outcome"] = {"outcome_code": dispute.outcome}
    return body


def token_body(token: Token) -> dict[str, Any]:
    """Return a wallet in the vault, as its event reports it."""
    body: dict[str, Any] = {
        "id": token.id,
        "customer": {"id": token.customer},
        "payment_source": {"paypal": {"usage_type": "MERCHANT", "email_address": BUYER, "payer_id": token.payer_id}},
    }
    # Only a token that an order asked for names one.
    return body | ({"metadata": {"order_id": token.order_id}} if token.order_id else {})


def fetched_token_body(state: State, token: Token) -> dict[str, Any]:
    """Return a wallet in the vault, as it is got by its own id."""
    address = f"{state.base}/v3/vault/payment-tokens/{token.id}"
    return token_body(token) | {"links": [{"href": address, "rel": "self", "method": "GET"}]}


def setup_body(state: State, setup: SetupToken) -> dict[str, Any]:
    """Return a setup token; while it waits it has the buyer's page."""
    address = f"{state.base}/v3/vault/setup-tokens/{setup.id}"
    links = [{"href": address, "rel": "self", "method": "GET"}]
    if setup.status == "PAYER_ACTION_REQUIRED":
        page = f"{state.base}/agreements/approve?approval_session_id={setup.id}"
        links.append({"href": page, "rel": "approve", "method": "GET"})
    return {"id": setup.id, "customer": {"id": setup.customer}, "status": setup.status, "links": links}


def _capture_part(state: State, capture: Capture) -> dict[str, Any]:
    address = f"{state.base}/v2/payments/captures/{capture.id}"
    body: dict[str, Any] = {
        "id": capture.id,
        "status": capture.status,
        "amount": amount_body(capture.money),
        "final_capture": True,
        "create_time": capture.created,
        "update_time": capture.updated,
        "links": [
            {"href": address, "rel": "self", "method": "GET"},
            {"href": f"{address}/refund", "rel": "refund", "method": "POST"},
            {"href": f"{state.base}/v2/checkout/orders/{capture.order_id}", "rel": "up", "method": "GET"},
        ],
    }
    if capture.status == "PENDING":
        body["status_details"] = {"reason": "PENDING_REVIEW"}
    return body | _given(custom_id=capture.custom_id, invoice_id=capture.invoice_id)


def _wallet(state: State, order: Order) -> dict[str, Any]:
    if order.status not in ("APPROVED", "COMPLETED"):
        return {}
    wallet: dict[str, Any] = {"email_address": BUYER, "account_id": order.payer_id, "account_status": "VERIFIED"}
    if order.saves and order.captures and order.customer:
        vault: dict[str, Any] = {"status": "APPROVED", "customer": {"id": order.customer}}
        if order.token:
            vault |= {"id": order.token, "status": "VAULTED"}
            href = f"{state.base}/v3/vault/payment-tokens/{order.token}"
            vault["links"] = [{"href": href, "rel": "self", "method": "GET"}]
        wallet["attributes"] = {"vault": vault}
    return wallet


def _given(**values: str | None) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
