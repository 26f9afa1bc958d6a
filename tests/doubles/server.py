"""Serving a double in a thread of this process, on 127.0.0.1 unless it is in a container of its own."""

import asyncio
import socket
import threading
import time
from contextlib import suppress
from typing import Any, Self

import uvicorn

_START_LIMIT_S = 10


class Served:
    """
    A FastAPI application on a free port, for as long as the block lasts.

    Args:
        app: what is served.
        port: 0: any free one.
        host: where it listens; a container has the same port on its host's 127.0.0.1.
    """

    def __init__(self, app: Any, *, port: int = 0, host: str = "127.0.0.1") -> None:
        self._server = _Prompt(
            uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="off", access_log=False)
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
        """End serving, at once; whoever still waits for an answer gets none."""
        self._server.end()
        self._thread.join(_START_LIMIT_S)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it, without a slash at the end."""
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


class _Prompt(uvicorn.Server):
    """Ends at once, and until then is awake once a second only; hundreds of tests end one each, and several run long."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        while not self.should_exit:
            await self.on_tick(0)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), 1)

    def end(self) -> None:
        """End from another thread, once it has started."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._ending.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
