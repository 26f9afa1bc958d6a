"""A RabbitMQ node that fails inside: found in an error, explained in one sentence, and started again."""

import time

from pika.exceptions import ConnectionClosed

from tests.servers.rabbitmq import PrivateRabbit, running_nodes

INTERNAL_ERROR = 541
_LOG_END_CHARACTERS = 3_000
_LOG_DELAY_S = 2.5

_NO_DEAD_LETTER_WORKERS = "rabbit_fifo_dlx_sup"
_WHY = {
    _NO_DEAD_LETTER_WORKERS: "two dead-letter workers of its queues failed within 5 s, as they do when a queue is deleted "
    "that was just declared, and RabbitMQ 3.10 starts none again: until the node is started anew, no queue can be declared "
    "from which it dead-letters at least once",
}
"""A word in the log of a node -> what has happened to it."""


def has_failed_inside(error: BaseException | None) -> bool:
    """Tell whether an error, or what caused it, is a connection that a node closed because of a fault of its own."""
    while error is not None:
        parts = [error, *error.args]
        if any(isinstance(part, ConnectionClosed) and part.reply_code == INTERNAL_ERROR for part in parts):
            return True
        error = error.__cause__ or error.__context__
    return False


def treat(nodes: tuple[PrivateRabbit, ...] | None = None) -> str:
    """
    Start private nodes again, so that only one test suffers from an internal error, and say what was wrong.

    Args:
        nodes: those that could be meant; all that this process runs, if left out.

    Returns:
        A sentence, and the end of the log of each node.
    """
    nodes = running_nodes() if nodes is None else nodes
    # A node writes its log up to two seconds late; killed before, it leaves out what matters.
    time.sleep(_LOG_DELAY_S)
    logs = {node.url: node.log() for node in nodes}
    for node in nodes:
        node.kill()
        node.start()
    reasons = {reason for word, reason in _WHY.items() if any(_is_at_fault(word, log) for log in logs.values())}
    ends = [f"--- the log of {url} ends with\n{log[-_LOG_END_CHARACTERS:]}" for url, log in logs.items()]
    return "\n".join(
        [
            f"RabbitMQ failed inside (541): {'; '.join(reasons) or 'its log says why'}.",
            *(ends or ["It is none of our private nodes."]),
        ]
    )


def _is_at_fault(word: str, log: str) -> bool:
    return any(word in part for part in log.split("[error]")[1:])
