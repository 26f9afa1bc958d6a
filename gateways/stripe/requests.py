"""The bodies of our calls of Stripe."""

from stripe.params import CustomerCreateParams, PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest, SetupRequest
from gateways.stripe.amounts import currency_to_wire, to_wire

LOCALES = frozenset(
    [
        "bg",
        "cs",
        "da",
        "de",
        "el",
        "en",
        "en-GB",
        "es",
        "es-419",
        "et",
        "fi",
        "fil",
        "fr",
        "fr-CA",
        "hr",
        "hu",
        "id",
        "it",
        "ja",
        "ko",
        "lt",
        "lv",
        "ms",
        "mt",
        "nb",
        "nl",
        "pl",
        "pt",
        "pt-BR",
        "ro",
        "ru",
        "sk",
        "sl",
        "sv",
        "th",
        "tr",
        "vi",
        "zh",
        "zh-HK",
        "zh-TW",
    ]
)
"""Languages of the hosted page; for any other the page uses the browser's."""


def customer_body(buyer: Buyer) -> CustomerCreateParams:
    """Return the customer who will own a saved method."""
    body: CustomerCreateParams = {"metadata": {"account_id": buyer.account_id}}
    if buyer.email:
        body["email"] = buyer.email
    return body


def checkout_body(request: CheckoutRequest, customer: str | None) -> SessionCreateParams:
    """
    Return a hosted checkout.

    Args:
        request: what to open.
        customer: Stripe's id of the buyer; needed when the method is saved.
    """
    metadata = {"order_id": request.order_id}
    body: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": currency_to_wire(request.price),
                    "unit_amount": to_wire(request.price),
                    "product_data": {"name": request.title},
                },
                "quantity": 1,
            }
        ],
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.order_id,
        "metadata": metadata,
        # Stripe does not copy the session's metadata to the payment, and a refund knows only the payment.
        "payment_intent_data": {"metadata": metadata, "description": request.title},
    }
    if request.saves_method:
        body["payment_intent_data"]["setup_future_usage"] = "off_session"
    if customer:
        body["customer"] = customer
    elif request.buyer.email:
        body["customer_email"] = request.buyer.email
    locale = _locale(request.buyer.locale)
    if locale:
        body["locale"] = locale
    return body


def setup_body(request: SetupRequest, customer: str) -> SessionCreateParams:
    """Return a hosted checkout that only saves a method, with the customer who will own it."""
    metadata = {"setup_id": request.setup_id}
    body: SessionCreateParams = {
        "mode": "setup",
        # Stripe offers the methods that can be charged in it.
        "currency": request.currency.lower(),
        "customer": customer,
        "success_url": request.return_url,
        "cancel_url": request.cancel_url,
        "client_reference_id": request.setup_id,
        "metadata": metadata,
        "setup_intent_data": {"metadata": metadata},
    }
    locale = _locale(request.buyer.locale)
    if locale:
        body["locale"] = locale
    return body


def charge_body(request: ChargeRequest, customer: str) -> PaymentIntentCreateParams:
    """
    Return a charge of a saved method.

    Its metadata has an `attempt`, which the payment of a hosted checkout has not.
    """
    return {
        "amount": to_wire(request.price),
        "currency": currency_to_wire(request.price),
        "customer": customer,
        "payment_method": request.method.token,
        "off_session": True,
        "confirm": True,
        # Nobody is there to be redirected; otherwise Stripe would want an address to come back to.
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": request.title,
        "metadata": {"order_id": request.order_id, "attempt": str(request.attempt)},
        "expand": ["latest_charge"],
    }


def refund_body(request: RefundRequest) -> RefundCreateParams:
    """Return a refund; it always has an amount, so that a repeated call cannot mean another one."""
    return {
        "payment_intent": request.payment_ref,
        "amount": to_wire(request.amount),
        "metadata": {"refund_id": request.refund_id},
    }


def _locale(tag: str | None) -> str | None:
    wanted = (tag or "").replace("_", "-")
    return next((one for one in (wanted, wanted.split("-")[0]) if one in LOCALES), None)
