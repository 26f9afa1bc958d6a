"""The port over the sandbox's API."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import NotFound
from domain.gateway.payment import Checkout, GatewayPayment, PaymentStatus, SavedMethod
from domain.gateway.recent import ListedObject
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from domain.gateway.setup import GatewaySetup
from domain.gateway.webhook import Subject
from domain.money import Money
from gateways.listing import read_each
from gateways.sandbox.amounts import MINIMUM_MINOR
from gateways.sandbox.client import SandboxClient
from gateways.sandbox.requests import charge_body, checkout_body, refund_body, setup_body
from gateways.sandbox.responses import dispute_of, payment_of, refund_of, setup_of

SUBJECTS = {"payment": Subject.PAYMENT, "refund": Subject.REFUND, "dispute": Subject.DISPUTE}
"""By what an object calls itself."""

_REF = re.compile(r"[A-Za-z0-9_]{1,128}")


class SandboxGateway:
    """
    The sandbox behind the port `domain.gateway.port.Gateway`; threads may share it.

    Args:
        client: of the sandbox's server.
        page_url: where the buyer's browser finds the server, without a slash at the end.
    """

    name = "sandbox"
    key_lifetime = timedelta(hours=20)
    refund_window: timedelta | None = None
    forgets_checkouts = True
    """A sandbox that stores nothing in a file begins again with nothing."""
    has_disputes = True

    def __init__(self, client: SandboxClient, *, page_url: str) -> None:
        self._client = client
        self._page_url = page_url

    def takes(self, price: Money) -> bool:
        """Take every price."""
        return True

    def minimum_minor(self, currency: str) -> int:
        """Return the least that the sandbox charges in a currency."""
        return MINIMUM_MINOR

    def step_minor(self, currency: str) -> int:
        """Return what every amount in a currency is a multiple of."""
        return 1

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout."""
        body = self._client.post("/v1/checkouts", checkout_body(request), key)
        return Checkout(
            ref=body["checkout_ref"],
            redirect_url=f"{self._page_url}{body['page']}",
            expires_at=datetime.fromisoformat(body["expires_at"]),
            gateway_customer=request.buyer.gateway_customer,
        )

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Fetch the payment: the sandbox captures the money itself."""
        return self.fetch_payment(checkout_ref)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed."""
        return payment_of(self._client.post("/v1/charges", charge_body(request), key), page_url=self._page_url)

    def find_charge(self, request: ChargeRequest, since: datetime) -> GatewayPayment | None:
        """Look for the payment of a charge; attempts before it have failed, and say nothing about it."""
        until = datetime.now(UTC) + timedelta(days=36_500)
        for found in self.list_recent(since, until):
            is_it = isinstance(found, GatewayPayment) and found.order_id == request.order_id
            if is_it and isinstance(found, GatewayPayment) and found.status is not PaymentStatus.FAILED:
                return found
        return None

    def cancel_charge(self, payment_ref: str, key: str) -> GatewayPayment:
        """Cancel a charge that waits for the buyer; one that is done is returned as it is."""
        path = f"/v1/payments/{_checked(payment_ref)}/cancel"
        return payment_of(self._client.post(path, {}, key), page_url=self._page_url)

    def create_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Open a hosted page that saves a card."""
        body = self._client.post("/v1/setups", setup_body(request), key)
        return Checkout(
            ref=body["ref"],
            redirect_url=f"{self._page_url}{body['page']}",
            expires_at=datetime.fromisoformat(body["expires_at"]),
            gateway_customer=request.buyer.gateway_customer,
        )

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """Fetch the setup: the sandbox saves the card itself."""
        return self.fetch_setup(setup_ref)

    def fetch_setup(self, ref: str) -> GatewaySetup:
        """Fetch a setup, by its own ref alone: no event of the sandbox names a method."""
        return setup_of(self._client.get(f"/v1/setups/{_checked(ref)}"))

    def forget_method(self, method: SavedMethod) -> None:
        """Remove a saved card."""
        try:
            self._client.delete(f"/v1/methods/{_checked(method.token)}")
        except NotFound:
            return

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back."""
        return refund_of(self._client.post("/v1/refunds", refund_body(request), key))

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Fetch a payment by its `checkout_ref` or `payment_ref`."""
        return payment_of(self._client.get(f"/v1/payments/{_checked(ref)}"), page_url=self._page_url)

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Fetch a refund."""
        return refund_of(self._client.get(f"/v1/refunds/{_checked(ref)}"))

    def list_refunds(self, payment_ref: str) -> Iterator[GatewayRefund]:
        """Go through all refunds of a payment."""
        body = self._client.get(f"/v1/payments/{_checked(payment_ref)}/refunds")
        yield from map(refund_of, body["items"])

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Fetch a dispute."""
        return dispute_of(self._client.get(f"/v1/disputes/{_checked(ref)}"))

    def list_recent(self, since: datetime, until: datetime) -> Iterator[ListedObject]:
        """Go through what began or last changed in a period."""
        body = self._client.get("/v1/recent", {"since": since.isoformat(), "until": until.isoformat()})
        for one in body["items"]:
            yield from read_each(SUBJECTS.get(one["object"], Subject.PAYMENT), [one], self._read)

    def _read(self, one: Mapping[str, Any]) -> ListedObject:
        match one["object"]:
            case "refund":
                return refund_of(one)
            case "dispute":
                return dispute_of(one)
            case _:
                return payment_of(one, page_url=self._page_url)


def _checked(ref: str) -> str:
    """Return an id that may become a part of an address; the sandbox gives no others."""
    if not _REF.fullmatch(ref):
        raise NotFound("not_found", f"{ref[:64]!r} is no id of the sandbox's")
    return ref
