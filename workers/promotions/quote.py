"""Quotes: what a product costs an account with codes; nothing is reserved, locked or counted."""

from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.offer import offer_price, subscription_price
from domain.catalogue.product import ProductKind
from domain.money import Money
from domain.payments.route import find_gateway
from domain.promotions.redemption import RedemptionRole
from domain.promotions.tries import TOO_MANY_TRIES, WINDOW, may_try
from domain.refusal import Refusal
from store.catalogue.read import find_priced
from store.engine import Session
from store.promotions.buyer import find_account
from workers.context import Context
from workers.promotions.terms import Wanted, find_terms, purchase_of


@dataclass(frozen=True, slots=True)
class Asked:
    """What a quote is wanted for. Without a currency it is the account's, else the installation's."""

    account_id: str
    product_id: str
    codes: tuple[str, ...] = ()
    currency: str | None = None
    country: str | None = None
    gateway: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """
    What a purchase would come to now.

    `list_price` is without codes. `bonus_seconds` come besides, for `bonus_valid_days` (None: for ever).
    `periods` of a subscription cost `price`.
    """

    product_id: str
    list_price: Money
    price: Money
    granted_seconds: int
    bonus_seconds: int = 0
    bonus_valid_days: int | None = None
    periods: int = 1


def quote(session: Session, context: Context, asked: Asked, *, at: datetime) -> Quote | Refusal:
    """
    Return what a purchase with codes would come to, or why it is refused.

    Args:
        session: any; it only reads.
        context: its shop and gateways.
        asked: what it is wanted for; an account that nobody knows yet has bought nothing.
        at: aware UTC.
    """
    known = find_account(session, asked.account_id, since=at - WINDOW)
    # Where too many codes were refused the purchase would be, too; looking at its price counts as no try.
    if asked.codes and not may_try(refused_of_account=known.refused, refused_of_address=0):
        return TOO_MANY_TRIES
    currency = asked.currency or known.currency or context.shop.currency
    product = find_priced(session, asked.product_id)
    is_subscription = product is not None and product.kind is ProductKind.SUBSCRIPTION
    price = (subscription_price if is_subscription else offer_price)(product, currency)
    if isinstance(price, Refusal):
        return price
    routes, available = context.shop.routes, context.gateways.keys()
    gateway = find_gateway(routes, currency, asked.country, wanted=asked.gateway, available=available)
    if isinstance(gateway, Refusal):
        return gateway
    assert product is not None
    seconds = product.granted_seconds
    purchase = purchase_of(context.gateway(gateway), product.id, price, seconds, may_be_free=not is_subscription)
    terms = find_terms(session, Wanted(asked.account_id, known.number, asked.codes, purchase, at))
    if isinstance(terms, Refusal):
        return terms
    discount, bonus = terms.of(RedemptionRole.DISCOUNT), terms.of(RedemptionRole.BONUS)
    return Quote(
        product_id=product.id,
        list_price=price,
        price=terms.price,
        granted_seconds=seconds,
        bonus_seconds=0 if bonus is None else bonus.given.bonus_seconds,
        bonus_valid_days=None if bonus is None else bonus.found.code.promotion.valid_days,
        periods=1 if discount is None else discount.found.code.promotion.periods,
    )
