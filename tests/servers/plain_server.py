"""A plain HTTP server on the loopback for doubles that speak little: one handler, served in a thread of this process."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], *, port: int = 0) -> Iterator[int]:
    """Serve by a handler, without a log, until the block ends; gives the port, which is any free one for 0."""

    class Quiet(handler):  # type: ignore[valid-type, misc]
        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Quiet)
    # Asked often whether it is to end: hundreds of tests end one each.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
