"""The endpoint of Prometheus: what this process has counted, at a port of its own."""

import logging

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server

from asgi.serving import UnableToListen

log = logging.getLogger(__name__)


def serve_metrics(*, host: str, port: int, registry: CollectorRegistry = REGISTRY) -> int:
    """
    Serve `/metrics` in a thread that ends with the process.

    Args:
        host: an address to listen at. Whoever reaches it reads how much is sold: loopback, or a network of your own.
        port: a free one; 0 takes any.
        registry: what is served.

    Returns:
        The port.

    Raises:
        UnableToListen: the address is in use, or not an address of this machine.
    """
    try:
        server, _ = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise UnableToListen(f"nobody can listen at {host}, port {port}: {error}") from error
    found = int(server.server_port)
    log.info("metrics are at http://%s:%d/metrics", host, found)
    return found
