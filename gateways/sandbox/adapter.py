"""The sandbox as a gateway."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from domain.gateway.dispute import GatewayDispute
from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from domain.gateway.payment import Checkout, GatewayPayment
from domain.gateway.refund import GatewayRefund
from domain.gateway.requests import ChargeRequest, CheckoutRequest, RefundRequest
from gateways.sandbox.reading import dispute_of, payment_of, refund_of
from gateways.transport import Transport

_REF = re.compile(r"[A-Za-z0-9_]{1,128}")


class SandboxGateway:
    """
    Speaks to the sandbox's server.

    Args:
        transport: to the server.
        page_url: where the buyer's browser finds the server, without a slash at the end.
    """

    name = "sandbox"
    key_lifetime = timedelta(hours=20)
    refund_window: timedelta | None = None

    def __init__(self, transport: Transport, *, page_url: str) -> None:
        self._transport = transport
        self._page_url = page_url

    def create_checkout(self, request: CheckoutRequest, key: str) -> Checkout:
        """Open a hosted checkout."""
        body = self._call(
            "POST",
            "/v1/checkouts",
            key=key,
            body={
                "order_id": request.order_id,
                "account_id": request.buyer.account_id,
                "amount_minor": request.price.minor,
                "currency": request.price.currency,
                "title": request.title,
                "return_url": request.return_url,
                "cancel_url": request.cancel_url,
                "locale": request.buyer.locale,
                "saves_method": request.saves_method,
            },
        )
        return Checkout(
            ref=body["checkout_ref"],
            redirect_url=f"{self._page_url}{body['page']}",
            expires_at=datetime.fromisoformat(body["expires_at"]),
            gateway_customer=request.buyer.gateway_customer,
        )

    def complete_checkout(self, checkout_ref: str, key: str) -> GatewayPayment:
        """Look the checkout up: the sandbox takes the money itself."""
        return self.fetch_payment(checkout_ref)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge without the buyer; a decline is a payment that failed."""
        body = self._call(
            "POST",
            "/v1/charges",
            key=key,
            body={
                "order_id": request.order_id,
                "attempt": request.attempt,
                "account_id": request.buyer.account_id,
                "amount_minor": request.price.minor,
                "currency": request.price.currency,
                "title": request.title,
                "method": request.method.token,
            },
        )
        return payment_of(body, page_url=self._page_url)

    def refund(self, request: RefundRequest, key: str) -> GatewayRefund:
        """Give money back."""
        body = self._call(
            "POST",
            "/v1/refunds",
            key=key,
            body={
                "payment_ref": request.payment_ref,
                "amount_minor": request.amount.minor,
                "currency": request.amount.currency,
                "refund_id": request.refund_id,
                "note": request.note,
            },
        )
        return refund_of(body)

    def fetch_payment(self, ref: str) -> GatewayPayment:
        """Look a payment up, by its `checkout_ref` or `payment_ref`."""
        return payment_of(self._call("GET", f"/v1/payments/{_known(ref)}"), page_url=self._page_url)

    def fetch_refund(self, ref: str) -> GatewayRefund:
        """Look a refund up."""
        return refund_of(self._call("GET", f"/v1/refunds/{_known(ref)}"))

    def fetch_dispute(self, ref: str) -> GatewayDispute:
        """Look a dispute up."""
        return dispute_of(self._call("GET", f"/v1/disputes/{_known(ref)}"))

    def list_recent(self, since: datetime, until: datetime) -> Iterator[GatewayPayment | GatewayRefund]:
        """Go through what began or last changed in a period."""
        body = self._call("GET", "/v1/recent", query={"since": since.isoformat(), "until": until.isoformat()})
        for one in body["items"]:
            if one["object"] == "refund":
                yield refund_of(one)
            else:
                yield payment_of(one, page_url=self._page_url)

    def _call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = self._transport.call(method, path, headers=headers, json_body=body, query=query)
        if answer.is_success:
            return answer.body
        error = answer.body.get("error")
        if not isinstance(error, dict):
            # Not the sandbox's own words: something that stands between us has answered.
            raise UnableToReach(f"{method} {path}: answered {answer.status} without an error of the sandbox's")
        code, message = str(error.get("code")), str(error.get("message"))
        kind = NotFound if answer.status == 404 else CallRefused
        raise kind(code, f"the sandbox refused {method} {path}: {message}")


def _known(ref: str) -> str:
    """Return an id that may stand in a path; the sandbox has no other ones."""
    if not _REF.fullmatch(ref):
        raise NotFound("not_found", f"{ref[:64]!r} is no id of the sandbox's")
    return ref
