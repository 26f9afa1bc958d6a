"""PayPal as a gateway of ours."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest
from domain.gateway.webhook import Subject
from gateways.paypal import bodies
from gateways.paypal.access import Access
from gateways.paypal.disputes import dispute_of
from gateways.paypal.objects import link, wanted
from gateways.paypal.outcomes import Wish, declined, waiting
from gateways.paypal.reading import order_ref_of, payment_of_capture, payment_of_order
from gateways.paypal.recent import recent_refs
from gateways.paypal.refunds import refund_of
from gateways.paypal.refusals import body_of, issue_of

ORDERS = "/v2/checkout/orders"
CAPTURES = "/v2/payments/captures"
REFUNDS = "/v2/payments/refunds"
DISPUTES = "/v1/customer/disputes"

_REF = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Paypal:
    """The port `domain.payments.gateway.Gateway` over PayPal's Orders v2, Payments v2 and Disputes v1."""

    name = "paypal"
    key_lifetime = timedelta(hours=5)
    """PayPal keeps keys of orders for 6 hours."""
    refund_window = timedelta(days=180)

    def __init__(self, access: Access) -> None:
        self._access = access

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open an order that the buyer approves on PayPal's page."""
        answer = self._access.call("POST", ORDERS, key=key, json_body=bodies.order_for(request))
        order = body_of(answer, f"a checkout for order {request.order_id}")
        address = link(order, "payer-action", "approve")
        if address is None or not isinstance(order.get("id"), str):
            raise UnableToReach(f"PayPal's checkout for order {request.order_id} has no page for the buyer")
        return Checkout(ref=order["id"], redirect_url=address)

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Capture an order that the buyer has approved; of any other tell how it is."""
        order = self._get(ORDERS, checkout_ref)
        payment = payment_of_order(order, now=_now())
        if payment.status is not PaymentStatus.APPROVED:
            return payment
        answer = self._access.call("POST", f"{ORDERS}/{_known(checkout_ref)}/capture", key=key, json_body={})
        if answer.is_success:
            captured = payment_of_order(answer.body, now=_now()) if "purchase_units" in answer.body else None
            return captured if captured and captured.payment_ref else self.fetch_payment(checkout_ref)
        if issue_of(answer) == "ORDER_ALREADY_CAPTURED":
            return self.fetch_payment(checkout_ref)
        wish = Wish(f"the money of checkout {checkout_ref}", checkout_ref, payment.order_id, payment.price)
        return declined(answer, wish, now=_now(), order=order)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Create and capture an order in one step, without the buyer."""
        sentence = f"attempt {request.attempt} to charge for order {request.order_id}"
        wish = Wish(sentence, None, request.order_id, request.price)
        answer = self._access.call("POST", ORDERS, key=key, json_body=bodies.order_of_charge(request))
        if issue_of(answer) == "DUPLICATE_INVOICE_ID" and not answer.is_success:
            # Money of this very attempt is there: "no" would be wrong, and the next attempt a second charge.
            raise UnableToReach(f"{sentence}: PayPal was paid for it already, by a payment that it does not name")
        if not answer.is_success:
            return declined(answer, wish, now=_now(), order={})
        order = answer.body
        ref = wanted(order, "id")
        if order.get("status") == "PAYER_ACTION_REQUIRED":
            code, address = "PAYER_ACTION_REQUIRED", link(order, "payer-action", "approve")
            return waiting(replace(wish, checkout_ref=ref), code, now=_now(), address=address)
        return payment_of_order(order, now=_now()) if "purchase_units" in order else self.fetch_payment(ref)

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give back money of a capture."""
        wish = f"refund {request.refund_id} of capture {request.payment_ref}"
        path = f"{CAPTURES}/{_known(request.payment_ref)}/refund"
        answer = self._access.call("POST", path, key=key, json_body=bodies.refund_of(request))
        given = body_of(answer, wish)
        if "amount" not in given:
            return self.fetch_refund(wanted(given, "id"))
        return refund_of(given, now=_now(), payment_ref=request.payment_ref)

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Look a payment up by the id of its order or of its capture."""
        try:
            return payment_of_order(self._get(ORDERS, ref), now=_now())
        except NotFound:
            # Nothing in an id tells which of the two it is.
            capture = self._get(CAPTURES, ref)
        order_ref = order_ref_of(capture)
        if order_ref is None:
            return payment_of_capture(capture, now=_now())
        try:
            return payment_of_order(self._get(ORDERS, order_ref), now=_now(), capture_ref=ref)
        except NotFound:
            # PayPal forgets orders sooner than the money that they brought.
            return payment_of_capture(capture, now=_now())

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Look a refund up."""
        body = self._get(REFUNDS, ref)
        refund = refund_of(body, now=_now())
        if refund.refund_id is None:
            return refund
        # A refund made in PayPal's dashboard may carry what the capture carries: our order's id.
        capture = self._get(CAPTURES, refund.payment_ref)
        return refund_of(body, now=_now(), foreign_id=capture.get("custom_id"))

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Look a dispute up."""
        return dispute_of(self._get(DISPUTES, ref), now=_now())

    def list_recent(self, since: datetime, until: datetime) -> Iterator[GatewayPayment | GatewayRefund]:
        """Go through payments and refunds that PayPal's feed of events tells of."""
        for subject, ref in recent_refs(self._access, since, until):
            try:
                match subject:
                    case Subject.CHECKOUT | Subject.PAYMENT:
                        yield self.fetch_payment(ref)
                    case Subject.REFUND:
                        yield self.fetch_refund(ref)
                    case Subject.DISPUTE | Subject.METHOD:
                        pass
            except NotFound:
                # An order that nobody paid is forgotten after some hours, its events are not.
                continue

    def close(self) -> None:
        """Close the connections."""
        self._access.close()

    def _get(self, path: str, ref: str) -> dict[str, Any]:
        return body_of(self._access.call("GET", f"{path}/{_known(ref)}"), f"a look at {path}/{ref}")


def _known(ref: str) -> str:
    """Return an id that may stand in a path; PayPal has no other ones."""
    if not _REF.fullmatch(ref):
        raise NotFound("INVALID_RESOURCE_ID", f"{ref[:64]!r} is no id of PayPal's")
    return ref


def _now() -> datetime:
    return datetime.now(UTC)
