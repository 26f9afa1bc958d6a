"""Serving HTTP in this thread until an event is set."""

import logging
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from anyio.to_thread import current_default_thread_limiter
from starlette.types import ASGIApp

from asgi.prompt_protocol import PromptProtocol

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 1_000

SPARE_FILES = 500
"""What a process has open beside the connections that it serves."""

IDLE_SECONDS = 5

THREADS = 40
"""What AnyIO allows by itself."""

SHUTDOWN_SECONDS = 15
"""How long requests under way may take to end; longer than a webhook waits for its confirm."""


class UnableToListen(Exception):
    """The server cannot listen at the address; the text says why."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """
    How much is served at once.

    `threads`: handlers that are plain functions; the others wait before they begin. `connections`: beyond, uvicorn
    itself answers 503.
    """

    threads: int = THREADS
    connections: int = MAX_CONNECTIONS


class PartDied(Exception):
    """A part that the application cannot do without has died; the process should end."""


def serve_until(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    stopping: threading.Event,
    capacity: Capacity = Capacity(),
    is_alive: Callable[[], bool] = lambda: True,
) -> None:
    """
    Serve an application in this thread until an event is set, then let the requests under way end.

    Args:
        app: an ASGI application.
        host: an address to listen at; `::` takes IPv4 as well.
        port: a free one.
        stopping: ends it.
        capacity: how much it serves at once.
        is_alive: asked ten times a second.

    Raises:
        UnableToListen: the address is in use, or not an address of this machine.
        PartDied: `is_alive` said no.
    """
    # At TRACE uvicorn logs each scope as it came, before the application can mask a secret in the path.
    logging.getLogger("uvicorn.asgi").setLevel(logging.DEBUG)
    _allow_files(capacity.connections + SPARE_FILES)
    with _listening(host, port) as listener:
        config = uvicorn.Config(
            app,
            http=PromptProtocol,
            # asgi.peers decides whom to believe about addresses; uvicorn would believe 127.0.0.1.
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            limit_concurrency=capacity.connections,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        )
        log.info("listening at %s, port %d", host, listener.getsockname()[1])
        _Server(config, lambda: stopping.is_set() or not is_alive(), capacity.threads).run(sockets=[listener])
    if not stopping.is_set():
        raise PartDied("the HTTP server ended: a part that it needs has died")


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, is_over: Callable[[], bool], threads: int) -> None:
        super().__init__(config)
        self._is_over = is_over
        self._threads = threads

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # The limit belongs to the event loop, which exists from here on.
        current_default_thread_limiter().total_tokens = self._threads
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        if self._is_over():
            self.should_exit = True
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # Signals belong to the process, which sets `stopping`.
        yield


def _allow_files(number: int) -> None:
    """Ask the system for as many open files as there may be connections; many start with 1 024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    # Here and not by uvicorn, which would end the thread by SystemExit without any message.
    is_six = ":" in host
    family = socket.AF_INET6 if is_six else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2_048, dualstack_ipv6=is_six)
    except OSError as error:
        raise UnableToListen(f"nobody can listen at {host}, port {port}: {error}") from error
    with listener:
        # Connections inherit it. Head and body of an answer are sent one after the other; without it the body waits
        # 40 ms for the other side to acknowledge the head. asyncio sets it on sockets that name their protocol alone.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener
