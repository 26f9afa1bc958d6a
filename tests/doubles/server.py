"""Serving a double on 127.0.0.1 in a thread of this process."""

import threading
import time
from typing import Any, Self

import uvicorn

_START_LIMIT_S = 10


class Served:
    """A FastAPI application on a free port of 127.0.0.1, for as long as the block lasts."""

    def __init__(self, app: Any, *, port: int = 0) -> None:
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", lifespan="off", access_log=False)
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        """Start serving and return once connections are taken."""
        self._thread.start()
        deadline = time.monotonic() + _START_LIMIT_S
        while not self._server.started:
            if time.monotonic() > deadline or not self._thread.is_alive():
                raise RuntimeError("the double did not start to serve")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        """End serving."""
        self._server.should_exit = True
        self._thread.join(_START_LIMIT_S)

    @property
    def url(self) -> str:
        """Where it serves, without a slash at the end."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"
