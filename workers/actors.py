"""The actors: which function takes from which queue."""

import dramatiq
from dramatiq import Broker, Worker

from boot.gateways import open_gateways
from boot.settings import UnableToStart
from boot.wiring import Wiring
from broker.delivery import DeliveriesFailed
from broker.middleware import GiveBack
from domain.payments.route import UnableToRoute, read_routes
from messages.queues import DUE, MINUTE_USAGE, PURCHASE, RECONCILIATION, WEBHOOK
from workers.context import Payments, Shop
from workers.queues.due import DueWorker
from workers.queues.minute_usage import UsageWorker
from workers.queues.purchase import PurchaseWorker
from workers.queues.reconciliation import ReconciliationWorker
from workers.queues.webhook import WebhookWorker


def register(wiring: Wiring) -> Broker:
    """Make an actor of each queue's function; an actor is named as its queue."""
    broker = wiring.broker
    usage = UsageWorker(wiring.engine, wiring.rules, wiring.stopping, wiring.clock)
    due = DueWorker(wiring.engine, wiring.rules, wiring.stopping, wiring.clock)
    payments = open_payments(wiring)
    takers = {
        MINUTE_USAGE: usage.take,
        PURCHASE: PurchaseWorker(payments).take,
        WEBHOOK: WebhookWorker(payments).take,
        DUE: due.take,
        RECONCILIATION: ReconciliationWorker(payments).take,
    }
    for queue, take in takers.items():
        # What a worker raises on purpose is told by the middleware in a line, not by Dramatiq with a traceback.
        dramatiq.actor(actor_name=queue, queue_name=queue, broker=broker, throws=(DeliveriesFailed, GiveBack))(take)
    return broker


def open_payments(wiring: Wiring) -> Payments:
    """
    Open the gateways and return what payments need.

    Raises:
        UnableToStart: a setting of a gateway, or a route, is missing or wrong.
    """
    settings = wiring.settings
    gateways = open_gateways(settings) if wiring.gateways is None else wiring.gateways
    try:
        routes = read_routes(settings.gateway_routes)
    except UnableToRoute as error:
        raise UnableToStart(f"GATEWAY_ROUTES: {error}") from error
    for route in routes:
        if route.gateway not in gateways:
            raise UnableToStart(f"GATEWAY_ROUTES names {route.gateway}, which GATEWAYS does not")
    if not routes and len(gateways) == 1:
        routes = read_routes(f"*={next(iter(gateways))}")
    shop = Shop(routes, settings.shop_currency, settings.shop_return_url, settings.shop_cancel_url)
    return Payments(wiring.engine, wiring.rules, gateways, shop, wiring.stopping, wiring.clock)


def start(wiring: Wiring) -> Worker:
    """Start taking from every queue, in threads; its `stop` ends them."""
    worker = Worker(register(wiring), worker_threads=wiring.settings.worker_threads, worker_timeout=500)
    worker.start()
    return worker
