"""Auto top-up: a balance below its account's threshold is brought back by one charge of a saved method."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from broker.middleware import GiveBack
from domain.catalogue.offer import offer_price
from domain.catalogue.product import Product
from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.ids import order_id_of_topup
from domain.minutes.balance import available_seconds
from domain.minutes.book import Book
from domain.minutes.standing import Standing
from domain.money import Money
from domain.notices.content import TopupFailed
from domain.notices.notice import NoticeKind
from domain.payments.charge import begin_attempt
from domain.payments.order import Order, PurchaseKind
from domain.payments.route import choose_gateway
from domain.payments.stored_method import StoredMethod
from domain.refusal import Refusal
from domain.subscriptions.topup import (
    Topup,
    TopupStop,
    Unit,
    begin_topup,
    decide_topup,
    wait_with_topup,
)
from messages.errors import Unavailable
from store.catalogue.read import find_product
from store.engine import Session
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.buyer import find_buyer
from store.payments.method import find_methods
from store.payments.order import add_order
from store.subscriptions.topup import (
    bought_today,
    find_due_topups,
    find_topup,
    save_topup,
    set_topup_below,
)
from workers.context import Context
from workers.facts import Facts
from workers.payments.charge import charge_order
from workers.subscriptions.topup_end import settle_topup, switch_off

log = logging.getLogger(__name__)

CHUNK = 200
"""So many accounts one run looks at; the next run goes on."""

LATER = timedelta(minutes=15)
"""When a top-up is looked at again whose gateway is not set up here."""

AT_THE_LATEST = timedelta(days=1)
"""When one is looked at again that nothing asks for: a balance may fall without a message, when a package ends."""

REST = timedelta(days=1)
"""So long the tick leaves a top-up alone that an error of ours stops; the next release may have repaired it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What one unit is and costs, and the method that pays for it."""

    product: Product
    price: Money
    method: StoredMethod


def check_topup(context: Context, account_id: str) -> bool:
    """
    Top an account up if its balance is below the threshold and nothing stands against it.

    Intent, call, result: the order is committed before its method is charged, and its key comes from its id, so
    whoever repeats this after a crash charges once.

    Returns:
        Whether a top-up has begun.

    Raises:
        Busy: its charge may just be under way.
        Unavailable: the gateway or the store gave no answer. The order is open then, and nothing new begins before its
            outcome is known: repeating this repeats its call with the same key, and so do polls.
    """
    order_id = context.transact(lambda session: _begin(session, context, account_id))
    if order_id is not None:
        _charge(context, account_id, order_id)
        return True
    topup = context.transact(lambda session: find_topup(session, account_id))
    if topup is not None and topup.order_id is not None:
        _charge(context, account_id, topup.order_id)
    return False


def check_due_topups(context: Context) -> dict[str, int]:
    """
    Look at every auto top-up that has something to do; whatever a message should have begun is begun here as well.

    Returns:
        How many were looked at, and how many top-ups have begun.
    """
    account_ids = context.transact(lambda session: find_due_topups(session, at=context.clock(), limit=CHUNK))
    begun = 0
    for account_id in account_ids:
        if context.stopping.is_set():
            break
        begun += _check_due(context, account_id)
    return {"looked_at": len(account_ids), "begun": begun}


def find_chargeable_methods(session: Session, context: Context, account_id: str) -> list[StoredMethod]:
    """Return the methods of an account that may be charged without the buyer, the one that it prefers first."""
    methods = find_methods(session, account_id)
    return [method for method in methods if method.gateway not in context.shop.without_renewals]


def choose_method(session: Session, context: Context, topup: Topup) -> StoredMethod | None:
    """Return the method that the account has chosen; after its end, or without a choice, the one that fits best."""
    methods = find_chargeable_methods(session, context, topup.account_id)
    routed = choose_gateway(context.shop.routes, topup.currency, None)
    # A gateway that takes other currencies would refuse, and that would stop it.
    fitting = next((one for one in methods if one.gateway == routed), next(iter(methods), None))
    return next((one for one in methods if one.id == topup.method_id), fitting)


def _check_due(context: Context, account_id: str) -> bool:
    """Settle and check one top-up of the tick; whatever goes wrong with it keeps no other one waiting."""
    try:
        topup = context.transact(lambda session: find_topup(session, account_id))
        if topup is not None and topup.order_id is not None:
            settle_topup(context, account_id, topup.order_id)
        return check_topup(context, account_id)
    except GiveBack:
        raise
    except Unavailable as error:
        # Its order is open, and is polled like any other; the others need not wait for this gateway.
        log.warning("a top-up of account %s is left to the next run: %s", account_id, error)
    except Exception:
        log.exception("a top-up of account %s was cut off by an error of ours; it rests for a day", account_id)
        context.transact(lambda session: _rest(session, context, account_id))
    return False


def _rest(session: Session, context: Context, account_id: str) -> None:
    open_book(session, account_id)
    if (topup := find_topup(session, account_id)) is not None:
        at = context.clock()
        save_topup(session, wait_with_topup(topup, at + REST, at=at), before=topup)
        set_topup_below(session, account_id, None)


def _charge(context: Context, account_id: str, order_id: str) -> None:
    charge_order(context, order_id)
    settle_topup(context, account_id, order_id)


def _begin(session: Session, context: Context, account_id: str) -> str | None:
    """Write the order of a top-up that is due now, and return it; None: none is."""
    book = open_book(session, account_id)
    topup, facts = find_topup(session, account_id), Facts(context.clock())
    if topup is None or not topup.is_on or topup.order_id is not None:
        return None
    offer = TopupStop.ACCOUNT_CLOSED if book.standing is Standing.CLOSED else _make_offer(session, context, topup)
    if isinstance(offer, TopupStop):
        switch_off(session, topup, offer, facts)
        if offer is not TopupStop.ACCOUNT_CLOSED:
            _owe_stopped(session, topup, offer, facts)
        save(session, (), facts)
        return None
    if book.standing is Standing.BLOCKED:
        # It may not buy; it stays due, and once it is free again, the tick looks.
        save_topup(session, wait_with_topup(topup, facts.at, at=facts.at), before=topup)
        set_topup_below(session, account_id, None)
        return None
    if offer.method.gateway not in context.gateways:
        log.warning("account %s cannot be topped up: gateway %s is not set up here", account_id, offer.method.gateway)
        save_topup(session, wait_with_topup(topup, facts.at + LATER, at=facts.at), before=topup)
        set_topup_below(session, account_id, None)
        return None
    return _decide(session, context, book, topup, offer)


def _decide(session: Session, context: Context, book: Book, topup: Topup, offer: Offer) -> str | None:
    at, account_id = context.clock(), topup.account_id
    latest = at + AT_THE_LATEST
    decision = decide_topup(
        topup,
        balance_seconds=available_seconds(book.packages.values(), at=at) - book.debt_seconds,
        unit=Unit(offer.product.granted_seconds, offer.price),
        today=bought_today(session, account_id, topup.currency, at=at),
        at=at,
    )
    set_topup_below(session, account_id, topup.threshold_seconds if decision.is_armed else None)
    if not decision.units:
        until = min(decision.wait_until or _next_end(book, at=at) or latest, latest)
        save_topup(session, wait_with_topup(topup, until, at=at), before=topup)
        return None
    order = _order(session, context, topup, offer, decision.units)
    add_order(session, order)
    save_topup(session, begin_topup(topup, order.id, at=at), before=topup)
    return order.id


def _next_end(book: Book, *, at: datetime) -> datetime | None:
    """Return when the next package with minutes left ends, and the balance falls with it."""
    ends = (package.expires_at for package in book.packages.values() if package.expires_at is not None)
    return min((end for end in ends if end > at), default=None)


def _make_offer(session: Session, context: Context, topup: Topup) -> Offer | TopupStop:
    """Return what is bought, and by which method, or what stops it."""
    product = find_product(session, topup.product_id)
    price = offer_price(product, topup.currency)
    if product is None or isinstance(price, Refusal) or price.minor == 0:
        return TopupStop.NOT_FOR_SALE
    method = choose_method(session, context, topup)
    return TopupStop.NO_METHOD if method is None else Offer(product, price, method)


def _owe_stopped(session: Session, topup: Topup, reason: TopupStop, facts: Facts) -> None:
    """Owe the notice of a top-up that stops before anything is charged; a closed account hears of nothing."""
    product = find_product(session, topup.product_id)
    assert product is not None, "a top-up refers to its product"
    name = product.wording(find_buyer(session, topup.account_id, "").locale).name
    content = TopupFailed(name, facts.at)
    if reason is TopupStop.NO_METHOD:
        price = offer_price(product, topup.currency)
        assert isinstance(price, Money)
        content = replace(content, price=price, retry=Retry.NEW_METHOD)
    # Once for each time that the account has set it.
    facts.owe(NoticeKind.TOPUP_FAILED, topup.account_id, f"{topup.message_id}-{reason.replace('_', '-')}", content)


def _order(session: Session, context: Context, topup: Topup, offer: Offer, units: int) -> Order:
    at, product = context.clock(), offer.product
    buyer = find_buyer(session, topup.account_id, offer.method.gateway)
    name = product.wording(buyer.locale).name
    price = Money(units * offer.price.minor, offer.price.currency)
    order = Order(
        id=order_id_of_topup(topup.account_id, topup.sequence + 1),
        account_id=topup.account_id,
        product_id=product.id,
        gateway=offer.method.gateway,
        kind=PurchaseKind.TOP_UP,
        price=price,
        list_price=price,
        granted_seconds=units * product.granted_seconds,
        valid_days=product.valid_days,
        status=PaymentStatus.PENDING,
        saves_method=False,
        title=name if units == 1 else f"{units} × {name}",
        return_url=context.shop.return_url,
        cancel_url=context.shop.cancel_url,
        locale=buyer.locale,
        country=None,
        message_id=topup.message_id,
        created_at=at,
        updated_at=at,
    )
    return begin_attempt(order, buyer.for_call(topup.account_id), method_id=offer.method.id, at=at)
