"""Stripe as a gateway of ours."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import stripe

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import NotFound
from domain.gateway.payment import Checkout, GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest
from domain.gateway.webhook import Subject
from gateways.stripe import bodies
from gateways.stripe.charging import charge_method
from gateways.stripe.objects import moment, wanted
from gateways.stripe.reading import is_charge_of_ours, payment_of_intent, payment_of_session
from gateways.stripe.recent import recent_refs
from gateways.stripe.refusals import MISSING, error_in, telling
from gateways.stripe.returns import dispute_of, refund_of

_REF = re.compile(r"[A-Za-z0-9_]{4,255}")


class Stripe:
    """
    The port `domain.payments.gateway.Gateway` over Stripe's Checkout, payment intents and refunds.

    Args:
        client: as `gateways.stripe.connection.open_client` sets it up.
    """

    name = "stripe"
    key_lifetime = timedelta(hours=20)
    """Stripe keeps keys for at least 24 hours."""
    refund_window: timedelta | None = None

    def __init__(self, client: stripe.StripeClient) -> None:
        self._v1 = client.v1
        self._client = client

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout; when it is to save the method, of a customer of the buyer's own."""
        customer = request.buyer.gateway_customer
        if customer is None and request.saves_method:
            customer = self._new_customer(request, key)
        wish = f"a checkout for order {request.order_id}"
        with telling(wish):
            try:
                session = self._session(request, customer, key)
            except stripe.InvalidRequestError as error:
                if not _lacks_customer(error) or customer != request.buyer.gateway_customer:
                    raise
                # Somebody deleted the customer in Stripe's dashboard. The buyer could never buy again.
                fresh = self._new_customer(request, key) if request.saves_method else None
                session = self._session(request, fresh, f"{key}-nc")
        return Checkout(
            ref=wanted(session, "id"),
            redirect_url=wanted(session, "url"),
            expires_at=moment(wanted(session, "expires_at")),
            gateway_customer=session.get("customer"),
        )

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Look a checkout up: Stripe takes the money by itself."""
        return self.fetch_payment(checkout_ref)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed, not an error."""
        return charge_method(self._client, request, key)

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back; a refusal that is final is `CallRefused`."""
        with telling(f"refund {request.refund_id} of payment {request.payment_ref}"):
            answer = self._v1.refunds.create(bodies.refund_of(request), {"idempotency_key": key})
        return refund_of(answer.to_dict())

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Look a payment up, by its `checkout_ref` (`cs_…`) or `payment_ref` (`pi_…`)."""
        if _known(ref).startswith("cs_"):
            with telling(f"a look at checkout {ref}"):
                session = self._v1.checkout.sessions.retrieve(ref, {"expand": ["payment_intent.latest_charge"]})
            return payment_of_session(session.to_dict())
        if not ref.startswith("pi_"):
            raise NotFound(MISSING, f"{ref} is neither a checkout nor a payment of Stripe's")
        with telling(f"a look at payment {ref}"):
            intent = self._v1.payment_intents.retrieve(ref, {"expand": ["latest_charge"]}).to_dict()
        session_found = None if is_charge_of_ours(intent) else self._session_around(ref)
        return payment_of_session(session_found) if session_found else payment_of_intent(intent)

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Look a refund up."""
        with telling(f"a look at refund {ref}"):
            return refund_of(self._v1.refunds.retrieve(_known(ref)).to_dict())

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Look a dispute up."""
        with telling(f"a look at dispute {ref}"):
            return dispute_of(self._v1.disputes.retrieve(_known(ref)).to_dict())

    def list_recent(self, since: datetime, until: datetime) -> Iterator[GatewayPayment | GatewayRefund]:
        """Go through payments and refunds that Stripe's feed of events tells of, for 30 days back."""
        for subject, ref in recent_refs(self._client, since, until):
            if subject is Subject.REFUND:
                yield self.fetch_refund(ref)
            else:
                yield self.fetch_payment(ref)

    def _new_customer(self, request: CheckoutRequest, key: str) -> str:
        with telling(f"a customer for order {request.order_id}"):
            customer = self._v1.customers.create(bodies.customer_of(request.buyer), {"idempotency_key": f"{key}-cu"})
        return str(wanted(customer.to_dict(), "id"))

    def _session(self, request: CheckoutRequest, customer: str | None, key: str) -> dict[str, Any]:
        body = bodies.session_of(request, customer)
        return self._v1.checkout.sessions.create(body, {"idempotency_key": key}).to_dict()

    def _session_around(self, payment_ref: str) -> dict[str, Any] | None:
        # While its page is open a payment that was declined has not failed, and only the session knows.
        with telling(f"a look at the checkout of payment {payment_ref}"):
            found = self._v1.checkout.sessions.list(
                {"payment_intent": payment_ref, "limit": 1, "expand": ["data.payment_intent.latest_charge"]}
            )
        sessions: list[dict[str, Any]] = wanted(found.to_dict(), "data")
        return sessions[0] if sessions else None


def _lacks_customer(error: stripe.InvalidRequestError) -> bool:
    inner = error_in(error)
    return inner.get("code") == MISSING and inner.get("param") == "customer"


def _known(ref: str) -> str:
    """Return an id that may stand in a path; Stripe has no other ones."""
    if not _REF.fullmatch(ref):
        raise NotFound(MISSING, f"{ref[:64]!r} is no id of Stripe's")
    return ref
