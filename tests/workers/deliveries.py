"""Deliveries as a broker would hand them to a worker, and the worker with a clock that stands still."""

import threading

from broker.delivery import Delivery
from messages.queues import DUE, INTERNAL, MINUTE_USAGE, SALES
from tests.workers.events import NOW, Json, body
from tests.workers.minutes.harness import MinutesHarness
from workers.consume import Consumer
from workers.context import Context
from workers.lanes import Lanes
from workers.queues import due as due_queue
from workers.queues import minute_usage


def delivery(*events: Json | bytes) -> Delivery:
    """One delivery on the queue of usage: bytes as they are, one event, or several as an array."""
    first = events[0]
    bytes_ = first if isinstance(first, bytes) else body(*(event for event in events if not isinstance(event, bytes)))
    return Delivery(MINUTE_USAGE, SALES, MINUTE_USAGE, bytes_)


def due(reminder: bytes) -> Delivery:
    """One delivery on the queue of reminders."""
    return Delivery(DUE, INTERNAL, DUE, reminder)


def usage_worker(harness: MinutesHarness, stopping: threading.Event | None = None) -> Consumer:
    """The consumer of usage, for which it is always the tests' present."""
    context = Context(harness.engine, harness.rules, lambda: NOW, stopping or threading.Event())
    return Consumer(context, MINUTE_USAGE, minute_usage.handle, Lanes())


def due_worker(harness: MinutesHarness) -> Consumer:
    """The consumer of reminders, for which it is always the tests' present."""
    return Consumer(Context(harness.engine, harness.rules, lambda: NOW), DUE, due_queue.handle)
