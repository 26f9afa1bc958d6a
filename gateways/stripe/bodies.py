"""What we send to Stripe."""

from stripe.params import CustomerCreateParams, PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from domain.gateway.requests import Buyer, ChargeRequest, CheckoutRequest, RefundRequest
from gateways.stripe.amounts import wire_amount, wire_currency

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
"""Languages of the hosted page; for any other it takes the browser's."""


def customer_of(buyer: Buyer) -> CustomerCreateParams:
    """Return the customer whom a saved method will belong to."""
    body: CustomerCreateParams = {"metadata": {"account_id": buyer.account_id}}
    if buyer.email:
        body["email"] = buyer.email
    return body


def session_of(purchase: CheckoutRequest, customer: str | None) -> SessionCreateParams:
    """
    Return a hosted checkout.

    Args:
        purchase: what is bought.
        customer: Stripe's id of the buyer; needed when the method is saved.
    """
    metadata = {"order_id": purchase.order_id}
    body: SessionCreateParams = {
        "mode": "payment",
        "line_items": [
            {
                "price_data": {
                    "currency": wire_currency(purchase.price),
                    "unit_amount": wire_amount(purchase.price),
                    "product_data": {"name": purchase.title},
                },
                "quantity": 1,
            }
        ],
        "success_url": purchase.return_url,
        "cancel_url": purchase.cancel_url,
        "client_reference_id": purchase.order_id,
        "metadata": metadata,
        # Stripe does not copy the session's metadata to the payment, and a refund knows only the payment.
        "payment_intent_data": {"metadata": metadata, "description": purchase.title},
    }
    if purchase.saves_method:
        body["payment_intent_data"]["setup_future_usage"] = "off_session"
    if customer:
        body["customer"] = customer
    elif purchase.buyer.email:
        body["customer_email"] = purchase.buyer.email
    locale = _locale(purchase.buyer.locale)
    if locale:
        body["locale"] = locale
    return body


def intent_of(charge: ChargeRequest, customer: str) -> PaymentIntentCreateParams:
    """
    Return a charge of a saved method.

    `attempt` in its metadata tells it from the payment of a hosted checkout.
    """
    return {
        "amount": wire_amount(charge.price),
        "currency": wire_currency(charge.price),
        "customer": customer,
        "payment_method": charge.method.token,
        "off_session": True,
        "confirm": True,
        # Nobody is there to be redirected; unless told so, Stripe wants an address to come back to.
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
        "description": charge.title,
        "metadata": {"order_id": charge.order_id, "attempt": str(charge.attempt)},
        "expand": ["latest_charge"],
    }


def refund_of(order: RefundRequest) -> RefundCreateParams:
    """Return a refund; its amount is always said, so that a repeated call cannot mean another one."""
    return {
        "payment_intent": order.payment_ref,
        "amount": wire_amount(order.amount),
        "metadata": {"refund_id": order.refund_id},
    }


def _locale(tag: str | None) -> str | None:
    wanted = (tag or "").replace("_", "-")
    return next((one for one in (wanted, wanted.split("-")[0]) if one in LOCALES), None)
