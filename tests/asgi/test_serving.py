"""Serving: answers leave at once, and slow requests are not waited for."""

import http.client
import socket
import time
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from statistics import median

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse

import asgi.prompt_protocol
from tests.asgi.running import running

DELAYED_ACK_SECONDS = 0.04
"""How long Linux waits at least before it acknowledges what it cannot answer yet."""


def test_the_body_of_an_answer_does_not_wait_for_the_acknowledgement_of_its_head() -> None:
    app = FastAPI()

    @app.get("/healthz")
    async def health() -> str:
        return "alive"

    waits = []
    with running(app) as url, closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)) as connection:
        for _ in range(21):
            began = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            waits.append(time.perf_counter() - began)

    assert median(waits) < DELAYED_ACK_SECONDS


class TestABodyThatComesByteByByte:
    @pytest.mark.parametrize("head", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
    @pytest.mark.parametrize("path", [b"/parsed", b"/streamed", b"/answers-first"])
    def test_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch, path: bytes, head: bytes) -> None:
        monkeypatch.setattr(asgi.prompt_protocol, "BODY_SECONDS", 0.5)
        with running(slow_app()) as url:
            host, port = url.removeprefix("http://").split(":")
            with socket.create_connection((host, int(port)), timeout=5) as speaker:
                speaker.sendall(
                    b"POST " + path + b" HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\n" + head
                )
                began_s = time.monotonic()

                ended_s = _time_of_end(speaker, b"1\r\n{\r\n" if b"chunked" in head else b"{") - began_s

        assert ended_s < 2

    def test_does_not_count_for_the_next_request(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(asgi.prompt_protocol, "BODY_SECONDS", 0.5)
        with (
            running(slow_app()) as url,
            closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=5)) as connection,
        ):
            statuses = []
            for _ in range(4):
                connection.request("POST", "/parsed", body=b"{}", headers={"Content-Type": "application/json"})
                answer = connection.getresponse()
                answer.read()
                statuses.append(answer.status)
                time.sleep(0.2)

        assert statuses == [200] * 4


def slow_app() -> FastAPI:
    """An application that reads bodies in the ways that there are."""
    app = FastAPI()

    @app.get("/healthz")
    async def health() -> str:
        return "alive"

    @app.post("/parsed")
    async def parsed(body: dict[str, int]) -> int:
        return len(body)

    @app.post("/streamed")
    async def streamed(request: Request) -> int:
        return sum([len(piece) async for piece in request.stream()])

    @app.post("/answers-first")
    async def answers_first(request: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"reading"
            async for piece in request.stream():
                yield piece

        return StreamingResponse(pieces())

    return app


def _time_of_end(speaker: socket.socket, piece: bytes) -> float:
    """Send a piece now and then until the other side ends the connection, 4 s at the most, and return when that was."""
    limit_s = time.monotonic() + 4
    speaker.settimeout(0.1)
    with suppress(OSError):
        while time.monotonic() < limit_s:
            speaker.sendall(piece)
            with suppress(TimeoutError):
                if not speaker.recv(65_536):
                    break
    return time.monotonic()
