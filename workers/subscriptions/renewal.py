"""The intent of a renewal: the next attempt to get the money of the next period, written before its call."""

from dataclasses import replace

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.attempt import AttemptOutcome, PaymentAttempt
from domain.payments.charge import at_gateway, begin_attempt
from domain.payments.order import Order, PurchaseKind
from domain.payments.order_update import end_unpaid, kind_of_purchase
from domain.payments.stored_method import StoredMethod
from domain.subscriptions.dun import RENEWALS_OFF, Failure, after_failure
from domain.subscriptions.renew import attempt_begun, attempt_put_off, discounted, next_period
from domain.subscriptions.subscription import Subscription, renewal_time
from store.catalogue.read import find_product
from store.payments.attempt import find_useless_methods
from store.payments.order import has_bought
from workers.payments.charge import Charge
from workers.subscriptions.announce import emit_past_due
from workers.subscriptions.case import DueCase
from workers.subscriptions.due_batch import id_of_renewal

NO_METHOD = "no_saved_method"
"""Code of an attempt for which no gateway was called, because nothing can be charged."""


def begin_renewal(case: DueCase) -> Charge | None:
    """
    Write the next attempt to renew a subscription, and return the charge to make; None: there is nothing to charge.

    The first attempt makes the order of the next period. Its id comes from the subscription and the end of the present
    period, so nobody makes a second one. Each attempt is made through the gateway that charges the subscription then.
    """
    order = _new_order(case) if case.order is None else at_gateway(case.order, case.subscription.gateway)
    now = case.facts.at
    opens_at = renewal_time(case.subscription)
    if case.order is None and now < opens_at:
        case.subscription = attempt_put_off(case.subscription, until=opens_at)
        return None
    made = case.batch.made_order(order.id) if case.order is None else None
    if made is not None:
        # It was made before, and forgotten: what became of it is seen first.
        case.subscription = attempt_begun(case.subscription, made.id, at=now)
        return None
    method = _choose_method(case, order)
    if method is None:
        _fail_without_call(case, order)
        return None
    buyer = case.batch.buyer_of(order).for_call(order.account_id, order.locale)
    begun = begin_attempt(order, buyer, method_id=method.id, at=now)
    case.batch.save_order(begun, before=case.order)
    case.subscription = attempt_begun(case.subscription, begun.id, at=now)
    return Charge(begun, method)


def _new_order(case: DueCase) -> Order:
    subscription, now, shop = case.subscription, case.facts.at, case.context.shop
    assert subscription.period_end is not None
    terms = _next_terms(case)
    period = next_period(subscription, terms.period, at=now)
    order = Order(
        id=id_of_renewal(subscription),
        account_id=subscription.account_id,
        product_id=terms.product_id,
        gateway=subscription.gateway,
        kind=PurchaseKind.FIRST if subscription.is_on_trial else PurchaseKind.RENEWAL,
        price=discounted(subscription, terms.price),
        list_price=terms.price,
        granted_seconds=terms.granted_seconds,
        valid_days=terms.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=False,
        title=terms.title,
        return_url=shop.return_url,
        cancel_url=shop.cancel_url,
        locale=subscription.locale,
        country=subscription.country,
        message_id=subscription.message_id,
        created_at=now,
        updated_at=now,
        subscription_id=subscription.id,
        period=terms.period,
        period_start=period.starts_at,
        period_end=period.ends_at,
    )
    if not subscription.is_on_trial:
        return order
    has_bought_before = has_bought(case.session, order.account_id, besides=order.id)
    return replace(order, kind=kind_of_purchase(order, has_bought_before=has_bought_before))


def _next_terms(case: DueCase) -> Subscription:
    """Return the subscription as its next period will be: of the same product, or of the one that was changed to."""
    subscription = case.subscription
    if subscription.next_product_id is None or subscription.next_price_minor is None:
        return subscription
    product = find_product(case.session, subscription.next_product_id)
    if product is None or product.period is None:
        return subscription
    return replace(
        subscription,
        product_id=product.id,
        title=product.wording(subscription.locale).name,
        price=Money(subscription.next_price_minor, subscription.price.currency),
        granted_seconds=product.granted_seconds,
        valid_days=product.valid_days,
        period=product.period,
    )


def _choose_method(case: DueCase, order: Order) -> StoredMethod | None:
    if order.gateway in case.context.shop.without_renewals:
        return None
    useless = find_useless_methods(case.session, order.id) if order.attempt else set()
    return next((one for one in case.batch.methods_for(order) if one.id not in useless), None)


def _fail_without_call(case: DueCase, order: Order) -> None:
    now, number = case.facts.at, order.attempt + 1
    is_off = order.gateway in case.context.shop.without_renewals
    code, retry = (RENEWALS_OFF, Retry.CUSTOMER_ACTION) if is_off else (NO_METHOD, Retry.NEW_METHOD)
    failed = end_unpaid(replace(order, attempt=number, method_id=None), PaymentStatus.FAILED, code, at=now)
    declined = PaymentAttempt(order.id, now, AttemptOutcome.DECLINED, retry, code, charge=number, gateway=order.gateway)
    case.batch.save_order(failed, before=case.order, attempt=declined)
    failure = Failure(number, retry, code)
    tried = attempt_begun(case.subscription, order.id, at=now)
    case.subscription = after_failure(tried, failure, at=now)
    emit_past_due(case.facts, case.subscription, order, failure)
