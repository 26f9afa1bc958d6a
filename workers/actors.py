"""The actors: which function takes from which queue."""

import dramatiq
from dramatiq import Broker, Worker

from boot.wiring import Wiring
from broker.delivery import DeliveriesFailed
from broker.middleware import GiveBack
from messages.registry import DUE, MINUTE_USAGE
from workers.due import DueWorker
from workers.usage import UsageWorker


def register(wiring: Wiring) -> Broker:
    """Make an actor of each queue's function; an actor is named as its queue."""
    broker = wiring.broker
    usage = UsageWorker(wiring.engine, wiring.rules, wiring.stopping, wiring.clock)
    due = DueWorker(wiring.engine, wiring.rules, wiring.stopping, wiring.clock)
    for queue, take in {MINUTE_USAGE: usage.take, DUE: due.take}.items():
        # What a worker raises on purpose is told by the middleware in a line, not by Dramatiq with a traceback.
        dramatiq.actor(actor_name=queue, queue_name=queue, broker=broker, throws=(DeliveriesFailed, GiveBack))(take)
    return broker


def start(wiring: Wiring) -> Worker:
    """Start taking from every queue, in threads; its `stop` ends them."""
    worker = Worker(register(wiring), worker_threads=wiring.settings.worker_threads, worker_timeout=500)
    worker.start()
    return worker
