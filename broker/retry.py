"""Retries: a delivery that failed, in Dramatiq's envelope, waiting in the delay queue."""

from typing import Any

from dramatiq.message import Message

from broker.delivery import Delivery
from messages.errors import Busy

MAX_ERROR_LENGTH = 1_000


class NotOurs(ValueError):
    """A body on the default exchange that is not a retry as we write it."""


def as_retry(delivery: Delivery, error: BaseException) -> Message[Any]:
    """Return the message by which a delivery that failed is tried again."""
    return Message(
        queue_name=delivery.queue,
        actor_name=delivery.queue,
        args=(),
        kwargs={"deliveries": [delivery.as_wire()]},
        options={
            # Who found no place has not tried.
            "retries": delivery.retries + (not isinstance(error, Busy)),
            "error": f"{type(error).__name__}: {error}"[:MAX_ERROR_LENGTH],
        },
    )


def read_retry(body: bytes, *, queue: str) -> Message[Any]:
    """
    Read a retry, strictly: a forged or broken one must not steer the worker.

    Args:
        body: as it came over the default exchange.
        queue: the queue, or delay queue, that it was consumed from.

    Raises:
        NotOurs: anything in it is not as `as_retry` writes it. Stock Dramatiq would block the queue,
            kill a thread or acknowledge another message over such a body (BROKER.md, L4 to L7).
    """
    try:
        message: Message[Any] = Message.decode(body)
    except Exception as error:
        raise NotOurs(f"not one of our retries: {error}") from error
    options, kwargs = message.options, message.kwargs
    sound = (
        message.queue_name == queue
        and isinstance(message.actor_name, str)
        and message.args == ()
        and isinstance(message.message_id, str)
        and type(message.message_timestamp) is int
        and isinstance(kwargs, dict)
        and set(kwargs) == {"deliveries"}
        and isinstance(kwargs["deliveries"], list)
        and len(kwargs["deliveries"]) == 1
        and isinstance(kwargs["deliveries"][0], dict)
        and isinstance(options, dict)
        and set(options) <= {"retries", "error", "eta"}
        and type(options.get("retries")) is int
        and options["retries"] >= 0
        and isinstance(options.get("error"), str)
        and ("eta" in options) == queue.endswith(".DQ")
        and type(options.get("eta", 0)) is int
    )
    if not sound or queue not in (message.actor_name, f"{message.actor_name}.DQ"):
        raise NotOurs("not one of our retries: its fields are not as we write them")
    return message


def delivery_of(message: Message[Any], *, queue: str) -> Delivery:
    """
    Return the delivery that a retry carries.

    Raises:
        ValueError: its fields are not those of a delivery.
    """
    return Delivery.from_wire(message.kwargs["deliveries"][0], queue=queue, retries=message.options["retries"])


def error_of(message: Message[Any]) -> str:
    """Return what went wrong at the previous attempt."""
    error: str = message.options["error"]
    return error
