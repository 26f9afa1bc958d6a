"""Reconciliation: lost webhooks are recovered by polling the gateways."""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple, TypeVar

from broker.middleware import GiveBack
from domain.gateway.errors import CallRefused, GatewayError, NotFound, UnableToReach
from domain.gateway.payment import GatewayPayment, PaymentStatus
from domain.gateway.recent import ListedObject, UnreadObject
from domain.payments.order import NO_GATEWAY
from domain.payments.order_update import ABANDONED, end_unpaid, is_abandoned
from domain.payments.reversal import payment_of_reversal
from domain.payments.webhook import Webhook
from messages.errors import Unavailable
from store.engine import Session
from store.minutes.save import save
from store.payments.dispute import DisputeToPoll, find_disputes_to_poll, mark_dispute_polled
from store.payments.method import find_methods_to_release
from store.payments.method_setup import find_open_setups
from store.payments.order import find_open_orders, find_order, lock_order, mark_polled, save_order
from store.payments.poll import find_poll_end, save_poll
from store.payments.refund import find_open_refunds
from store.payments.webhook import find_open_webhooks, save_webhook
from workers.context import Context
from workers.facts import Facts
from workers.payments.announce import emit_purchase_failed
from workers.payments.charge import charge_order
from workers.payments.checkout import open_checkout
from workers.payments.codes import settle_codes
from workers.payments.dispute import apply_dispute
from workers.payments.gateway_object import apply_object
from workers.payments.method import release
from workers.payments.poll_report import PollReport, is_silent
from workers.payments.refund import send_refund
from workers.payments.settled import emit_settled
from workers.payments.setup import poll_setup
from workers.payments.unlisted import ask_for_unlisted, ref_of
from workers.payments.webhook import follow

log = logging.getLogger(__name__)

T = TypeVar("T")

OPEN_FOR = timedelta(minutes=10)
"""How long a row may be open before it is polled: a webhook comes within seconds, if it comes."""

RECENT = timedelta(hours=26)
"""More than a day, so that two imports overlap whatever was late."""

LISTED = "listed"
"""The job under which it is noted until when a gateway's list was read to its end."""

OVERLAP = timedelta(hours=2)
"""How far before that the next list begins, for what a gateway lists late."""

LISTED_AT_MOST = timedelta(days=29)
"""No gateway lists what happened more than thirty days ago."""

CHUNK = 200
"""So many rows of a kind are polled at one gateway in one run."""

MAX_SILENT = 3
"""A gateway that did not answer so often in one poll is left alone until the next."""


class OpenRow(NamedTuple):
    """Something open at a gateway: what it is, and how to poll it."""

    gateway: str
    name: str
    poll: Callable[[], object]


def poll_open_payments(context: Context, *, open_for: timedelta = OPEN_FOR) -> int:
    """
    Poll orders, refunds, disputes, setups and webhooks that are open for some time; this alone recovers a lost webhook.

    Args:
        context: what handlers need.
        open_for: younger rows are left to their webhooks.

    Returns:
        How many rows were open.
    """
    rows = context.transact(lambda session: _open_rows(session, context, open_for))
    reports = {name: PollReport(name, "open") for name in context.gateways}
    silent: Counter[str] = Counter()
    for row in rows:
        if silent[row.gateway] >= MAX_SILENT:
            continue
        error = _attempt(row.poll)
        if error is not None and row.gateway in reports:
            reports[row.gateway].add(f"{row.name} is left to the next poll: {error}")
            silent[row.gateway] += is_silent(error)
            if silent[row.gateway] == MAX_SILENT:
                reports[row.gateway].add("it gave no answer several times, so the other open rows wait as well")
    for report in reports.values():
        report.save(context)
    return len(rows)


def import_recent(context: Context) -> int:
    """
    Apply what the gateways list for the last day, to find what was never known here; return how many.

    After an outage, of theirs or ours, it is all that happened since their list was last read to its end.
    Objects of another shop on the same gateway account are left alone.
    """
    until = context.clock()
    imported = 0
    for name, gateway in context.gateways.items():
        report = PollReport(name, "recent")
        is_whole, since, listed = True, _listed_since(context, name, until), set[str]()
        try:
            for found in gateway.list_recent(since, until):
                imported += 1
                is_whole &= _import_object(context, report, found)
                if (ref := ref_of(found)) is not None:
                    listed.add(ref)
            error = _attempt(partial(ask_for_unlisted, context, report, listed, since=since, until=until))
            if error is not None:
                report.add(f"money that it does not list could not be asked for: {error}")
            if is_whole:
                context.transact(lambda session, name=name: save_poll(session, name, LISTED, at=until, note=None))  # type: ignore[misc]
        except GatewayError as error:
            report.add(f"what happened lately could not be imported to the end: {error}")
        report.save(context)
    return imported


def _listed_since(context: Context, gateway: str, until: datetime) -> datetime:
    listed_until = context.transact(lambda session: find_poll_end(session, gateway, LISTED))
    since = until - RECENT if listed_until is None else min(until - RECENT, listed_until - OVERLAP)
    return max(since, until - LISTED_AT_MOST)


def _import_object(context: Context, report: PollReport, found: ListedObject) -> bool:
    """Apply a listed object; False: the gateway gave no answer about it, so the next list has to reach back to it."""
    if isinstance(found, UnreadObject):
        report.add(f"{found.subject} {found.ref} could not be read: {found.reason}")
        return not found.is_unanswered
    name = f"payment {found.payment_ref}" if isinstance(found, GatewayPayment) else f"{found.ref}"

    def apply() -> None:
        applied = apply_object(context, report.gateway, found)
        is_money = not isinstance(found, GatewayPayment) or found.status is PaymentStatus.PAID
        if applied.order_id is None and not applied.is_foreign and is_money:
            report.add(f"{name} names an order of ours that is unknown here")

    error = _attempt(apply)
    if error is not None:
        report.add(f"{name} could not be applied: {error}")
    return not isinstance(error, UnableToReach | Unavailable)


def _attempt(work: Callable[[], object]) -> Exception | None:
    """Do work about one object and return what went wrong: one that fails never stops the others."""
    try:
        work()
    except GiveBack:
        raise
    except (GatewayError, Unavailable) as error:
        return error
    except Exception as error:
        log.exception("an object of a gateway could not be handled")
        return RuntimeError(f"an error of ours ({type(error).__name__})")
    return None


def _open_rows(session: Session, context: Context, open_for: timedelta) -> list[OpenRow]:
    now, names = context.clock(), list(context.gateways)
    before = now - open_for
    with_disputes = [name for name, gateway in context.gateways.items() if gateway.has_disputes]

    def found(find: Callable[..., Sequence[T]], gateways: Sequence[str] = names, **wanted: object) -> list[T]:
        # Of each gateway by itself: the rows of one that gives no answer would leave no place for the others'.
        return [row for name in gateways for row in find(session, gateways=[name], limit=CHUNK, **wanted)]

    orders = found(find_open_orders, [*names, NO_GATEWAY], before=before)
    refunds = found(find_open_refunds, before=before)
    disputes = found(find_disputes_to_poll, with_disputes, at=now)
    setups = found(find_open_setups, before=before)
    forgotten = found(find_methods_to_release, before=before)
    webhooks = found(find_open_webhooks, before=before, pause=open_for)
    return [
        *(OpenRow(gateway, f"order {ref}", partial(poll_order, context, ref, open_for)) for ref, gateway in orders),
        *(OpenRow(gateway, f"refund {ref}", partial(send_refund, context, ref)) for ref, gateway in refunds),
        *(OpenRow(one.gateway, f"dispute {one.ref}", partial(_poll_dispute, context, one)) for one in disputes),
        *(OpenRow(gateway, f"setup {ref}", partial(poll_setup, context, ref)) for ref, gateway in setups),
        *(OpenRow(one.gateway, f"method {one.id}", partial(release, context, one.id)) for one in forgotten),
        *(OpenRow(one.gateway, f"webhook {one.dedupe_key}", partial(_retry_webhook, context, one)) for one in webhooks),
    ]


def _poll_dispute(context: Context, dispute: DisputeToPoll) -> None:
    gateway, ref = dispute
    context.transact(lambda session: mark_dispute_polled(session, gateway, ref, at=context.clock()))
    payment_ref = payment_of_reversal(ref)
    try:
        if payment_ref is not None:
            apply_object(context, gateway, context.gateway(gateway).fetch_payment(payment_ref))
        else:
            apply_dispute(context, gateway, context.gateway(gateway).fetch_dispute(ref))
    except NotFound:
        # A person reported it from a letter, under a name that the gateway does not know.
        pass


def _retry_webhook(context: Context, webhook: Webhook) -> None:
    follow(context, context.transact(lambda session: save_webhook(session, webhook, at=context.clock())))


def poll_order(context: Context, order_id: str, open_for: timedelta) -> None:
    """
    Ask the gateway what became of an open order, and apply it; one that was asked about for less than a time is left.

    Raises:
        Unavailable: the gateway gave no answer, or refuses to.
    """
    order, now = context.transact(lambda session: find_order(session, order_id)), context.clock()
    if order is None or not order.is_open:
        return
    # First, so that one that cannot be polled does not stand before all others for ever.
    if not context.transact(lambda session: mark_polled(session, order.id, at=now, before=now - open_for)):
        return
    if order.is_free:
        open_checkout(context, order.id)
        return
    gateway = context.gateway(order.gateway)
    # PayPal forgets an order sooner than its money.
    is_money_known = order.payment_ref is not None and (order.under_way_since is not None or order.is_charge)
    ref = order.payment_ref if is_money_known else order.checkout_ref
    if ref is None:
        if order.is_charge:
            charge_order(context, order.id, polled_at=now)
        else:
            open_checkout(context, order.id)
        if order.withdrawn_at is not None:
            # The imports of four days have not found that it was charged.
            context.transact(lambda session: _abandon(session, order.id, Facts(context.clock())))
        return
    try:
        apply_object(context, order.gateway, gateway.fetch_payment(ref))
    except NotFound:
        log.warning("order %s is not known at %s", order.id, order.gateway)
        if not gateway.forgets_checkouts:
            # Our key is another account's, which says nothing about the order.
            return
    except CallRefused as error:
        raise Unavailable(f"the gateway refuses to say what became of it: {error.code}") from error
    # One that was approved is still open here if its money could not be taken.
    context.transact(lambda session: _abandon(session, order.id, Facts(context.clock())))


def _abandon(session: Session, order_id: str, facts: Facts) -> None:
    order = lock_order(session, order_id)
    if order is None or not is_abandoned(order, at=facts.at):
        return
    expired = settle_codes(session, end_unpaid(order, PaymentStatus.EXPIRED, ABANDONED, at=facts.at), facts)
    save_order(session, expired, before=order)
    emit_purchase_failed(facts, expired, ABANDONED)
    emit_settled(facts, expired)
    save(session, (), facts)
