"""A RabbitMQ that may be commanded and killed, and a worker that reconnects at once."""

from collections.abc import Iterator

import pytest
from dramatiq import worker as dramatiq_worker

from broker import rabbit as safe_broker
from tests.servers.rabbitmq import PrivateRabbit


@pytest.fixture(scope="package")
def rabbit() -> Iterator[PrivateRabbit]:
    """A private RabbitMQ for tests that need its commands, or its death; each leaves it running."""
    with PrivateRabbit() as server:
        yield server


@pytest.fixture(scope="package")
def limited(rabbit: PrivateRabbit) -> PrivateRabbit:
    """The same, where delay queues named `full-…` and work queues named `packed-…` refuse what comes, by a policy."""
    limit = '{"max-length": 0, "overflow": "reject-publish"}'
    rabbit.ctl("set_policy", "no-room", r"^full-.*\.DQ$|^packed-[^.]*$", limit, "--apply-to", "queues")
    return rabbit


@pytest.fixture(autouse=True)
def _reconnect_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a consumer that lost its connection come back at once, and not after Dramatiq's three seconds."""
    monkeypatch.setattr(dramatiq_worker, "CONSUMER_RESTART_DELAY_SECS", 0.1)
    monkeypatch.setattr(safe_broker, "RECONNECT_JITTER_SECONDS", 0.1)
