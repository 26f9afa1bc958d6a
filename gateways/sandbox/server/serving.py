"""Running the sandbox's application in a thread of this process."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from gateways.sandbox.server.app import create_app
from gateways.sandbox.server.sending import WebhookSender
from gateways.sandbox.server.state import SandboxState
from gateways.sandbox.settings import api_url, webhook_secret, webhook_url
from gateways.settings import GatewaySettings, UnableToOpen

log = logging.getLogger(__name__)

START_SECONDS = 10


@contextmanager
def serve_in_thread(
    settings: GatewaySettings,
    *,
    host: str | None = None,
    port: int | None = None,
    state_file: Path | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[str]:
    """
    Run the sandbox's server in a thread of this process, until the block is left.

    Args:
        settings: say where it is, and where its webhooks go.
        host: what to listen at, if that differs from the host in `SANDBOX_URL`.
        port: the same for the port; 0 takes a free one.
        state_file: stores everything over a restart.
        clock: gives aware UTC moments.

    Returns:
        Where it serves, without a slash at the end.

    Raises:
        UnableToOpen: an address is wrong, or somebody else listens there.
    """
    parts = urlsplit(api_url(settings))
    listen_host = host or parts.hostname or "127.0.0.1"
    listen_port = (parts.port or 80) if port is None else port
    with (
        WebhookSender(webhook_url(settings), webhook_secret(settings)) as sender,
        _listen(listen_host, listen_port) as listener,
    ):
        app = create_app(SandboxState(sender.send, file=state_file, clock=clock))
        with _serve(app, listener):
            url = f"http://{listen_host}:{listener.getsockname()[1]}"
            log.info("the sandbox serves at %s; no money moves there", url)
            yield url


@contextmanager
def _listen(host: str, port: int) -> Iterator[socket.socket]:
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise UnableToOpen(f"the sandbox cannot listen at {host}, port {port}: {error}") from error
    with listener:
        yield listener


@contextmanager
def _serve(app: FastAPI, listener: socket.socket) -> Iterator[None]:
    server = uvicorn.Server(
        uvicorn.Config(
            app, proxy_headers=False, access_log=False, log_config=None, lifespan="off", timeout_graceful_shutdown=5
        )
    )
    thread = threading.Thread(target=server.run, args=([listener],), name="sandbox", daemon=True)
    thread.start()
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise UnableToOpen("the sandbox did not start to serve")
        time.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
