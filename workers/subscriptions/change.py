"""Changing the product: now, for the new price less what is not used yet, or from the next period on."""

from dataclasses import replace
from typing import Any

from domain.catalogue.offer import subscription_price
from domain.catalogue.product import Product
from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.ids import order_id_of_message
from domain.money import Money
from domain.payments.charge import begin_attempt
from domain.payments.order import Order, PurchaseKind
from domain.refusal import Refusal
from domain.subscriptions.change import change_at_period_end, refuse_change, takes_back, upgrade_price
from domain.subscriptions.renew import attempt_begun
from domain.subscriptions.subscription import Subscription, SubscriptionStatus
from domain.subscriptions.trial import ON_TRIAL
from messages.read import Event
from messages.subscriptions.requests import SubscriptionChangeRequested
from store.catalogue.read import find_product
from store.engine import Session
from store.minutes.book import lock_account
from store.payments.attempt import find_last_attempt
from store.payments.buyer import find_buyer
from store.payments.case import Case, open_case
from store.payments.method import find_methods
from store.payments.order import add_order, find_order, lock_order, save_order
from store.subscriptions.subscription import find_subscription, lock_subscription, save_subscription
from workers.context import Context
from workers.payments.charge import cancel_charge, charge_order
from workers.subscriptions.announce import emit_changed
from workers.subscriptions.cancel import UNDER_WAY
from workers.subscriptions.change_quote import worth_of
from workers.subscriptions.follow import follow_cases
from workers.subscriptions.owe import owe_changed
from workers.subscriptions.request import NO_SUCH, Request, answer_once, refused, standing
from workers.subscriptions.start import paid_by_checkout

DISPUTED = Refusal(
    "Disputed", "the payment of the present period is disputed, so nothing is charged; change at the period's end"
)


def change(context: Context, event: Event) -> dict[str, Any]:
    """
    Change the product of a subscription.

    At once, the saved method is charged; where its buyer must confirm, or the contract with the gateway allows no such
    charge, a checkout is opened for the same order. A decline changes nothing.

    Returns:
        How the subscription stands; of a change at once also `order_id`, `charged_minor`, the `list_price_minor` of the
        product, the `worth_minor` of the `unused_seconds` that made it less, and perhaps `url`; or `code` and `reason`.

    Raises:
        MessageRejected: its id was used before with other content.
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    answer = answer_once(context, event, _change)
    if "code" in answer or "order_id" not in answer:
        return answer
    charge_order(context, answer["order_id"], follow=follow_cases)
    if context.transact(lambda session: _wants_buyer(session, answer["order_id"])):
        cancel_charge(context, answer["order_id"], follow=follow_cases)
        context.transact(lambda session: _begin_checkout(session, context, answer, event.envelope.subject))
    if context.transact(lambda session: _is_by_checkout(session, answer["order_id"])):
        return paid_by_checkout(context, event, answer)
    return context.transact(lambda session: _outcome(session, answer))


def _change(request: Request) -> dict[str, Any]:
    envelope, session = request.event.envelope, request.session
    assert isinstance(envelope, SubscriptionChangeRequested)
    assert envelope.data.product_id is not None
    if (barred := request.refuse_buying()) is not None:
        return refused(barred)
    subscription = request.lock(envelope.data.subscription_id)
    if subscription is None:
        return refused(NO_SUCH)
    product = find_product(session, envelope.data.product_id)
    is_back = takes_back(subscription, envelope.data.product_id)
    price = subscription.price if is_back else subscription_price(product, subscription.price.currency)
    if isinstance(price, Refusal):
        return refused(price)
    assert product is not None
    if (refusal := refuse_change(subscription, product.id, price)) is not None:
        return refused(refusal)
    if subscription.order_id is not None:
        return refused(UNDER_WAY)
    if subscription.is_on_trial and envelope.data.when == "now" and not is_back:
        return refused(ON_TRIAL)
    is_dearer = price.minor > subscription.price.minor and not subscription.is_on_trial
    is_now = envelope.data.when == "now" or (envelope.data.when is None and is_dearer)
    if is_now and product.id != subscription.product_id:
        return _change_now(request, subscription, product, price)
    if envelope.data.expected_minor not in (None, price.minor):
        return refused(_other_charge(price))
    changed = change_at_period_end(subscription, product.id, price, at=request.facts.at)
    emit_changed(request.facts, changed, "next_product")
    if changed.next_product_id is not None and changed.period_end is not None:
        assert product.period is not None
        title = product.wording(changed.locale).name
        coming = replace(changed, title=title, price=price, period=product.period)
        owe_changed(request.facts, changed, coming, effective_at=changed.period_end)
    save_subscription(session, changed, before=subscription)
    return standing(changed)


def _change_now(request: Request, subscription: Subscription, product: Product, price: Money) -> dict[str, Any]:
    session, now = request.session, request.facts.at
    case = open_case(session, subscription.paid_order_id)
    if case is None or not case.order.is_paid:
        return refused(Refusal("NotPaid", "the present period is not paid by an order; change at the period's end"))
    if case.bought.is_disputed:
        return refused(DISPUTED)
    worth, seconds = _worth(case, request)
    charged = upgrade_price(price, worth)
    if isinstance(charged, Refusal):
        return refused(charged)
    envelope = request.event.envelope
    assert isinstance(envelope, SubscriptionChangeRequested)
    if envelope.data.expected_minor not in (None, charged.minor):
        return refused(_other_charge(charged))
    methods = find_methods(session, subscription.account_id, gateway=subscription.gateway)
    if not methods:
        return refused(Refusal("NoMethod", "no method is saved that could be charged"))
    order = _order(request, subscription, product, price=charged, list_price=price)
    order = replace(order, replaces_order_id=case.order.id, replaces_seconds=seconds)
    buyer = find_buyer(session, order.account_id, order.gateway).for_call(order.account_id, order.locale)
    is_charged = order.gateway not in request.context.shop.without_renewals
    begun = begin_attempt(order, buyer, method_id=methods[0].id if is_charged else None, at=now)
    add_order(session, begun)
    save_subscription(session, attempt_begun(subscription, begun.id, at=now), before=subscription)
    return {
        "subscription_id": subscription.id,
        "order_id": begun.id,
        "charged_minor": begun.price.minor,
        "list_price_minor": price.minor,
        "worth_minor": worth.minor,
        "unused_seconds": seconds,
    }


def _other_charge(charged: Money) -> Refusal:
    return Refusal("OtherCharge", f"{charged} would be charged now, which is not what the buyer was shown")


def _worth(case: Case, request: Request) -> tuple[Money, int]:
    """Return what the unused seconds of the present period are worth, and how many they are."""
    worth = worth_of(case.order, case.bought, at=request.facts.at)
    return worth, case.package.left_seconds if worth.minor else 0


def _order(request: Request, subscription: Subscription, product: Product, *, price: Money, list_price: Money) -> Order:
    envelope, shop, now = request.event.envelope, request.context.shop, request.facts.at
    return Order(
        id=order_id_of_message(envelope.source, envelope.id),
        account_id=subscription.account_id,
        product_id=product.id,
        gateway=subscription.gateway,
        kind=PurchaseKind.RENEWAL,
        price=price,
        list_price=list_price,
        granted_seconds=product.granted_seconds,
        valid_days=product.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=False,
        title=product.wording(subscription.locale).name,
        return_url=envelope.data.return_url or shop.return_url,
        cancel_url=envelope.data.cancel_url or shop.cancel_url,
        locale=subscription.locale,
        country=subscription.country,
        message_id=request.message_id,
        created_at=now,
        updated_at=now,
        subscription_id=subscription.id,
        period=product.period,
    )


def _wants_buyer(session: Session, order_id: str) -> bool:
    """Tell whether the charge for a change failed in such a way that its buyer can pay it by hand."""
    order, attempt = find_order(session, order_id), find_last_attempt(session, order_id)
    assert order is not None
    return (
        not order.is_open
        and not order.is_paid
        and order.is_charge
        and attempt is not None
        and attempt.retry is Retry.CUSTOMER_ACTION
    )


def _is_by_checkout(session: Session, order_id: str) -> bool:
    order = find_order(session, order_id)
    return order is not None and order.is_open and not order.is_charge


def _begin_checkout(session: Session, context: Context, answer: dict[str, Any], account_id: str) -> None:
    """Let the buyer pay by hand for a change whose charge failed, unless the subscription has gone on meanwhile."""
    lock_account(session, account_id)
    subscription = lock_subscription(session, answer["subscription_id"])
    order, now = lock_order(session, answer["order_id"]), context.clock()
    if order is None or order.is_open or order.is_paid or not order.is_charge:
        return
    assert subscription is not None
    is_as_it_was = subscription.status is SubscriptionStatus.ACTIVE and not subscription.cancel_at_period_end
    if not is_as_it_was or subscription.order_id not in (None, order.id):
        return
    buyer = find_buyer(session, order.account_id, order.gateway).for_call(order.account_id, order.locale)
    save_order(session, begin_attempt(order, buyer, method_id=None, at=now), before=order)
    save_subscription(session, attempt_begun(subscription, order.id, at=now), before=subscription)


def _outcome(session: Session, answer: dict[str, Any]) -> dict[str, Any]:
    order = find_order(session, answer["order_id"])
    subscription = find_subscription(session, answer["subscription_id"])
    assert order is not None
    assert subscription is not None
    said = answer | standing(subscription) | {"order_status": str(order.status)}
    if order.is_open and order.redirect_url:
        said["url"] = order.redirect_url
    if not order.is_open and not order.is_paid:
        reason = f"the charge of {order.price} was declined: {order.failure}; nothing has changed"
        said |= {"code": "Declined", "reason": reason}
    return said
