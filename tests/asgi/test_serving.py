"""Serving: answers leave at once."""

import http.client
import time
from contextlib import closing
from statistics import median

from fastapi import FastAPI

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
