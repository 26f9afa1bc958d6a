"""Servers in Docker, through testcontainers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from tests.servers import amqp, databases
from tests.servers.waiting import UnableToWait, wait_until

_POSTGRES_IMAGE = "postgres:18-alpine"
_RABBIT_IMAGE = "rabbitmq:4-alpine"
_ENGINE_LIMIT_S = 2
_START_LIMIT_S = 120

# Not only Docker's own errors: its client lets those of the network (OSError) through, and
# testcontainers says RuntimeError when a container does not come up.
_FAILURES = (DockerException, OSError, RuntimeError, UnableToWait)


class UnableToStartContainer(Exception):
    """A Docker engine answers, but a container did not start; the text says why."""


def engine_answers() -> bool:
    """
    Ask the Docker engine whether it is there.

    An installed client proves nothing: it works without an engine. An engine that takes
    longer than 2 s counts as none.
    """
    try:
        return bool(DockerClient(timeout=_ENGINE_LIMIT_S).client.ping())
    except (DockerException, OSError):
        return False


@contextmanager
def postgres_container() -> Iterator[str]:
    """Run PostgreSQL in a container; it gives the superuser's URL."""
    container = DockerContainer(_POSTGRES_IMAGE).with_env("POSTGRES_HOST_AUTH_METHOD", "trust")
    url = "postgresql://postgres@{}:{}/postgres"
    with _running(container, port=5432, url=url, why_silent=databases.why_silent) as running:
        yield running


@contextmanager
def rabbit_container() -> Iterator[str]:
    """Run RabbitMQ in a container; it gives the AMQP URL of the default vhost."""
    container = DockerContainer(_RABBIT_IMAGE)
    url = "amqp://guest:guest@{}:{}/"
    with _running(container, port=5672, url=url, why_silent=amqp.why_silent) as running:
        yield running


@contextmanager
def _running(
    container: DockerContainer, *, port: int, url: str, why_silent: Callable[[str], str | None]
) -> Iterator[str]:
    """
    Run a container until the context ends.

    Args:
        container: what to run.
        port: the server's port inside the container.
        url: the URL to give, with places for host and port.
        why_silent: asks a URL once; None is the answer hoped for.

    Raises:
        UnableToStartContainer: it did not start, or its server did not answer within 120 s.
    """
    try:
        container.with_exposed_ports(port).start()
        address = url.format(container.get_container_host_ip(), container.get_exposed_port(port))
        wait_until(lambda: why_silent(address) is None, "it answers", limit_s=_START_LIMIT_S)
    except _FAILURES as error:
        container.stop()
        raise UnableToStartContainer(f"{container.image}: {error}") from error
    try:
        yield address
    finally:
        container.stop()
