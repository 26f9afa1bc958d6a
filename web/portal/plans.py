"""Plans: what an account without a subscription can subscribe to, and the way to its first payment."""

from dataclasses import dataclass

from fastapi import Request

from domain.catalogue.offer import subscription_price
from domain.catalogue.product import Product
from domain.money import Money
from domain.periods import PeriodUnit
from store.catalogue.read import list_products
from store.engine import Session
from store.reading import reading
from web.portal.visitor import Signed, portal_of
from workers.context import Context
from workers.payments.options import payment_options


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A product that is paid for every period. `gateways` are there where several take its price.

    With `trial_days` the first charge comes after them; whether an account has that once more is decided at its start.
    """

    product_id: str
    name: str
    description: str
    price: Money
    period: PeriodUnit
    granted_seconds: int
    trial_days: int | None
    gateways: tuple[str, ...]


def find_plans(request: Request, signed: Signed) -> list[Plan]:
    """Return what can be subscribed to in the buyer's currency, the cheapest first."""
    context = portal_of(request).context
    with reading(context.engine) as session:
        found = [
            _plan(session, context, signed, product, price)
            for product, price in subscribable(session, signed.visitor.currency or context.shop.currency)
        ]
    return sorted(found, key=lambda plan: plan.price.minor)


def subscribable(session: Session, currency: str) -> list[tuple[Product, Money]]:
    """Return the products that are paid for every period, each with its price in a currency."""
    return [
        (product, price)
        for product in list_products(session, only_active=True)
        if isinstance(price := subscription_price(product, currency), Money)
    ]


def _plan(session: Session, context: Context, signed: Signed, product: Product, price: Money) -> Plan:
    assert product.period is not None
    wording = product.wording(signed.reader.language)
    gateways = payment_options(session, context, signed.visitor.account_id, price).gateways
    return Plan(
        product.id,
        wording.name,
        wording.description,
        price,
        product.period,
        product.granted_seconds,
        product.trial_days,
        gateways if len(gateways) > 1 else (),
    )
