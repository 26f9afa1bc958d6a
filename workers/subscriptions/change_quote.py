"""Quoting a change: what another product of a subscription would cost, and from when on; nothing happens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.catalogue.offer import subscription_price
from domain.catalogue.product import Product
from domain.money import Money
from domain.payments.bought import Bought
from domain.payments.order import Order
from domain.payments.quote import Quote, refund_quote
from domain.refusal import Refusal
from domain.subscriptions.change import NO_CHANGE, refuse_change, takes_back, upgrade_price
from domain.subscriptions.subscription import Subscription
from store.catalogue.read import find_product
from store.payments.order import find_order
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
    nothing is taken now, and from `starts_at` on each period costs `charged`. `takes_back`: a change that waits is
    taken back, and everything stays as it was agreed.
    """

    product: Product
    price: Money
    charged: Money
    worth: Money
    starts_at: datetime | None = None
    takes_back: bool = False


def quote_changes(
    context: Context, account_id: str, subscription_id: str, products: Sequence[Product]
) -> dict[str, ChangeQuote | Refusal]:
    """
    Return, for each product, what a change to it would do or why there can be none; nothing is locked.

    A dearer one begins at once, unless the unused minutes are worth more than it costs, or their payment is disputed;
    any other with the next period. Where a change waits, taking it back is quoted, too, whatever was asked for.
    """
    now = context.clock()
    with reading(context.engine) as session:
        subscription = find_subscription(session, subscription_id)
        if subscription is None or subscription.account_id != account_id or subscription.has_ended:
            return dict.fromkeys((product.id for product in products), NO_SUCH)
        named = subscription.paid_order_id
        basis = find_refund_basis(session, named) if named else None
        order = find_order(session, named) if named else None
        present = find_product(session, subscription.product_id)
    paid = None if basis is None or basis.bought is None or order is None else (order, basis.bought)
    quoted = {product.id: product for product in products}
    if present is not None and takes_back(subscription, present.id):
        quoted.setdefault(present.id, present)
    return {product_id: _quote(subscription, product, paid, at=now) for product_id, product in quoted.items()}


def worth_of(order: Order, bought: Bought, *, at: datetime) -> Money:
    """
    Return what the unused seconds of a period are worth, as a refund would have it.

    A period that was changed to at once was paid with money and with what it has replaced. A refund knows the money
    alone; here each second counts at the full price.

    Args:
        order: that has paid for the period.
        bought: what it bought.
        at: aware UTC.
    """
    quote = refund_quote(bought, None, now=at, window=None)
    if not isinstance(quote, Quote):
        return Money(0, bought.price.currency)
    if order.replaces_order_id is None:
        return quote.refundable
    full_minor = order.list_price.minor * bought.left_seconds // bought.paid_seconds
    return Money(max(quote.refundable.minor, full_minor), bought.price.currency)


def _quote(
    subscription: Subscription, product: Product, paid: tuple[Order, Bought] | None, *, at: datetime
) -> ChangeQuote | Refusal:
    is_back = takes_back(subscription, product.id)
    price = subscription.price if is_back else subscription_price(product, subscription.price.currency)
    if isinstance(price, Refusal):
        return price
    if (refusal := refuse_change(subscription, product.id, price)) is not None:
        return refusal
    is_present = product.id == subscription.product_id
    is_dearer = price.minor > subscription.price.minor
    if is_present and is_dearer:
        # Nobody is offered to pay more for what they have.
        return NO_CHANGE
    later = ChangeQuote(product, price, price, Money(0, price.currency), subscription.period_end, takes_back=is_back)
    if paid is None or not is_dearer or subscription.is_on_trial or paid[1].is_disputed:
        return later
    worth = worth_of(*paid, at=at)
    charged = upgrade_price(price, worth)
    return later if isinstance(charged, Refusal) else ChangeQuote(product, price, charged, worth)
