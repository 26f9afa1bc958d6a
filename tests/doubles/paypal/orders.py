"""Orders and captures: what PayPal does with them."""

from typing import Any

from domain.money import Money
from tests.doubles.paypal.amounts import accepted_money
from tests.doubles.paypal.records import Capture, Order, State, Token, new_id, now_text, payer_id
from tests.doubles.paypal.refusing import Refused, unknown
from tests.doubles.paypal.rendering import capture_body, order_body, token_body

AMOUNT_FIELD = "/purchase_units/@reference_id=='default'/amount/value"


def create(state: State, body: dict[str, Any]) -> Order:
    """Store a new order that waits for its buyer."""
    wallet = body["payment_source"]["paypal"]
    attributes = wallet.get("attributes", {})
    order = _order(body, "PAYER_ACTION_REQUIRED")
    order.return_url = wallet["experience_context"]["return_url"]
    order.cancel_url = wallet["experience_context"]["cancel_url"]
    order.saves = "vault" in attributes
    order.customer = attributes.get("customer", {}).get("id") or (new_id(9) if order.saves else None)
    state.orders[order.id] = order
    return order


def charge(state: State, body: dict[str, Any], *, code: str = "") -> Order:
    """Create an order and capture it in the same step, from the vault."""
    token = state.tokens.get(body["payment_source"]["paypal"]["vault_id"])
    if token is None:
        raise unknown("/payment_source/paypal/vault_id")
    order = _order(body, "APPROVED")
    order.is_charge, order.customer, order.payer_id = True, token.customer, token.payer_id
    if code == "PAYER_ACTION_REQUIRED":
        order.status = code
        state.orders[order.id] = order
        return order
    if code:
        raise Refused(422, code)
    _refuse_repeated_invoice(state, order)
    state.orders[order.id] = order
    _take(state, order)
    return order


def approve(state: State, order_id: str, *, refusal: str = "") -> None:
    """Let the buyer approve; `refusal` is what the capture will be answered with."""
    order = found(state, order_id)
    if order.status not in ("PAYER_ACTION_REQUIRED", "APPROVED"):
        raise ValueError(f"order {order_id} is {order.status}; no buyer can approve it")
    order.status, order.refusal, order.updated = "APPROVED", refusal, now_text()
    order.payer_id = payer_id(state.payer)
    state.emit("CHECKOUT.ORDER.APPROVED", "checkout-order", order_body(state, order))


def capture(state: State, order_id: str, *, code: str = "") -> Order:
    """Capture the money of an approved order."""
    order = found(state, order_id)
    if order.status == "COMPLETED":
        raise Refused(422, "ORDER_ALREADY_CAPTURED")
    if order.status != "APPROVED":
        raise Refused(422, "ORDER_NOT_APPROVED")
    refusal = code or order.refusal
    if refusal:
        page = {"href": f"{state.base}/checkoutnow?token={order.id}", "rel": "redirect", "method": "GET"}
        raise Refused(422, refusal, links=(page,))
    _refuse_repeated_invoice(state, order)
    _take(state, order)
    return order


def settle(state: State, capture_id: str, *, succeeded: bool) -> None:
    """End the wait of a pending capture."""
    taken_money = state.captures[capture_id]
    taken_money.status, taken_money.updated = ("COMPLETED" if succeeded else "DECLINED"), now_text()
    what = "COMPLETED" if succeeded else "DENIED"
    state.emit(f"PAYMENT.CAPTURE.{what}", "capture", capture_body(state, taken_money))


def void(state: State, order_id: str) -> None:
    """Let an order end; PayPal reports it only if the buyer had approved."""
    order = found(state, order_id)
    if order.status == "COMPLETED":
        raise ValueError(f"order {order_id} is COMPLETED; it cannot end without money any more")
    was_approved, order.status, order.updated = order.status == "APPROVED", "VOIDED", now_text()
    if was_approved:
        resource = {"order_id": order.id, "purchase_units": [{"custom_id": order.custom_id}]}
        state.emit("CHECKOUT.PAYMENT-APPROVAL.REVERSED", "checkout-order", resource)


def store_in_vault(state: State, order: Order) -> str:
    """Put the buyer's wallet into the vault and send an event."""
    token = Token(new_id(8).lower(), order.customer or new_id(9), order.payer_id, order.id)
    state.tokens[token.id] = token
    order.token, order.updated = token.id, now_text()
    state.emit("VAULT.PAYMENT-TOKEN.CREATED", "payment_token", token_body(token))
    return token.id


def found(state: State, order_id: str) -> Order:
    """Return an order, or refuse as PayPal does."""
    if order_id not in state.orders:
        raise unknown()
    return state.orders[order_id]


def _order(body: dict[str, Any], status: str) -> Order:
    unit = body["purchase_units"][0]
    money: Money = accepted_money(unit["amount"], AMOUNT_FIELD)
    invoice_id, description = unit.get("invoice_id"), unit.get("description")
    return Order(new_id(), status, money, unit.get("custom_id"), invoice_id, description)


def _take(state: State, order: Order) -> None:
    status = "PENDING" if state.hold_captures else "COMPLETED"
    money = Capture(new_id(), order.id, status, order.money, order.custom_id, order.invoice_id)
    order.captures.append(money)
    order.status, order.updated = "COMPLETED", now_text()
    state.captures[money.id] = money
    state.emit(f"PAYMENT.CAPTURE.{status}", "capture", capture_body(state, money))
    if order.saves and not state.vault_later:
        store_in_vault(state, order)


def _refuse_repeated_invoice(state: State, order: Order) -> None:
    if not state.blocks_repeated_invoices or order.invoice_id is None:
        return
    if any(money.invoice_id == order.invoice_id and money.status != "DECLINED" for money in state.captures.values()):
        raise Refused(422, "DUPLICATE_INVOICE_ID")
