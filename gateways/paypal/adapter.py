"""The port over PayPal's Orders v2, Payments v2, Vault v3 and Disputes v1."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.recent import ListedObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.setup import GatewaySetup
from domain.gateway.webhook import Subject
from domain.money import Money
from gateways.listing import fetch_each
from gateways.paypal.amounts import step_minor, to_wire
from gateways.paypal.client import PaypalClient
from gateways.paypal.disputes import dispute_of
from gateways.paypal.errors import body_of, issue_of
from gateways.paypal.objects import link, required
from gateways.paypal.recent import recent_refs
from gateways.paypal.requests import charge_body, checkout_body, refund_body
from gateways.paypal.responses import (
    order_ref_of,
    payment_of_capture,
    payment_of_order,
    refund_of,
    refunds_of_order,
)
from gateways.paypal.unpaid import CaptureAttempt, payment_of_refusal, payment_waiting_for_buyer
from gateways.paypal.vault import Vault

ORDERS = "/v2/checkout/orders"
CAPTURES = "/v2/payments/captures"
REFUNDS = "/v2/payments/refunds"
DISPUTES = "/v1/customer/disputes"

_REF = re.compile(r"[A-Za-z0-9_-]{1,64}")


class PaypalGateway:
    """PayPal behind the port `domain.gateway.port.Gateway`; threads may share it."""

    name = "paypal"
    key_lifetime = timedelta(hours=5)
    """PayPal stores keys of orders for 6 hours."""
    refund_window = timedelta(days=180)
    forgets_checkouts = True
    has_disputes = True

    def __init__(self, client: PaypalClient) -> None:
        self._client = client
        self._vault = Vault(client)

    def takes(self, price: Money) -> bool:
        """Tell whether an amount can be written as PayPal wants it."""
        try:
            to_wire(price)
        except CallRefused:
            return False
        return True

    def minimum_minor(self, currency: str) -> int:
        """Return the least that PayPal charges in a currency."""
        return step_minor(currency)

    def step_minor(self, currency: str) -> int:
        """Return what every amount in a currency is a multiple of."""
        return step_minor(currency)

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open an order that the buyer approves on PayPal's page."""
        answer = self._client.call("POST", ORDERS, key=key, json_body=checkout_body(request))
        order = body_of(answer, f"creating a checkout for order {request.order_id}")
        address = link(order, "payer-action", "approve")
        if address is None or not isinstance(order.get("id"), str):
            raise UnableToReach(f"PayPal's checkout for order {request.order_id} has no page for the buyer")
        return Checkout(ref=order["id"], redirect_url=address)

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Capture an order that the buyer has approved; of any other order return its payment."""
        order = self._get(ORDERS, checkout_ref)
        payment = payment_of_order(order, now=_now())
        if payment.status is not PaymentStatus.APPROVED:
            return payment
        answer = self._client.call("POST", f"{ORDERS}/{_checked(checkout_ref)}/capture", key=key, json_body={})
        if answer.is_success:
            captured = payment_of_order(answer.body, now=_now()) if "purchase_units" in answer.body else None
            return captured if captured and captured.payment_ref else self.fetch_payment(checkout_ref)
        if issue_of(answer) == "ORDER_ALREADY_CAPTURED":
            return self.fetch_payment(checkout_ref)
        action = f"capturing checkout {checkout_ref}"
        attempt = CaptureAttempt(action, checkout_ref, payment.order_id, payment.price)
        return payment_of_refusal(answer, attempt, now=_now(), order=order)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Create and capture an order in one call, without the buyer."""
        action = f"charging for order {request.order_id}, attempt {request.attempt}"
        attempt = CaptureAttempt(action, None, request.order_id, request.price)
        answer = self._client.call("POST", ORDERS, key=key, json_body=charge_body(request))
        if issue_of(answer) == "DUPLICATE_INVOICE_ID" and not answer.is_success:
            # Money of this very attempt is there: "no" would be wrong, and the next attempt a second charge.
            raise UnableToReach(f"{action}: PayPal was paid for it already, by a payment that it does not name")
        if not answer.is_success:
            return payment_of_refusal(answer, attempt, now=_now(), order={})
        order = answer.body
        ref = required(order, "id")
        if order.get("status") == "PAYER_ACTION_REQUIRED":
            attempt = replace(attempt, checkout_ref=ref)
            address = link(order, "payer-action", "approve")
            return payment_waiting_for_buyer(attempt, "PAYER_ACTION_REQUIRED", now=_now(), address=address)
        return payment_of_order(order, now=_now()) if "purchase_units" in order else self.fetch_payment(ref)

    def find_charge(self, request: ChargeRequest, since: datetime) -> GatewayPayment | None:
        """
        Refuse: PayPal lists no orders, and its feed has the events of webhooks alone.

        Raises:
            CallRefused: always.
        """
        raise CallRefused("no_list_of_orders", f"order {request.order_id}: PayPal has no list that would tell")

    def cancel_charge(self, payment_ref: str, key: str) -> GatewayPayment:
        """Fetch the payment: an order that the buyer approves late brings money only if we capture it."""
        return self.fetch_payment(payment_ref)

    def create_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Open a setup token that the buyer approves on PayPal's page."""
        return self._vault.open_setup(request, key)

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """Put the wallet into the vault if the buyer has approved; of any other setup return how far it is."""
        return self._vault.complete_setup(setup_ref, key)

    def fetch_setup(self, ref: str) -> GatewaySetup:
        """Fetch a setup by its token, or by the token of the saved method."""
        return self._vault.fetch(ref)

    def forget_method(self, method: SavedMethod) -> None:
        """Delete a wallet from the vault."""
        self._vault.forget(method)

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give back money of a capture."""
        path = f"{CAPTURES}/{_checked(request.payment_ref)}/refund"
        answer = self._client.call("POST", path, key=key, json_body=refund_body(request))
        refund = body_of(answer, f"refunding capture {request.payment_ref} (refund {request.refund_id})")
        if "amount" not in refund:
            return self.fetch_refund(required(refund, "id"))
        return refund_of(refund, now=_now(), payment_ref=request.payment_ref)

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Fetch a payment by the id of its order or of its capture."""
        try:
            return payment_of_order(self._get(ORDERS, ref), now=_now())
        except NotFound:
            # An id does not tell which of the two it is.
            capture = self._get(CAPTURES, ref)
        order_ref = order_ref_of(capture)
        if order_ref is None:
            return payment_of_capture(capture, now=_now())
        try:
            return payment_of_order(self._get(ORDERS, order_ref), now=_now(), capture_ref=ref)
        except NotFound:
            # PayPal forgets orders sooner than their money.
            return payment_of_capture(capture, now=_now())

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Fetch a refund."""
        body = self._get(REFUNDS, ref)
        refund = refund_of(body, now=_now())
        if refund.refund_id is None:
            return refund
        # A refund made in PayPal's dashboard may copy the capture's `custom_id`, which is our order's id.
        capture = self._get(CAPTURES, refund.payment_ref)
        return refund_of(body, now=_now(), foreign_id=capture.get("custom_id"))

    def list_refunds(self, payment_ref: str) -> Iterator[GatewayRefund]:
        """Go through all refunds of a capture; its order lists them, as long as PayPal knows that."""
        capture = self._get(CAPTURES, payment_ref)
        order_ref = order_ref_of(capture)
        try:
            order = self._get(ORDERS, order_ref or "")
        except NotFound as error:
            raise UnableToReach(f"PayPal has forgotten the order of capture {payment_ref}, and its refunds") from error
        yield from refunds_of_order(order, now=_now(), capture=capture)

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Fetch a dispute."""
        return dispute_of(self._get(DISPUTES, ref), now=_now())

    def list_recent(self, since: datetime, until: datetime) -> Iterator[ListedObject]:
        """Go through payments and refunds with an event in a period, and disputes that changed in it."""
        refs = (one for one in recent_refs(self._client, since, until) if one[0] is not Subject.METHOD)
        return fetch_each(refs, self._fetch)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _fetch(self, subject: Subject, ref: str) -> ListedObject:
        match subject:
            case Subject.REFUND:
                return self.fetch_refund(ref)
            case Subject.DISPUTE:
                return self.fetch_dispute(ref)
            case _:
                return self.fetch_payment(ref)

    def _get(self, path: str, ref: str) -> dict[str, Any]:
        return body_of(self._client.call("GET", f"{path}/{_checked(ref)}"), f"fetching {path}/{ref}")


def _checked(ref: str) -> str:
    """Return an id that may become a part of an address; PayPal gives no others."""
    if not _REF.fullmatch(ref):
        raise NotFound("INVALID_RESOURCE_ID", f"{ref[:64]!r} is no id of PayPal's")
    return ref


def _now() -> datetime:
    return datetime.now(UTC)
