"""Declaring every exchange and queue, past those that somebody has declared in another way."""

import logging
from typing import Any

import pika
from pika.exceptions import ChannelClosedByBroker

from broker.topology import declarations

log = logging.getLogger(__name__)

PRECONDITION_FAILED = 406


def declare_all(connection: pika.BlockingConnection) -> Any:
    """
    Declare every exchange and queue, and return a channel that is open.

    What is there with other arguments stays as it is and is told: one wrong queue must not keep the others from being
    declared, drained and published to. `billing doctor` names it, too.

    Raises:
        AMQPError: the connection was lost, or the broker does not let us declare.
    """
    channel = connection.channel()
    for name, declare_one in declarations():
        try:
            declare_one(channel)
        except ChannelClosedByBroker as error:
            if error.reply_code != PRECONDITION_FAILED:
                raise
            log.warning("%s is there, but not as it should be, and is left as it is: %s", name, error.reply_text)
            channel = connection.channel()
    return channel
