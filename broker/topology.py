"""Names and arguments of every exchange and queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from messages.queues import (
    EXCHANGE_TYPES,
    MINUTE_USAGE,
    PURCHASE,
    QUEUES,
    RECONCILIATION,
    RENEWAL,
    SUBSCRIPTION,
    WEBHOOK,
)


@dataclass(frozen=True, slots=True)
class Intake:
    """
    How one queue is consumed.

    Args:
        queue: its name, and the name of the one actor that handles its messages.
        exchanges: where its messages are published.
        coalesce: how many deliveries that have already arrived are joined into one call; never more
            than `MAX_CALL_BYTES` of them, for a delivery may be an array of a hundred events.
        in_flight: how many such calls may be under way before arrivals are left to gather.
        prefetch: unacknowledged deliveries the broker may send; more than coalesce * in_flight, so
            that the next call is being filled while the others run.
    """

    queue: str
    exchanges: tuple[str, ...]
    coalesce: int = 1
    in_flight: int = 2
    prefetch: int = 16


MAX_CALL_BYTES = 1_048_576
"""Some 3 500 events: beyond, a transaction gains little speed and only holds its locks longer."""

# How much of each queue is under way at once, where it is not the default.
_TUNING: dict[str, dict[str, int]] = {
    MINUTE_USAGE: {"coalesce": 1_000, "in_flight": 2, "prefetch": 4_000},
    # Each of these calls a gateway, which may hang: each gateway has its share of the places (workers/places.py).
    PURCHASE: {"in_flight": 5, "prefetch": 10},
    WEBHOOK: {"in_flight": 7, "prefetch": 28},
    RECONCILIATION: {"in_flight": 1, "prefetch": 2},
    SUBSCRIPTION: {"in_flight": 3, "prefetch": 6},
    # One may be a run of renewals, which takes minutes and has threads of its own.
    RENEWAL: {"in_flight": 3, "prefetch": 12},
}

INTAKES = {queue.name: Intake(queue.name, queue.exchanges, **_TUNING.get(queue.name, {})) for queue in QUEUES.values()}
"""queue -> how it is consumed."""

DELAY_PREFETCH = 1000
"""Waiting retries that one process holds. With fewer, a retry with a short wait would queue behind long ones."""


RENEW_SECONDS = 30.0
"""
After so long without a delivery a consumer opens its channel again. When a quorum queue is deleted and declared again
at once, RabbitMQ may forget to cancel a consumer, or count it and keep from it what comes: nothing tells, but silence.
"""


def dead_letter_queue(queue: str) -> str:
    """Return the name of the queue into which the broker puts rejected messages."""
    return f"{queue}.XQ"


def delay_queue(queue: str) -> str:
    """Return the name of the queue in which retries wait."""
    return f"{queue}.DQ"


def queue_arguments(queue: str) -> dict[str, Any]:
    """
    Return the arguments of a work queue or of its delay queue.

    Quorum, because a classic queue loses with its node; `reject-publish` and `at-least-once`
    together, because otherwise dead-lettering itself may lose. No `x-delivery-limit` here: its
    meaning differs between versions (3.10 drops at -1), so it is set by a policy.
    """
    return {
        "x-queue-type": "quorum",
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": dead_letter_queue(queue),
        "x-dead-letter-strategy": "at-least-once",
    }


def dead_letter_arguments() -> dict[str, Any]:
    """Return the arguments of a dead-letter queue: no time-to-live, dead money messages do not expire."""
    return {"x-queue-type": "quorum"}


class Declaring(Protocol):
    """The part of a pika channel that declaring needs."""

    def exchange_declare(self, exchange: str, exchange_type: str, *, durable: bool) -> Any: ...
    def queue_declare(self, queue: str, *, durable: bool, arguments: dict[str, Any]) -> Any: ...
    def queue_bind(self, queue: str, exchange: str, routing_key: str) -> Any: ...


Declaration = tuple[str, Callable[[Declaring], Any]]
"""What is declared, in words, and how; harmless when it is there already."""


def declare_exchanges(channel: Declaring) -> None:
    """Declare every exchange."""
    for _, declare_one in _exchanges():
        declare_one(channel)


def declare(channel: Declaring) -> None:
    """Declare everything; harmless when it is there already."""
    for _, declare_one in declarations():
        declare_one(channel)


def declarations() -> Iterator[Declaration]:
    """Return every declaration, in an order in which each has what it needs."""
    yield from _exchanges()
    for intake in INTAKES.values():
        yield from _queues(intake)


def _exchanges() -> Iterator[Declaration]:
    for exchange, kind in EXCHANGE_TYPES.items():
        yield f"exchange {exchange}", partial(_declare_exchange, exchange=exchange, kind=kind)


def _queues(intake: Intake) -> Iterator[Declaration]:
    arguments = queue_arguments(intake.queue)
    for name, wanted in (
        (dead_letter_queue(intake.queue), dead_letter_arguments()),
        (intake.queue, arguments),
        (delay_queue(intake.queue), arguments),
    ):
        yield f"queue {name}", partial(_declare_queue, name=name, arguments=wanted)
    for exchange in intake.exchanges:
        yield f"the way from {exchange} to {intake.queue}", partial(_bind, queue=intake.queue, exchange=exchange)


def _declare_exchange(channel: Declaring, *, exchange: str, kind: str) -> None:
    channel.exchange_declare(exchange, kind, durable=True)


def _declare_queue(channel: Declaring, *, name: str, arguments: dict[str, Any]) -> None:
    channel.queue_declare(name, durable=True, arguments=arguments)


def _bind(channel: Declaring, *, queue: str, exchange: str) -> None:
    channel.queue_bind(queue, exchange, queue)
