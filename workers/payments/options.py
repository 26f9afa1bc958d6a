"""Options: by which gateways and saved methods a price may be paid."""

from dataclasses import dataclass

from domain.money import Money
from domain.payments.route import fitting_gateways
from domain.payments.stored_method import StoredMethod
from domain.refusal import Refusal
from store.engine import Session
from store.payments.method import find_methods
from workers.context import Context


@dataclass(frozen=True, slots=True)
class PaymentOptions:
    """How an account may pay: gateways, the one that is chosen by itself first, and saved methods, likewise."""

    gateways: tuple[str, ...]
    methods: tuple[StoredMethod, ...]


def payment_options(session: Session, context: Context, account_id: str, price: Money) -> PaymentOptions:
    """
    Return how an account may pay a price now.

    Args:
        session: any.
        context: its routes and gateways.
        account_id: Screph's id.
        price: more than nothing.
    """
    named = fitting_gateways(context.shop.routes, price.currency, None)
    gateways = tuple(name for name in named if name in context.gateways and context.gateways[name].takes(price))
    return PaymentOptions(gateways, tuple(chargeable_methods(session, context, account_id, price)))


def chargeable_methods(session: Session, context: Context, account_id: str, price: Money) -> list[StoredMethod]:
    """Return the saved methods of an account that may be charged a price while its owner asks for it."""
    today = context.clock().date()
    return [
        method
        for method in find_methods(session, account_id)
        if method.gateway in context.gateways
        and method.gateway not in context.shop.without_renewals
        and context.gateways[method.gateway].takes(price)
        and (method.expires_on is None or method.expires_on >= today)
    ]


def find_chargeable(
    session: Session, context: Context, account_id: str, price: Money, method_id: int
) -> StoredMethod | Refusal:
    """Return a saved method of an account that may be charged a price, or why it is none."""
    methods = chargeable_methods(session, context, account_id, price)
    refusal = Refusal("NoSuchMethod", "the account has no saved method of this id that may be charged for this")
    return next((method for method in methods if method.id == method_id), refusal)
