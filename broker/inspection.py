"""Inspecting the broker's queues without changing any."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from broker.away import AWAY
from broker.topology import INTAKES, dead_letter_arguments, dead_letter_queue, delay_queue, queue_arguments
from broker.url import connection_url

NOT_FOUND, PRECONDITION_FAILED = 404, 406


@dataclass(frozen=True, slots=True)
class QueueFault:
    """A queue that is missing or was declared with other arguments, and what to do."""

    queue: str
    found: str
    advice: str


def inspect_queues(url: str) -> list[QueueFault]:
    """
    Compare every queue with what it should be; an empty list means that all are right.

    Raises:
        OSError: the broker cannot be reached.
    """
    connection = connect(url)
    wanted: dict[str, dict[str, Any]] = {}
    for queue in INTAKES:
        wanted[queue] = wanted[delay_queue(queue)] = queue_arguments(queue)
        wanted[dead_letter_queue(queue)] = dead_letter_arguments()
    try:
        found = (_inspect(connection.channel, queue, arguments) for queue, arguments in wanted.items())
        return [fault for fault in found if fault is not None]
    finally:
        connection.close()


def inspect_consumers(url: str) -> list[QueueFault]:
    """
    Return the queues from which nobody takes messages; those that are missing are left to `inspect_queues`.

    Raises:
        OSError: the broker cannot be reached.
    """
    wanted: dict[str, str] = {}
    for queue in INTAKES:
        wanted[queue] = wanted[delay_queue(queue)] = "worker"
        wanted[dead_letter_queue(queue)] = "relay"
    faults = []
    connection = connect(url)
    try:
        for queue, process in wanted.items():
            try:
                declared = connection.channel().queue_declare(queue, passive=True)
            except ChannelClosedByBroker:
                continue
            if not declared.method.consumer_count:
                waiting = f"nobody consumes it, {declared.method.message_count} messages wait"
                faults.append(QueueFault(queue, waiting, f"is `billing {process}` running?"))
    finally:
        connection.close()
    return faults


def connect(url: str) -> pika.BlockingConnection:
    """
    Open a connection for a look.

    Raises:
        OSError: the broker cannot be reached.
    """
    urls = connection_url(url)
    try:
        return pika.BlockingConnection([pika.URLParameters(one) for one in ([urls] if isinstance(urls, str) else urls)])
    except AWAY as error:
        raise ConnectionError(repr(error)) from error


def _inspect(open_channel: Callable[[], Any], queue: str, arguments: dict[str, Any]) -> QueueFault | None:
    # A channel each: the broker closes it with its answer when the queue is not as asked for.
    try:
        open_channel().queue_declare(queue, passive=True)
        open_channel().queue_declare(queue, durable=True, arguments=arguments)
    except ChannelClosedByBroker as error:
        if error.reply_code == NOT_FOUND:
            return QueueFault(queue, "is not there", "start `billing worker` or `billing relay`; they declare it")
        if error.reply_code == PRECONDITION_FAILED:
            return QueueFault(
                queue,
                "has other arguments than it should",
                "let it run empty, delete it, and start a worker, which declares it again",
            )
        return QueueFault(queue, f"cannot be inspected: {error}", "check the rights of the user in AMQP_URL")
    return None
