"""What counts as "the broker is away": one list for every place that waits for it."""

from pika.adapters.utils.connection_workflow import AMQPConnectionWorkflowFailed, AMQPConnectorException
from pika.exceptions import AMQPError

AWAY: tuple[type[Exception], ...] = (
    # Refused, closed, blocked for too long, a channel closed by the broker: pika's own.
    AMQPError,
    # TCP is accepted and nothing is said (`AMQPConnectorStackTimeout`), or the handshake ends: these are no AMQPError.
    AMQPConnectorException,
    AMQPConnectionWorkflowFailed,
    # The host does not answer, refuses, or has no address (`socket.gaierror`).
    OSError,
    # pika asserts that its stream is there while it is being closed by another callback.
    AssertionError,
)
"""
Errors of pika, or of the system below it, that say nothing about a message.

`AMQPConnectorStackTimeout` is what `billing relay` once ended with. Each kind has a test with a real server.
"""
