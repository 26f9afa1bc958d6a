"""What a purchase comes to: its product, its price after codes, and the gateway; or why nothing can be bought."""

from dataclasses import dataclass, replace

from domain.catalogue.offer import offer_price
from domain.catalogue.product import Product
from domain.minutes.standing import refuse_standing
from domain.money import Money
from domain.payments.route import choose_gateway, find_gateway
from domain.payments.stored_method import StoredMethod
from domain.refusal import Refusal
from messages.payments.requests import PurchaseRequested
from store.catalogue.read import find_product
from store.engine import Session
from store.minutes.book import lock_account
from store.minutes.standing import find_standing
from workers.context import Context
from workers.payments.codes import reserve_codes
from workers.payments.options import find_chargeable
from workers.promotions.terms import Terms, Wanted, purchase_of


@dataclass(frozen=True, slots=True)
class Offer:
    """
    What a purchase comes to: the product, its price, and the gateway that takes the money.

    `codes` are what the buyer's codes were wanted for, and what they change. With a `method` that is charged.
    """

    product: Product
    price: Money
    gateway: str
    method: StoredMethod | None = None
    codes: tuple[Wanted, Terms] | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing can be bought, and the gateway that would have been called."""

    refusal: Refusal
    gateway: str | None


def make_offer(session: Session, context: Context, request: PurchaseRequested, currency: str) -> Offer | Refused:
    """
    Return what a request to buy comes to, with the uses of its codes counted.

    Args:
        session: of a transaction in which the account is locked.
        context: its routes and gateways are those of this installation.
        request: to buy.
        currency: of the price.
    """
    barred = refuse_standing(find_standing(session, request.subject))
    if barred is not None:
        return Refused(barred, request.data.gateway)
    offer = _offer(session, context, request, currency)
    if isinstance(offer, Offer) and request.data.codes:
        return _with_terms(session, context, request, offer)
    return offer


def _offer(session: Session, context: Context, request: PurchaseRequested, currency: str) -> Offer | Refused:
    wanted, routes = request.data, context.shop.routes
    named = wanted.gateway or choose_gateway(routes, currency, wanted.country)
    product = find_product(session, wanted.product_id)
    price = offer_price(product, currency)
    if isinstance(price, Refusal):
        return Refused(price, named)
    assert product is not None
    if wanted.expected_minor not in (None, price.minor):
        # A saved method is charged without a page that would show the sum once more.
        return Refused(Refusal("OtherPrice", f"it costs {price} now, which is not what the buyer was shown"), named)
    if wanted.method_id is not None:
        method = find_chargeable(session, context, request.subject, price, wanted.method_id)
        return Refused(method, named) if isinstance(method, Refusal) else Offer(product, price, method.gateway, method)
    gateway = find_gateway(routes, currency, wanted.country, wanted=wanted.gateway, available=context.gateways.keys())
    return Refused(gateway, named) if isinstance(gateway, Refusal) else Offer(product, price, gateway)


def _with_terms(session: Session, context: Context, request: PurchaseRequested, offer: Offer) -> Offer | Refused:
    """Count the uses of the codes that the buyer names; refused ones refuse the purchase, for its price was shown."""
    wanted = Wanted(
        account_id=request.subject,
        account=lock_account(session, request.subject),
        codes=request.data.codes,
        purchase=purchase_of(
            context.gateway(offer.gateway), offer.product.id, offer.price, offer.product.granted_seconds
        ),
        at=context.clock(),
        address=request.data.address,
    )
    terms = reserve_codes(session, wanted)
    return Refused(terms, offer.gateway) if isinstance(terms, Refusal) else replace(offer, codes=(wanted, terms))
