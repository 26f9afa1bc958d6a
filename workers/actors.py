"""The actors: which consumer belongs to which queue, and the context that all of them share."""

from dataclasses import replace
from datetime import timedelta

import dramatiq
from dramatiq import Broker, Worker

from boot.channels import open_mail, open_push, sender_of, unsubscribe_secret
from boot.gateways import open_gateways
from boot.settings import Settings, UnableToStart
from boot.wiring import Wiring
from broker.delivery import DeliveriesFailed
from broker.middleware import GiveBack
from domain.access.second_person import ApprovalLimits, read_refund_limits
from domain.money import UnableToCount
from domain.payments.route import UnableToRoute, read_routes
from messages.queues import PURCHASE, SUBSCRIPTION, WEBHOOK
from workers.consume import Consumer
from workers.context import Channels, Context, Shop
from workers.lanes import Lanes
from workers.measures import measure_calls
from workers.places import share_places
from workers.queues.handlers import HANDLERS

CALLING = (PURCHASE, WEBHOOK, SUBSCRIPTION)
"""
Queues whose messages call gateways. A poll has a place of its own, and goes on with the next gateway by itself; a run
of renewals has threads for each.
"""


def register(wiring: Wiring) -> Broker:
    """Make an actor of each queue's consumer; an actor is named as its queue."""
    broker = wiring.broker
    context = replace(open_context(wiring), channels=open_channels(wiring))
    for queue, handler in HANDLERS.items():
        sharing = replace(context, gateways=share_places(context.gateways, in_flight=broker.intakes[queue].in_flight))
        own = sharing if queue in CALLING else context
        consumer = Consumer(own, queue, handler.handle, Lanes() if handler.is_batched else None)
        # What a consumer raises on purpose is logged by the middleware in a line, not by Dramatiq with a traceback.
        dramatiq.actor(actor_name=queue, queue_name=queue, broker=broker, throws=(DeliveriesFailed, GiveBack))(consumer)
    return broker


def open_context(wiring: Wiring, *, with_gateways: bool = True) -> Context:
    """
    Open the gateways and return what handlers need.

    Args:
        wiring: the parts of this process.
        with_gateways: without them a command about minutes needs no gateway's settings.

    Raises:
        UnableToStart: a setting of a gateway, or a route, is missing or wrong.
    """
    settings = wiring.settings
    context = Context(
        engine=wiring.engine,
        rules=wiring.rules,
        clock=wiring.clock,
        stopping=wiring.stopping,
        retention=timedelta(days=settings.retention_days),
        renewal_threads=settings.renewal_threads,
        approve_above_seconds=60 * settings.campaign_approval_minutes,
        limits=_limits(settings),
        business_zone=settings.business_zone,
        channels=Channels(portal_url=settings.portal_url),
    )
    if not with_gateways:
        return context
    gateways = measure_calls(open_gateways(settings)) if wiring.gateways is None else wiring.gateways
    try:
        routes = read_routes(settings.gateway_routes)
    except UnableToRoute as error:
        raise UnableToStart(f"GATEWAY_ROUTES: {error}") from error
    for route in routes:
        if route.gateway not in gateways:
            raise UnableToStart(f"GATEWAY_ROUTES names {route.gateway}, which GATEWAYS does not")
    if not routes and len(gateways) == 1:
        routes = read_routes(f"*={next(iter(gateways))}")
    if unknown := settings.without_renewals - set(gateways):
        raise UnableToStart(f"GATEWAYS_WITHOUT_RENEWALS names {min(unknown)}, which GATEWAYS does not")
    shop = Shop(
        routes,
        settings.shop_currency,
        settings.shop_return_url,
        settings.shop_cancel_url,
        settings.without_renewals,
    )
    return replace(context, gateways=gateways, shop=shop)


def open_channels(wiring: Wiring) -> Channels:
    """
    Open the ways by which notices reach people.

    Raises:
        UnableToStart: a setting of mail or web push is missing or wrong.
    """
    settings = wiring.settings
    return Channels(
        mail=open_mail(settings),
        push=open_push(settings),
        sender=sender_of(settings),
        portal_url=settings.portal_url,
        unsubscribe_secret=unsubscribe_secret(settings),
    )


def start(wiring: Wiring) -> Worker:
    """Start consuming every queue, in threads; its `stop` ends them."""
    worker = Worker(register(wiring), worker_threads=wiring.settings.worker_threads, worker_timeout=500)
    worker.start()
    return worker


def _limits(settings: Settings) -> ApprovalLimits:
    return ApprovalLimits(
        60 * settings.grant_approval_minutes,
        _amounts("REFUND_APPROVAL_ABOVE", settings.refund_approval_above),
        60 * settings.grant_approval_day_minutes,
        _amounts("REFUND_APPROVAL_DAY_ABOVE", settings.refund_approval_day_above),
    )


def _amounts(name: str, text: str) -> dict[str, int]:
    try:
        return read_refund_limits(text)
    except UnableToCount as error:
        raise UnableToStart(f"{name}: {error}; write such as RUB=10000,EUR=99.50") from error
