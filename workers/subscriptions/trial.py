"""Trials: begun with their minutes, in one transaction, as soon as there is a method to charge afterwards."""

from typing import Any

from domain.ids import order_id_of_refused_trial, package_id_of_trial
from domain.minutes.book import Book
from domain.minutes.grant import new_package
from domain.minutes.package import PackageKind
from domain.subscriptions import trial as decisions
from domain.subscriptions.renew import LOOKS_AFTER
from domain.subscriptions.subscription import Subscription, scheduled
from domain.subscriptions.trial import METHOD_LOOKED_FOR_AFTER
from store.engine import Session
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.method import find_methods
from store.payments.method_setup import find_setup
from store.subscriptions.subscription import find_subscription, has_had_trial, save_subscription
from workers.context import Shop
from workers.facts import Facts
from workers.minutes.grant import write_grant
from workers.payments.settled import emit_chargeable
from workers.payments.setup import setup_answer
from workers.subscriptions.announce import emit_trial_refused, emit_trial_started
from workers.subscriptions.case import DueCase
from workers.subscriptions.first_order import add_first_order
from workers.subscriptions.request import standing


def begin_trial(book: Book, subscription: Subscription, facts: Facts) -> Subscription:
    """
    Begin a trial and grant its minutes; the caller saves book, subscription and facts in the same transaction.

    The minutes are a present, so they are a package of the kind `promo`. Their cause is the message that started the
    subscription, which grants nothing else.

    Args:
        book: of the account, open.
        subscription: waits for its trial.
        facts: of the transaction.
    """
    begun = decisions.begin_trial(subscription, at=facts.at)
    assert subscription.trial_seconds is not None
    package = new_package(
        package_id_of_trial(subscription.id),
        subscription.account_id,
        kind=PackageKind.PROMO,
        activated_at=facts.at,
        expires_at=begun.trial_ends_at,
    )
    write_grant(facts, book, package, subscription.trial_seconds, subscription.message_id)
    facts.emit_balances([book])
    emit_trial_started(facts, begun)
    return begun


def begin_with_method(session: Session, shop: Shop, subscription: Subscription, facts: Facts) -> str | None:
    """
    Begin and save a trial whose method is saved now; under the locks of the account and the subscription.

    Where the method shows that the same person had a trial before, the first period is to be paid at once.

    Returns:
        The order of that, whose checkout is to be opened after the commit; None: the trial has begun.
    """
    if has_had_trial(session, subscription.account_id):
        order_id = order_id_of_refused_trial(subscription.id)
        paying = decisions.without_trial(subscription, order_id, at=facts.at)
        save_subscription(session, paying, before=subscription)
        add_first_order(session, shop, paying, message_id=paying.message_id, wanted=None)
        emit_trial_refused(facts, paying, decisions.USED)
        save(session, (), facts)
        return order_id
    book = open_book(session, subscription.account_id)
    save_subscription(session, begin_trial(book, subscription, facts), before=subscription)
    save(session, [book], facts)
    return None


def look_for_method(case: DueCase) -> None:
    """
    Let a trial begin that waits for a method which nobody has heard of: nothing depends on a message.

    What waits for something else goes on waiting.
    """
    subscription, now = case.subscription, case.facts.at
    if not subscription.awaits_trial:
        case.subscription = scheduled(subscription)
        return
    methods = find_methods(case.session, subscription.account_id, gateway=subscription.gateway)
    if methods:
        # It is begun under the account's lock, for which the due tick does not wait.
        emit_chargeable(case.facts, subscription.account_id, methods[0].id)
    looks_at = now + (LOOKS_AFTER if methods else METHOD_LOOKED_FOR_AFTER)
    case.subscription = scheduled(subscription, looks_at=looks_at)


def answer_of_setup(session: Session, answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with how its subscription and its setup stand now."""
    subscription = find_subscription(session, answer["subscription_id"])
    setup = find_setup(session, answer["setup_id"])
    assert subscription is not None
    assert setup is not None
    said = answer | setup_answer(setup) | standing(subscription)
    if "code" in said and not subscription.awaits_trial:
        # It has begun by another method, or it is over; what became of the page is of no interest.
        del said["code"]
    return said | ({"reason": f"no method was saved: {setup.failure}"} if "code" in said else {})
