"""Deliveries as a broker would hand them to a worker, and the worker with a clock that stands still."""

import threading

from broker.delivery import Delivery
from messages.queues import DUE, INGRESS, INTERNAL, MINUTE_USAGE
from tests.workers.events import NOW, Json, body
from tests.workers.minutes.harness import MinutesHarness
from workers.queues.minute_usage import UsageWorker


def delivery(*events: Json | bytes) -> Delivery:
    """One delivery on the queue of usage: bytes as they are, one event, or several as an array."""
    first = events[0]
    bytes_ = first if isinstance(first, bytes) else body(*(event for event in events if not isinstance(event, bytes)))
    return Delivery(MINUTE_USAGE, INGRESS, MINUTE_USAGE, bytes_)


def due(reminder: bytes) -> Delivery:
    """One delivery on the queue of reminders."""
    return Delivery(DUE, INTERNAL, DUE, reminder)


def usage_worker(harness: MinutesHarness, stopping: threading.Event | None = None) -> UsageWorker:
    """The worker of usage, for which it is always the tests' present."""
    return UsageWorker(harness.engine, harness.rules, stopping or threading.Event(), lambda: NOW)
