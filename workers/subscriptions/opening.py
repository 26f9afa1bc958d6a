"""Opening: what a subscription begins with: an order that is paid, a method that is saved, or its trial."""

from dataclasses import replace
from typing import Any

from domain.catalogue.product import Product
from domain.ids import order_id_of_message
from domain.refusal import Refusal
from domain.subscriptions.subscription import Subscription, scheduled
from domain.subscriptions.trial import (
    METHOD_LOOKED_FOR_AFTER,
    NOT_SAVED,
    USED,
    Opening,
    decide_opening,
    without_trial,
)
from messages.read import Event
from messages.subscriptions.requests import StartData, SubscriptionStartRequested
from store.engine import Session
from store.minutes.book import lock_account, open_book
from store.minutes.save import save
from store.payments.method import find_methods
from store.payments.method_setup import add_setup, find_setup
from store.payments.order import find_order
from store.subscriptions.subscription import add_subscription, has_had_trial, lock_subscription, save_subscription
from workers.context import Context
from workers.facts import Facts
from workers.payments.setup import new_setup, open_setup_page
from workers.subscriptions.announce import emit_trial_refused
from workers.subscriptions.first_order import add_first_order
from workers.subscriptions.request import Request, refused, standing
from workers.subscriptions.start_codes import reserve_start_codes, with_discount
from workers.subscriptions.trial import answer_of_setup, begin_trial


def open_subscription(request: Request, subscription: Subscription, product: Product) -> dict[str, Any]:
    """
    Write a subscription with what it begins with, and return the answer: it has the id of the order or of the setup.

    Args:
        request: that starts it.
        subscription: is pending.
        product: of it.
    """
    session, now = request.session, request.facts.at
    opening = decide_opening(
        product.trial_days,
        has_had_trial=has_had_trial(session, subscription.account_id),
        has_method=bool(find_methods(session, subscription.account_id, gateway=subscription.gateway)),
        needs_method=subscription.gateway not in request.context.shop.without_renewals,
    )
    answer: dict[str, Any] = {"subscription_id": subscription.id}
    codes = reserve_start_codes(request, subscription, has_trial=opening is not Opening.PAY)
    if isinstance(codes, Refusal):
        return refused(codes)
    if opening is Opening.PAY:
        envelope = request.event.envelope
        paying = without_trial(subscription, order_id_of_message(envelope.source, envelope.id), at=now)
        paying = paying if codes is None else with_discount(paying, codes[1])
        add_subscription(session, paying)
        wanted, message_id = _wanted(request.event), request.message_id
        add_first_order(session, request.context.shop, paying, message_id=message_id, wanted=wanted, codes=codes)
        if product.trial_days is not None:
            emit_trial_refused(request.facts, paying, USED)
            answer["trial_refused"] = USED.code
        return answer | {"order_id": paying.order_id}
    waiting = replace(subscription, trial_days=product.trial_days, trial_seconds=product.trial_seconds)
    if opening is Opening.BEGIN:
        book = open_book(session, waiting.account_id)
        request.books.append(book)
        begun = begin_trial(book, waiting, request.facts)
        add_subscription(session, begun)
        return answer | standing(begun)
    setup = new_setup(
        request.context,
        request.event,
        gateway=waiting.gateway,
        currency=waiting.price.currency,
        locale=waiting.locale,
        message_id=request.message_id,
    )
    add_setup(session, setup)
    add_subscription(session, scheduled(waiting, looks_at=now + METHOD_LOOKED_FOR_AFTER))
    return answer | {"setup_id": setup.id}


def open_setup(context: Context, event: Event, answer: dict[str, Any]) -> dict[str, Any]:
    """
    Open the page on which the method of a trial is saved, and return the answer with where it is.

    A gateway that saves nothing without a payment opens none: then the answer has the order of the first period.

    Raises:
        Unavailable: the gateway or the store gave no answer; repeating is harmless.
    """
    open_setup_page(context, answer["setup_id"], asked_by=event.envelope)
    paying = context.transact(lambda session: _pay_instead(session, context, event, answer))
    if paying is not None:
        return paying
    return context.transact(lambda session: answer_of_setup(session, answer))


def _pay_instead(session: Session, context: Context, event: Event, answer: dict[str, Any]) -> dict[str, Any] | None:
    """Write the first order of a subscription whose gateway saves nothing without a payment; None: it does."""
    order_id = order_id_of_message(event.envelope.source, event.envelope.id)
    paying = {"subscription_id": answer["subscription_id"], "order_id": order_id, "trial_refused": NOT_SAVED.code}
    lock_account(session, event.envelope.subject)
    if find_order(session, order_id) is not None:
        return paying
    setup, before = find_setup(session, answer["setup_id"]), lock_subscription(session, answer["subscription_id"])
    if setup is None or before is None or not before.awaits_trial or not setup.is_refused:
        return None
    facts = Facts(context.clock())
    facts.name_cause(event.envelope)
    subscription = without_trial(before, order_id, at=facts.at)
    save_subscription(session, subscription, before=before)
    add_first_order(session, context.shop, subscription, message_id=before.message_id, wanted=_wanted(event))
    emit_trial_refused(facts, subscription, NOT_SAVED)
    save(session, (), facts)
    return paying


def _wanted(event: Event) -> StartData:
    assert isinstance(event.envelope, SubscriptionStartRequested)
    return event.envelope.data
