"""Asking any RabbitMQ whether it is there."""

import socket

import pika
from pika.exceptions import AMQPError

_LIMIT_S = 5
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"


def why_silent(url: str) -> str | None:
    """Log in once and return None, or the server's or the network's objection."""
    try:
        # Asked first, because pika takes nearly any text for the address of a local server.
        if not url.startswith(("amqp://", "amqps://")):
            raise ValueError
        parameters = pika.URLParameters(url)
    except ValueError:
        return "this is no AMQP URL"  # without repeating it: it may hold a password
    parameters.connection_attempts = 1
    parameters.socket_timeout = parameters.stack_timeout = _LIMIT_S
    parameters.blocked_connection_timeout = _LIMIT_S
    try:
        pika.BlockingConnection(parameters).close()
    except (AMQPError, OSError) as error:
        return repr(error)  # the text alone of pika's errors is often empty
    return None


def greets(port: int) -> bool:
    """
    Tell whether a node at a port of the loopback answers as AMQP demands.

    Lighter than logging in, and without the errors that pika writes to the log meanwhile.
    """
    try:
        with _connection(port) as connection:
            connection.sendall(_PROTOCOL_HEADER)
            return len(connection.recv(1)) == 1
    except OSError:
        return False


def listens(port: int) -> bool:
    """Tell whether anybody takes connections at a port of the loopback."""
    try:
        with _connection(port):
            return True
    except OSError:
        return False


def _connection(port: int) -> socket.socket:
    """Open a connection to a port of the loopback."""
    return socket.create_connection(("127.0.0.1", port), timeout=_LIMIT_S)
