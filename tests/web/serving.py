"""Serving an application at a port of its own, until a test is over."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from starlette.types import ASGIApp

from asgi.serving import serve_until
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.web.portal.browser import is_listening


@contextmanager
def serving(create: Callable[[str], ASGIApp], *, host: str = "localhost") -> Iterator[str]:
    """
    Serve what is created for an address, and give that address.

    Args:
        create: makes the application of the address that browsers know, without a slash at its end.
        host: the name in it; passkeys need one that is no number.
    """
    port, stopping = ReservedPort(), threading.Event()
    number, address = port.number, f"http://{host}:{port.number}"
    app = create(address)
    port.release()
    options = {"host": "127.0.0.1", "port": number, "stopping": stopping}
    thread = threading.Thread(target=serve_until, args=(app,), kwargs=options, daemon=True)
    thread.start()
    wait_until(lambda: is_listening(number), "the pages listen", limit_s=10)
    yield address
    stopping.set()
    thread.join(10)
