"""Offers: what can be bought once in a buyer's currency, what a code changes, and by which ways it can be paid."""

from dataclasses import dataclass, replace

from domain.catalogue.offer import offer_price
from domain.catalogue.product import Product
from domain.money import Money
from domain.refusal import Refusal
from store.catalogue.read import list_products
from store.engine import Session
from store.reading import reading
from workers.context import Context
from workers.payments.options import payment_options
from workers.promotions.quote import Asked, Quote
from workers.promotions.quoting import quote_all

HOUR_SECONDS = 3_600

MOST_METHODS = 2
"""Saved methods that an offer names, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to pay: `value` is what a button sends, `gateway` whose page it leads to, `label` the method it charges."""

    value: str
    gateway: str
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """
    A product as it is offered; `price_per_hour` is rounded down to the minor unit, for comparing alone.

    `list_price` is that without a code; `takes_code` tells whether the code that is asked about counts for it. `ways`
    are saved methods, then the gateways where there are several; without any, its one gateway's page is the way.
    """

    product_id: str
    name: str
    description: str
    granted_seconds: int
    valid_days: int | None
    list_price: Money
    price: Money
    price_per_hour: Money
    bonus_seconds: int = 0
    takes_code: bool = False
    ways: tuple[Way, ...] = ()


def find_offers(
    context: Context, account_id: str, *, currency: str, language: str | None, code: str, address: str | None
) -> tuple[list[Offer], Refusal | None]:
    """
    Return what an account can buy once, the shortest first, and why the code does not count for any of it.

    Args:
        context: its shop and gateways.
        account_id: Screph's id.
        currency: of the prices.
        language: of the names.
        code: a promo code that is asked about, or nothing; it is counted as a try.
        address: of the internet, by which tries are counted; None: it is not known.
    """
    with reading(context.engine) as session:
        products = [
            (product, price)
            for product in list_products(session, only_active=True)
            if isinstance(price := offer_price(product, currency), Money)
        ]
        ways = {product.id: _ways(session, context, account_id, price) for product, price in products}
    quotes, refused = _quotes(context, Asked(account_id, "", (code,), currency), list(ways), address=address)
    offers = [_offer(product, language, price, quotes.get(product.id)) for product, price in products]
    offers = [replace(offer, ways=ways[offer.product_id] if offer.price.minor else ()) for offer in offers]
    return sorted(offers, key=lambda offer: offer.granted_seconds), refused


def _quotes(
    context: Context, asked: Asked, product_ids: list[str], *, address: str | None
) -> tuple[dict[str, Quote | Refusal], Refusal | None]:
    if not asked.codes[0] or not product_ids:
        return {}, None
    found = quote_all(context, asked, product_ids, address=address)
    if isinstance(found, Refusal):
        return {}, found
    refusals = [one for one in found.values() if isinstance(one, Refusal)]
    return found, refusals[0] if len(refusals) == len(found) else None


def _ways(session: Session, context: Context, account_id: str, price: Money) -> tuple[Way, ...]:
    options = payment_options(session, context, account_id, price)
    methods = tuple(Way(f"method/{one.id}", one.gateway, one.label) for one in options.methods[:MOST_METHODS])
    gateways = tuple(Way(f"gateway/{name}", name) for name in options.gateways)
    return methods + (gateways if methods or len(gateways) > 1 else ())


def _offer(product: Product, language: str | None, price: Money, quote: Quote | Refusal | None) -> Offer:
    wording = product.wording(language)
    with_code = quote if isinstance(quote, Quote) else None
    to_pay = with_code.price if with_code else price
    bonus_seconds = with_code.bonus_seconds if with_code else 0
    return Offer(
        product.id,
        wording.name,
        wording.description,
        product.granted_seconds,
        product.valid_days,
        price,
        to_pay,
        Money(to_pay.minor * HOUR_SECONDS // (product.granted_seconds + bonus_seconds), price.currency),
        bonus_seconds=bonus_seconds,
        takes_code=with_code is not None,
    )
