"""Saving a wallet without a payment: PayPal's vault, whose setup tokens become payment tokens."""

import re
from datetime import UTC, datetime

from domain.gateway.errors import NotFound, UnableToReach
from domain.gateway.payment import Checkout, SavedMethod
from domain.gateway.requests import SetupRequest
from domain.gateway.setup import GatewaySetup, SetupStatus
from gateways.paypal.client import PaypalClient
from gateways.paypal.errors import body_of, is_unclear, issue_of
from gateways.paypal.methods import customer_of, fingerprint_of, method_of_token
from gateways.paypal.objects import Body, link, required
from gateways.paypal.requests import setup_body, token_body

SETUPS, TOKENS = "/v3/vault/setup-tokens", "/v3/vault/payment-tokens"

STATUSES = {"APPROVED": SetupStatus.APPROVED}
"""By status of a setup token; in any other one it waits for the buyer, or its payment token says more."""

_REF = re.compile(r"[0-9a-zA-Z_-]{1,36}")


class Vault:
    """The vault of one account; threads may share it."""

    def __init__(self, client: PaypalClient) -> None:
        self._client = client

    def open_setup(self, request: SetupRequest, key: str) -> Checkout:
        """Make a setup token, for the buyer to approve on PayPal's page."""
        answer = self._client.call("POST", SETUPS, key=key, json_body=setup_body(request))
        token = body_of(answer, f"opening the page of setup {request.setup_id}")
        address = link(token, "approve", "payer-action")
        if address is None:
            raise UnableToReach(f"PayPal's setup token for setup {request.setup_id} has no page for the buyer")
        return Checkout(required(token, "id"), address, gateway_customer=customer_of(token))

    def complete_setup(self, setup_ref: str, key: str) -> GatewaySetup:
        """
        Make a payment token of a setup token that is approved; of any other return how far it is.

        A setup token that has become a payment token may be unknown; the same key gets that payment token again.
        """
        try:
            setup = self._fetch_setup_token(setup_ref)
        except NotFound:
            setup = None
        if setup is not None and setup.status is not SetupStatus.APPROVED:
            return setup
        answer = self._client.call("POST", TOKENS, key=key, json_body=token_body(setup_ref))
        if answer.status == 422 and not is_unclear(answer):
            return GatewaySetup(setup_ref, None, SetupStatus.FAILED, _now(), failure=issue_of(answer))
        return _setup_of_token(body_of(answer, f"saving the method of setup {setup_ref}"), setup_ref)

    def fetch(self, ref: str) -> GatewaySetup:
        """Fetch a setup by its token, or by the payment token that it became."""
        try:
            return self._fetch_setup_token(ref)
        except NotFound:
            # An id does not tell which of the two it is.
            token = body_of(self._client.call("GET", f"{TOKENS}/{_checked(ref)}"), f"fetching {TOKENS}/{ref}")
        return _setup_of_token(token, ref)

    def forget(self, method: SavedMethod) -> None:
        """Delete a payment token; one that is unknown is deleted already."""
        path = f"{TOKENS}/{_checked(method.token)}"
        answer = self._client.call("DELETE", path)
        if answer.status != 404:
            body_of(answer, f"deleting {path}")

    def _fetch_setup_token(self, ref: str) -> GatewaySetup:
        path = f"{SETUPS}/{_checked(ref)}"
        token = body_of(self._client.call("GET", path), f"fetching {path}")
        status = STATUSES.get(required(token, "status"), SetupStatus.PENDING)
        return GatewaySetup(required(token, "id"), None, status, _now(), gateway_customer=customer_of(token))


def _setup_of_token(token: Body, ref: str) -> GatewaySetup:
    method = method_of_token(token)
    return GatewaySetup(
        ref,
        None,
        SetupStatus.SAVED,
        _now(),
        method,
        method.gateway_customer,
        fingerprint=fingerprint_of(token),
    )


def _checked(ref: str) -> str:
    """Return an id that may become a part of an address; the vault gives no others."""
    if not _REF.fullmatch(ref):
        raise NotFound("INVALID_RESOURCE_ID", f"{ref[:64]!r} is no id of PayPal's vault")
    return ref


def _now() -> datetime:
    return datetime.now(UTC)
