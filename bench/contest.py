"""A contest: a queue filled beforehand, one worker process, and the clock on what it has committed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import dramatiq
import pika
import psycopg2
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.message import Message

from bench.load import SOURCE
from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from messages.queues import INGRESS, MINUTE_USAGE

WARM_UP = 0.15
"""The part of the load that is not timed: imports, connections, first plans."""

LIMIT_SECONDS = 600


class UnableToFinish(RuntimeError):
    """A contestant did not get through its load, so its figure would mean nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a contest takes place."""

    database_url: str
    amqp_url: str


def fill_stock(place: Place, module: str, bodies: list[bytes]) -> str:
    """Enqueue events as Dramatiq's `send` does, for a stock actor; return the queue."""
    queue = f"bench-{module.replace('_', '-')}"
    broker = RabbitmqBroker(url=place.amqp_url, middleware=[])
    broker.declare_queue(queue)
    decode = dramatiq.JSONEncoder().decode
    for body in bodies:
        broker.enqueue(
            Message(queue_name=queue, actor_name="report_usage", args=(), kwargs={"event": decode(body)}, options={})
        )
    broker.close()
    return queue


def fill_ours(place: Place, bodies: list[bytes]) -> str:
    """Publish bodies as Screph does; return the queue."""
    publisher = ConfirmedPublisher(place.amqp_url)
    receipts = publisher.publish(
        [Publication(INGRESS, MINUTE_USAGE, str(number), body) for number, body in enumerate(bodies)],
        patience_seconds=LIMIT_SECONDS,
    )
    publisher.close()
    if any(receipt is not Receipt.CONFIRMED for receipt in receipts):
        raise UnableToFinish("the load could not be published")
    return MINUTE_USAGE


def run_contest(place: Place, command: list[str], *, queue: str, count: int) -> float:
    """
    Run one worker process until it has applied everything, and return events per second.

    Timed from the first 15 % to the last commit; afterwards the process ends in order and the queue
    must be empty, so everything was acknowledged as well.

    Raises:
        UnableToFinish: not everything was applied, or something was left in the queue.
    """
    with _process(place, command), _counting(place.database_url) as applied:
        before = applied()
        _wait(applied, before + int(WARM_UP * count))
        first, started = applied(), time.perf_counter()
        _wait(applied, before + count)
        seconds = time.perf_counter() - started
    left = _left(place.amqp_url, queue)
    if left:
        raise UnableToFinish(f"{left} messages were applied and not acknowledged")
    return (before + count - first) / seconds


def purge(amqp_url: str, queue: str) -> None:
    """Drop what a contestant has left, for the next one."""
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        connection.channel().queue_purge(queue)
    finally:
        connection.close()


@contextmanager
def worker_process(
    place: Place, command: list[str], *, settings: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker process for a while, with settings besides those of the place."""
    with _process(place, command, settings) as process:
        yield process


@contextmanager
def _process(
    place: Place, command: list[str], settings: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "DATABASE_URL": place.database_url,
        "AMQP_URL": place.amqp_url,
        "LOG_LEVEL": "ERROR",
        **(settings or {}),
    }
    process = subprocess.Popen([sys.executable, "-m", *command], env=environment)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@contextmanager
def _counting(database_url: str) -> Iterator["Counter"]:
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    try:
        yield Counter(connection)
    finally:
        connection.close()


class Counter:
    """Counts the events that are committed."""

    def __init__(self, connection: "psycopg2.extensions.connection") -> None:
        self._cursor = connection.cursor()
        self._start = self._number("SELECT coalesce(max(id), 0) FROM inbox")

    def __call__(self) -> int:
        return self._number("SELECT count(*) FROM inbox WHERE id > %s AND source = %s", self._start, SOURCE)

    def may_have_reached(self, wanted: int) -> bool:
        """
        Tell whether counting could find that many, by one look at the sequence of ids.

        Counting itself, fifty times a second, took a sixth of a core from the contestant: it reads every row.
        """
        return self._number("SELECT last_value FROM inbox_id_seq") - self._start >= wanted

    def _number(self, query: str, *values: object) -> int:
        self._cursor.execute(query, values)
        row = self._cursor.fetchone()
        assert row is not None
        number: int = row[0]
        return number


def _wait(applied: "Counter", wanted: int) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not applied.may_have_reached(wanted) or applied() < wanted:
        if time.monotonic() > deadline:
            raise UnableToFinish(f"{applied()} of {wanted} events were applied in {LIMIT_SECONDS} s")
        time.sleep(0.01)


def _left(amqp_url: str, queue: str) -> int:
    connection = pika.BlockingConnection(pika.URLParameters(amqp_url))
    try:
        left: int = connection.channel().queue_declare(queue, passive=True).method.message_count
        return left
    finally:
        connection.close()
