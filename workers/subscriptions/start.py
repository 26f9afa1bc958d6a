"""Starting: a subscription is written with what it begins with, and the buyer learns where to pay or save a method."""

from typing import Any

from domain.catalogue.offer import subscription_price
from domain.catalogue.product import Product
from domain.ids import subscription_id_of_message
from domain.money import Money
from domain.payments.route import find_gateway
from domain.refusal import Refusal
from domain.subscriptions.cancel import end
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from messages.read import Event
from messages.subscriptions.requests import SubscriptionStartRequested
from store.catalogue.read import find_product
from store.payments.buyer import find_buyer
from store.payments.order import find_order, lock_order
from store.subscriptions.subscription import lock_unfinished, save_subscription
from workers.context import Context
from workers.payments.checkout import open_checkout, order_answer
from workers.payments.withdraw import withdraw
from workers.subscriptions.announce import SELF
from workers.subscriptions.missed_checkout import may_be_missed
from workers.subscriptions.opening import open_setup, open_subscription
from workers.subscriptions.request import Request, answer_once, refused

SUPERSEDED = "another start of a subscription was asked for"


def start(context: Context, event: Event) -> dict[str, Any]:
    """
    Write a subscription and its first order, and return where the buyer pays.

    It begins when that is paid. One with a trial begins when a method is saved, or now where one is saved already. A
    start that has not begun is given up for a new one.

    Returns:
        `subscription_id`, `order_id`, `status` and, while it can be paid, `url`; with a trial how the subscription
        stands and, while a method can be saved, `setup_id` and `url`; `trial_refused` where the product has a trial
        that this start has not; or `code` and `reason` of a refusal.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = answer_once(context, event, _start)
    if "setup_id" in answer:
        answer = open_setup(context, event, answer)
    return paid_by_checkout(context, event, answer) if "order_id" in answer else answer


def paid_by_checkout(context: Context, event: Event, answer: dict[str, Any]) -> dict[str, Any]:
    """Open the checkout of an answer's order, unless it is open already, and return the answer with its address."""
    open_checkout(context, answer["order_id"], asked_by=event.envelope)
    order = context.transact(lambda session: find_order(session, answer["order_id"]))
    assert order is not None
    return answer | order_answer(order)


def _start(request: Request) -> dict[str, Any]:
    envelope, session = request.event.envelope, request.session
    assert isinstance(envelope, SubscriptionStartRequested)
    if (barred := request.refuse_buying()) is not None:
        return refused(barred)
    wanted, shop = envelope.data, request.context.shop
    buyer = find_buyer(session, envelope.subject, "")
    currency = wanted.currency or buyer.currency or shop.currency
    product = find_product(session, wanted.product_id)
    price = subscription_price(product, currency)
    if isinstance(price, Refusal):
        return refused(price)
    gateway = find_gateway(
        shop.routes,
        currency,
        wanted.country,
        wanted=wanted.gateway,
        available=request.context.gateways.keys(),
    )
    if isinstance(gateway, Refusal):
        return refused(gateway)
    for unfinished in lock_unfinished(session, envelope.subject):
        other = request.catch_up(unfinished)
        if other.is_live:
            return refused(Refusal("AlreadySubscribed", f"the account has subscription {other.id}; change that one"))
        if not _supersede(request, other):
            return refused(Refusal("PaymentUnderWay", f"subscription {other.id} is paid, and the bank takes its time"))
    assert product is not None
    subscription = _subscription(request, product, price, gateway=gateway, locale=wanted.locale or buyer.locale)
    return open_subscription(request, subscription, product)


def _supersede(request: Request, other: Subscription) -> bool:
    """Give up a start that nobody has paid; False: its buyer has, and the money is still to be taken, or takes days."""
    order = lock_order(request.session, other.order_id) if other.order_id else None
    if order is not None and order.is_open and not may_be_missed(order):
        return False
    if order is not None:
        withdraw(request.session, order, request.facts)
    ended = end(other, at=request.facts.at, by=SELF, why=SUPERSEDED)
    save_subscription(request.session, ended, before=other)
    return True


def _subscription(
    request: Request, product: Product, price: Money, *, gateway: str, locale: str | None
) -> Subscription:
    envelope, now = request.event.envelope, request.facts.at
    assert product.period is not None
    return Subscription(
        id=subscription_id_of_message(envelope.source, envelope.id),
        account_id=envelope.subject,
        product_id=product.id,
        gateway=gateway,
        price=price,
        granted_seconds=product.granted_seconds,
        valid_days=product.valid_days,
        period=product.period,
        title=product.wording(locale).name,
        status=SubscriptionStatus.PENDING,
        message_id=request.message_id,
        created_at=now,
        updated_at=now,
        locale=locale,
        country=envelope.data.country,
    )
