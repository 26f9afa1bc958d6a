"""The port over Stripe's Checkout, payment intents and refunds."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import stripe
from stripe.params import RefundListParams
from stripe.params.checkout import SessionCreateParams

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import CallRefused, NotFound
from domain.gateway.payment import Checkout, GatewayPayment, SavedMethod
from domain.gateway.recent import ListedObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.setup import GatewaySetup, SetupStatus
from domain.gateway.webhook import Subject
from domain.money import Money
from gateways.listing import fetch_each, pages
from gateways.stripe.amounts import minimum_minor, step_minor, to_wire
from gateways.stripe.charging import cancel_charge, charge_saved_method, find_charge
from gateways.stripe.errors import MISSING, error_in, translate_errors
from gateways.stripe.objects import moment_of, ref_of, required
from gateways.stripe.recent import recent_refs
from gateways.stripe.requests import checkout_body, customer_body, refund_body, setup_body
from gateways.stripe.responses import (
    dispute_of,
    is_saved_method_charge,
    payment_of_intent,
    payment_of_session,
    refund_of,
)
from gateways.stripe.setups import EXPANDED, setup_of, setup_of_intent, setup_of_method

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

    def takes(self, price: Money) -> bool:
        """Tell whether an amount can be written as Stripe wants it."""
        try:
            to_wire(price)
        except CallRefused:
            return False
        return True

    def minimum_minor(self, currency: str) -> int:
        """Return the least that Stripe charges in a currency."""
        return minimum_minor(currency)

    def step_minor(self, currency: str) -> int:
        """Return what every amount in a currency is a multiple of."""
        return step_minor(currency)

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout; one that saves the method belongs to a customer of the buyer's own."""
        customer = request.buyer.gateway_customer
        if customer is None and request.saves_method:
            customer = self._create_customer(request.buyer, key)
        with translate_errors(f"creating a checkout for order {request.order_id}"):
            try:
                session = self._open_session(checkout_body(request, customer), key)
            except stripe.InvalidRequestError as error:
                if not _lacks_customer(error) or customer != request.buyer.gateway_customer:
                    raise
                # Somebody deleted the customer in Stripe's dashboard; without a new one the buyer could
                # never buy again.
                customer = self._create_customer(request.buyer, key) if request.saves_method else None
                session = self._open_session(checkout_body(request, customer), f"{key}-nc")
        return _checkout_of(session)

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Fetch the payment of a checkout: Stripe captures the money by itself."""
        return self.fetch_payment(checkout_ref)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed, not an error."""
        return charge_saved_method(self._client, request, key)

    def find_charge(self, request: ChargeRequest, since: datetime) -> GatewayPayment | None:
        """Look for the payment of a charge among those of its customer."""
        ref = find_charge(self._client, request, since)
        return None if ref is None else self.fetch_payment(ref)

    def cancel_charge(self, payment_ref: str, key: str) -> GatewayPayment:
        """Cancel a payment intent that waits for the buyer; one that is done is returned as it is."""
        return cancel_charge(self._client, _checked(payment_ref), key)

    def create_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Open a hosted checkout that only saves a method, for a customer of the buyer's own."""
        customer = request.buyer.gateway_customer or self._create_customer(request.buyer, key)
        with translate_errors(f"opening the page of setup {request.setup_id}"):
            try:
                session = self._open_session(setup_body(request, customer), key)
            except stripe.InvalidRequestError as error:
                if not _lacks_customer(error) or customer != request.buyer.gateway_customer:
                    raise
                customer = self._create_customer(request.buyer, key)
                session = self._open_session(setup_body(request, customer), f"{key}-nc")
        return _checkout_of(session)

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """Fetch a setup: Stripe saves the method by itself."""
        return self.fetch_setup(setup_ref)

    def fetch_setup(self, ref: str) -> GatewaySetup:
        """Fetch a setup by its checkout (`cs_…`) or its intent (`seti_…`), or a saved method by its own id (`pm_…`)."""
        if _checked(ref).startswith("seti_"):
            with translate_errors(f"fetching setup {ref}"):
                intent = self._v1.setup_intents.retrieve(ref, {"expand": ["payment_method"]})
            return setup_of_intent(intent.to_dict())
        if not _checked(ref).startswith("cs_"):
            return setup_of_method(self._fetch_method(ref))
        with translate_errors(f"fetching setup {ref}"):
            session = self._v1.checkout.sessions.retrieve(ref, {"expand": [EXPANDED]})
        return setup_of(session.to_dict())

    def forget_method(self, method: SavedMethod) -> None:
        """Detach a method from its customer; Stripe never lets it be charged again."""
        try:
            with translate_errors("detaching a saved method"):
                self._v1.payment_methods.detach(_checked(method.token))
        except NotFound:
            return
        except CallRefused:
            # Stripe also refuses where somebody has detached it before.
            if setup_of_method(self._fetch_method(method.token)).status is SetupStatus.SAVED:
                raise

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
        for _ in pages("Stripe's list of refunds"):
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

    def _create_customer(self, buyer: Buyer, key: str) -> str:
        with translate_errors(f"creating a customer ({key})"):
            customer = self._v1.customers.create(customer_body(buyer), {"idempotency_key": f"{key}-cu"})
        return str(required(customer.to_dict(), "id"))

    def _fetch_method(self, token: str) -> dict[str, Any]:
        with translate_errors(f"fetching method {token}"):
            return self._v1.payment_methods.retrieve(_checked(token)).to_dict()

    def _open_session(self, body: SessionCreateParams, key: str) -> dict[str, Any]:
        return self._v1.checkout.sessions.create(body, {"idempotency_key": key}).to_dict()

    def _find_session(self, payment_ref: str) -> dict[str, Any] | None:
        """Return the checkout of a payment: only the checkout knows that a declined buyer may try again."""
        with translate_errors(f"fetching the checkout of payment {payment_ref}"):
            found = self._v1.checkout.sessions.list(
                {"payment_intent": payment_ref, "limit": 1, "expand": ["data.payment_intent.latest_charge"]}
            )
        sessions: list[dict[str, Any]] = required(found.to_dict(), "data")
        return sessions[0] if sessions else None


def _checkout_of(session: Mapping[str, Any]) -> Checkout:
    return Checkout(
        ref=required(session, "id"),
        redirect_url=required(session, "url"),
        expires_at=moment_of(required(session, "expires_at")),
        gateway_customer=ref_of(session.get("customer")),
    )


def _lacks_customer(error: stripe.InvalidRequestError) -> bool:
    inner = error_in(error)
    return inner.get("code") == MISSING and inner.get("param") == "customer"


def _checked(ref: str) -> str:
    """Return an id that may become a part of an address; Stripe gives no others."""
    if not _REF.fullmatch(ref):
        raise NotFound(MISSING, f"{ref[:64]!r} is no id of Stripe's")
    return ref
