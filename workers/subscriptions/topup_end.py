"""The end of a top-up: what its order came to, and when auto top-up switches itself off."""

import logging

from domain.gateway.decline import Retry
from domain.gateway.payment import PaymentStatus
from domain.minutes.balance import available_seconds
from domain.notices.content import TopupDone
from domain.notices.content import TopupFailed as TopupFailedContent
from domain.notices.notice import NoticeKind
from domain.payments.order import Order
from domain.subscriptions.topup import BURST, Topup, TopupStop, end_topup, stop_topup
from messages.subscriptions.topup import TopupFailed, TopupSucceeded
from store.engine import Session
from store.minutes.book import open_book
from store.minutes.save import save
from store.payments.attempt import find_last_attempt
from store.payments.order import find_order
from store.subscriptions.topup import count_recent_successes, find_topup, save_topup, set_topup_below
from workers.context import Context
from workers.facts import Facts
from workers.subscriptions.follow import RECEIPT_WITHIN

log = logging.getLogger(__name__)


def settle_topup(context: Context, account_id: str, order_id: str) -> None:
    """
    Note what the order of a top-up came to; nothing, while it is open or if that is noted already.

    Raises:
        Unavailable: the store is away; repeating is harmless.
    """
    context.transact(lambda session: _settle(session, context, account_id, order_id))


def switch_off(
    session: Session,
    topup: Topup,
    reason: TopupStop,
    facts: Facts,
    *,
    order: Order | None = None,
    code: str | None = None,
) -> None:
    """
    Switch auto top-up off, and let its account hear of it.

    Args:
        session: of the transaction that holds the account's lock.
        topup: as it is stored.
        reason: why.
        facts: of the transaction.
        order: what it is about, if it is about an order.
        code: the gateway's own word.
    """
    save_topup(session, stop_topup(topup, reason, code, at=facts.at), before=topup)
    set_topup_below(session, topup.account_id, None)
    data = {"reason": str(reason), "code": code and code[:128], "order_id": order.id if order else None}
    facts.emit(TopupFailed, topup.account_id, {name: value for name, value in data.items() if value is not None})


def _settle(session: Session, context: Context, account_id: str, order_id: str) -> None:
    book = open_book(session, account_id)
    topup, order, facts = find_topup(session, account_id), find_order(session, order_id), Facts(context.clock())
    if topup is None or order is None:
        return
    if topup.order_id != order_id:
        _owe_late_receipt(order, available_seconds(book.packages.values(), at=facts.at), facts)
        save(session, (), facts)
        return
    match order.status:
        case PaymentStatus.PAID:
            _succeed(session, topup, order, available_seconds(book.packages.values(), at=facts.at), facts)
        case PaymentStatus.FAILED | PaymentStatus.EXPIRED:
            attempt = find_last_attempt(session, order_id)
            code = attempt.code if attempt is not None and attempt.code else order.failure
            switch_off(session, topup, TopupStop.DECLINED, facts, order=order, code=code)
            retry = attempt.retry if attempt is not None and attempt.retry is not None else Retry.NEW_METHOD
            content = TopupFailedContent(order.title, facts.at, order.price, retry)
            facts.owe(NoticeKind.TOPUP_FAILED, account_id, order_id, content)
        case _:
            return
    save(session, (), facts)


def _owe_late_receipt(order: Order, left_seconds: int, facts: Facts) -> None:
    """Owe the receipt of a top-up that is paid when it was given up; where it is owed already, not twice."""
    if order.is_paid and order.recorded_at is not None and facts.at - order.recorded_at < RECEIPT_WITHIN:
        _owe_receipt(order, left_seconds, facts)


def _owe_receipt(order: Order, left_seconds: int, facts: Facts) -> None:
    assert order.paid_at is not None
    content = TopupDone(
        order.id, order.title, order.gateway, order.price, order.granted_seconds, order.paid_at, left_seconds
    )
    facts.owe(NoticeKind.TOPUP_DONE, order.account_id, order.id, content)


def _succeed(session: Session, topup: Topup, order: Order, left_seconds: int, facts: Facts) -> None:
    ended = end_topup(topup, at=facts.at)
    save_topup(session, ended, before=topup)
    data = {
        "order_id": order.id,
        "gateway": order.gateway,
        "product_id": order.product_id,
        "amount_minor": order.price.minor,
        "currency": order.price.currency,
        "granted_seconds": order.granted_seconds,
        "available_seconds": left_seconds,
    }
    facts.emit(TopupSucceeded, order.account_id, data)
    _owe_receipt(order, left_seconds, facts)
    successes = count_recent_successes(session, order.account_id, at=facts.at)
    if successes >= BURST:
        # The cooldown forbids it, so something is wrong with it, with the clock or with the data.
        log.error("account %s was topped up %d times within an hour; it is switched off", order.account_id, successes)
        switch_off(session, ended, TopupStop.BURST, facts, order=order)
        content = TopupFailedContent(order.title, facts.at, is_burst=True)
        facts.owe(NoticeKind.TOPUP_FAILED, order.account_id, f"{order.id}-burst", content)
