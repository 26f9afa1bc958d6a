"""The port over Stripe's Checkout, payment intents and refunds."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import stripe
from stripe.params import RefundListParams

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import NotFound
from domain.gateway.payment import Checkout, GatewayPayment
from domain.gateway.recent import ListedObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest
from domain.gateway.webhook import Subject
from gateways.listing import fetch_each
from gateways.stripe.charging import charge_saved_method
from gateways.stripe.errors import MISSING, error_in, translate_errors
from gateways.stripe.objects import moment_of, required
from gateways.stripe.recent import recent_refs
from gateways.stripe.requests import checkout_body, customer_body, refund_body
from gateways.stripe.responses import (
    dispute_of,
    is_saved_method_charge,
    payment_of_intent,
    payment_of_session,
    refund_of,
)

_REF = re.compile(r"[A-Za-z0-9_]{4,255}")


class StripeGateway:
    """
    Stripe behind the port `domain.gateway.port.Gateway`; threads may share it.

    Args:
        client: as `gateways.stripe.client.open_client` sets it up.
    """

    name = "stripe"
    key_lifetime = timedelta(hours=20)
    """Stripe stores keys for at least 24 hours."""
    refund_window: timedelta | None = None
    forgets_checkouts = False
    has_disputes = True

    def __init__(self, client: stripe.StripeClient) -> None:
        self._client = client
        self._v1 = client.v1

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout; one that saves the method belongs to a customer of the buyer's own."""
        customer = request.buyer.gateway_customer
        if customer is None and request.saves_method:
            customer = self._create_customer(request, key)
        with translate_errors(f"creating a checkout for order {request.order_id}"):
            try:
                session = self._create_session(request, customer, key)
            except stripe.InvalidRequestError as error:
                if not _lacks_customer(error) or customer != request.buyer.gateway_customer:
                    raise
                # Somebody deleted the customer in Stripe's dashboard; without a new one the buyer could
                # never buy again.
                customer = self._create_customer(request, key) if request.saves_method else None
                session = self._create_session(request, customer, f"{key}-nc")
        return Checkout(
            ref=required(session, "id"),
            redirect_url=required(session, "url"),
            expires_at=moment_of(required(session, "expires_at")),
            gateway_customer=session.get("customer"),
        )

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Fetch the payment of a checkout: Stripe captures the money by itself."""
        return self.fetch_payment(checkout_ref)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed, not an error."""
        return charge_saved_method(self._client, request, key)

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back; a final refusal is `CallRefused`."""
        with translate_errors(f"refunding payment {request.payment_ref} (refund {request.refund_id})"):
            answer = self._v1.refunds.create(refund_body(request), {"idempotency_key": key})
        return refund_of(answer.to_dict())

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Fetch a payment by its `checkout_ref` (`cs_…`) or `payment_ref` (`pi_…`)."""
        if _checked(ref).startswith("cs_"):
            with translate_errors(f"fetching checkout {ref}"):
                session = self._v1.checkout.sessions.retrieve(
                    ref, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
                )
            return payment_of_session(session.to_dict())
        if not ref.startswith("pi_"):
            raise NotFound(MISSING, f"{ref} is neither a checkout nor a payment of Stripe's")
        with translate_errors(f"fetching payment {ref}"):
            intent = self._v1.payment_intents.retrieve(ref, {"expand": ["latest_charge.balance_transaction"]}).to_dict()
        session_found = None if is_saved_method_charge(intent) else self._find_session(ref)
        return payment_of_session(session_found) if session_found else payment_of_intent(intent)

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Fetch a refund."""
        with translate_errors(f"fetching refund {ref}"):
            return refund_of(self._v1.refunds.retrieve(_checked(ref)).to_dict())

    def list_refunds(self, payment_ref: str) -> Iterator[GatewayRefund]:
        """Go through all refunds of a payment."""
        query: RefundListParams = {"payment_intent": _checked(payment_ref), "limit": 100}
        while True:
            with translate_errors(f"listing the refunds of payment {payment_ref}"):
                page = self._v1.refunds.list(query).to_dict()
            refunds: list[dict[str, Any]] = required(page, "data")
            yield from map(refund_of, refunds)
            if not refunds or not page.get("has_more"):
                return
            query["starting_after"] = required(refunds[-1], "id")

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Fetch a dispute."""
        with translate_errors(f"fetching dispute {ref}"):
            return dispute_of(self._v1.disputes.retrieve(_checked(ref)).to_dict())

    def list_recent(self, since: datetime, until: datetime) -> Iterator[ListedObject]:
        """Go through payments, refunds and disputes with an event in a period; Stripe lists the last 30 days."""
        return fetch_each(recent_refs(self._client, since, until), self._fetch)

    def _fetch(self, subject: Subject, ref: str) -> ListedObject:
        match subject:
            case Subject.REFUND:
                return self.fetch_refund(ref)
            case Subject.DISPUTE:
                return self.fetch_dispute(ref)
            case _:
                return self.fetch_payment(ref)

    def _create_customer(self, request: CheckoutRequest, key: str) -> str:
        with translate_errors(f"creating a customer for order {request.order_id}"):
            customer = self._v1.customers.create(customer_body(request.buyer), {"idempotency_key": f"{key}-cu"})
        return str(required(customer.to_dict(), "id"))

    def _create_session(self, request: CheckoutRequest, customer: str | None, key: str) -> dict[str, Any]:
        body = checkout_body(request, customer)
        return self._v1.checkout.sessions.create(body, {"idempotency_key": key}).to_dict()

    def _find_session(self, payment_ref: str) -> dict[str, Any] | None:
        """Return the checkout of a payment: only the checkout knows that a declined buyer may try again."""
        with translate_errors(f"fetching the checkout of payment {payment_ref}"):
            found = self._v1.checkout.sessions.list(
                {"payment_intent": payment_ref, "limit": 1, "expand": ["data.payment_intent.latest_charge"]}
            )
        sessions: list[dict[str, Any]] = required(found.to_dict(), "data")
        return sessions[0] if sessions else None


def _lacks_customer(error: stripe.InvalidRequestError) -> bool:
    inner = error_in(error)
    return inner.get("code") == MISSING and inner.get("param") == "customer"


def _checked(ref: str) -> str:
    """Return an id that may become a part of an address; Stripe gives no others."""
    if not _REF.fullmatch(ref):
        raise NotFound(MISSING, f"{ref[:64]!r} is no id of Stripe's")
    return ref
