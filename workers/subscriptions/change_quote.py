"""Quoting a change: what another product of a subscription would cost, and from when on; nothing happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.offer import subscription_price
from domain.catalogue.product import Product
from domain.money import Money
from domain.payments.bought import Bought
from domain.payments.quote import Quote, refund_quote
from domain.refusal import Refusal
from domain.subscriptions.change import refuse_change, upgrade_price
from domain.subscriptions.subscription import Subscription
from store.payments.refund_basis import find_refund_basis
from store.reading import reading
from store.subscriptions.subscription import find_subscription
from workers.context import Context
from workers.subscriptions.request import NO_SUCH


@dataclass(frozen=True, slots=True)
class ChangeQuote:
    """
    What a change to a product would do.

    `charged` is taken now, less the `worth` of what is unused of the present period; without `starts_at` that is. Else
    nothing is taken now, and from `starts_at` on each period costs `charged`.
    """

    product: Product
    price: Money
    charged: Money
    worth: Money
    starts_at: datetime | None = None


def quote_changes(
    context: Context, account_id: str, subscription_id: str, products: Sequence[Product]
) -> dict[str, ChangeQuote | Refusal]:
    """
    Return, for each product, what a change to it would do or why there can be none; nothing is locked.

    A dearer one begins at once, unless the unused minutes are worth more than it costs; any other with the next period.
    """
    now = context.clock()
    with reading(context.engine) as session:
        subscription = find_subscription(session, subscription_id)
        if subscription is None or subscription.account_id != account_id or subscription.has_ended:
            return dict.fromkeys((product.id for product in products), NO_SUCH)
        basis = find_refund_basis(session, subscription.paid_order_id) if subscription.paid_order_id else None
    bought = None if basis is None else basis.bought
    return {product.id: _quote(subscription, product, bought, at=now) for product in products}


def worth_of(bought: Bought, *, at: datetime) -> Money:
    """Return what the unused seconds of a period are worth, as a refund would have it."""
    quote = refund_quote(bought, None, now=at, window=None)
    return quote.refundable if isinstance(quote, Quote) else Money(0, bought.price.currency)


def _quote(
    subscription: Subscription, product: Product, bought: Bought | None, *, at: datetime
) -> ChangeQuote | Refusal:
    price = subscription_price(product, subscription.price.currency)
    if isinstance(price, Refusal):
        return price
    if (refusal := refuse_change(subscription, product.id, price)) is not None:
        return refusal
    later = ChangeQuote(product, price, price, Money(0, price.currency), starts_at=subscription.period_end)
    is_dearer = price.minor > subscription.price.minor and not subscription.is_on_trial
    if bought is None or not is_dearer or product.id == subscription.product_id:
        return later
    worth = worth_of(bought, at=at)
    charged = upgrade_price(price, worth)
    return later if isinstance(charged, Refusal) else ChangeQuote(product, price, charged, worth)
