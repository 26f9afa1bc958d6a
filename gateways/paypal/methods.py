"""The wallet that an order or a setup has saved."""

from domain.gateway.email import email_of
from domain.gateway.payment import SavedMethod
from gateways.paypal.objects import Body, required


def saved_method_of(order: Body) -> tuple[SavedMethod | None, str | None]:
    """Return the method that an order has saved, and PayPal's id of the buyer; None for what there is not."""
    wallet = (order.get("payment_source") or {}).get("paypal") or {}
    vault = (wallet.get("attributes") or {}).get("vault") or {}
    customer = (vault.get("customer") or {}).get("id")
    token = vault.get("id")
    # APPROVED means that the buyer agreed and that there is no token yet.
    if not token or vault.get("status") not in ("VAULTED", "CREATED"):
        return None, customer
    return SavedMethod(token, customer, _label(wallet.get("email_address"))), customer


def method_of_token(token: Body) -> SavedMethod:
    """Return the method that a payment token of the vault is."""
    wallet = (token.get("payment_source") or {}).get("paypal") or {}
    return SavedMethod(required(token, "id"), customer_of(token), _label(wallet.get("email_address")))


def fingerprint_of(body: Body) -> str | None:
    """
    Return PayPal's id of the wallet's owner, which is the same in every order and token; None if there is none.

    Args:
        body: an order, or a payment token.
    """
    wallet = (body.get("payment_source") or {}).get("paypal") or {}
    # The specifications say `account_id`; tokens in PayPal's own examples and older orders say `payer_id`.
    owner = wallet.get("account_id") or wallet.get("payer_id") or (body.get("payer") or {}).get("payer_id")
    return owner if isinstance(owner, str) else None


def buyer_email_of(order: Body) -> str | None:
    """Return the mail address of the wallet that an order was paid with."""
    wallet = (order.get("payment_source") or {}).get("paypal") or {}
    return email_of(wallet.get("email_address") or (order.get("payer") or {}).get("email_address"))


def customer_of(body: Body) -> str | None:
    """Return PayPal's id of the buyer that an object of the vault names."""
    customer = (body.get("customer") or {}).get("id")
    return customer if isinstance(customer, str) else None


def _label(email: object) -> str:
    """Return words by which the buyer knows the wallet; they hide most of the address."""
    name, at, host = email.partition("@") if isinstance(email, str) else ("", "", "")
    return f"PayPal {name[0]}***@{host}" if name and at and host else "PayPal"
