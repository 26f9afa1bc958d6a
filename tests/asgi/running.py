"""An application for tests: real HTTP on the loopback, as `billing web` serves it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from starlette.types import ASGIApp

from asgi.serving import Capacity, serve_until
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve an application, and give its address."""
    reserved, stopping = ReservedPort(), threading.Event()
    url = f"http://127.0.0.1:{reserved.number}"

    def serve() -> None:
        serve_until(app, host="127.0.0.1", port=reserved.number, stopping=stopping, capacity=Capacity(threads=4))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        wait_until(lambda: _answers(url), "the application answers", limit_s=10)
        yield url
    finally:
        stopping.set()
        thread.join(20)
        reserved.release()
    assert not thread.is_alive()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False
