"""Plans: what an account without a subscription can subscribe to, and the way to its first payment."""

from dataclasses import dataclass, replace

from fastapi import Request

from domain.catalogue.offer import subscription_price
from domain.catalogue.product import Product
from domain.money import Money
from domain.periods import PeriodUnit
from domain.refusal import Refusal
from store.catalogue.read import list_products
from store.engine import Session
from store.reading import reading
from web.portal.visitor import Signed, address_of_visitor, portal_of
from workers.context import Context
from workers.payments.options import payment_options
from workers.promotions.quote import Asked, Quote
from workers.promotions.quoting import quote_all


@dataclass(frozen=True, slots=True)
class Plan:
    """
    A product that is paid for every period. `gateways` are there where several take its price.

    With `trial_days` the first charge comes after them; whether an account has that once more is decided at its start.
    `takes_code`: the code that is asked about counts, so the first `periods` payments are `first_price` each, and
    `bonus_seconds` come besides; with a trial no code counts.
    """

    product_id: str
    name: str
    description: str
    price: Money
    period: PeriodUnit
    granted_seconds: int
    trial_days: int | None
    gateways: tuple[str, ...]
    first_price: Money
    periods: int = 1
    bonus_seconds: int = 0
    takes_code: bool = False


def find_plans(request: Request, signed: Signed, code: str) -> tuple[list[Plan], Refusal | None]:
    """
    Return what can be subscribed to in the buyer's currency, the cheapest first, and why a code counts for none of it.

    Args:
        request: where it comes from counts for tries of codes.
        signed: who asks.
        code: a promo code that is asked about, or nothing.
    """
    context = portal_of(request).context
    with reading(context.engine) as session:
        found = [
            _plan(session, context, signed, product, price)
            for product, price in subscribable(session, signed.visitor.currency or context.shop.currency)
        ]
    found.sort(key=lambda plan: plan.price.minor)
    with_code = [plan.product_id for plan in found if not plan.trial_days]
    if not code or not with_code:
        return found, None
    asked = Asked(signed.visitor.account_id, "", (code,), found[0].price.currency)
    quotes = quote_all(context, asked, with_code, address=address_of_visitor(request))
    if isinstance(quotes, Refusal):
        return found, quotes
    refusals = [one for one in quotes.values() if isinstance(one, Refusal)]
    plans = [_with_quote(plan, quotes.get(plan.product_id)) for plan in found]
    return plans, refusals[0] if len(refusals) == len(quotes) else None


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
        price,
    )


def _with_quote(plan: Plan, quote: Quote | Refusal | None) -> Plan:
    if not isinstance(quote, Quote):
        return plan
    return replace(
        plan, first_price=quote.price, periods=quote.periods, bonus_seconds=quote.bonus_seconds, takes_code=True
    )
