"""What every HTTP application counts of its requests."""

import time
from typing import Any

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asgi.request_id import RequestIds

UNKNOWN_ROUTE = "none"
"""Stands for whatever path led to no route: paths are of the callers' making, and each label is a time series."""

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_REQUESTS = Counter(
    "billing_http_requests_total",
    "Requests that were answered.",
    ["app", "route", "method", "status"],
)
_DURATION = Histogram(
    "billing_http_request_duration_seconds",
    "From the first byte of a request to the last of its answer.",
    ["app", "route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_IN_FLIGHT = Gauge("billing_http_requests_in_flight", "Requests that are being answered.", ["app"])


class RequestMetrics:
    """
    ASGI middleware around a whole application: counts and times requests, and gives each an id.

    Labels are the route's template, never a path: a path may hold a secret, and there is no end of them. A client
    that leaves before there is an answer counts with status 499, as proxies write it.
    """

    def __init__(self, app: ASGIApp, name: str) -> None:
        """
        Wrap an application.

        Args:
            app: any ASGI application whose routes are FastAPI's or Starlette's.
            name: the label `app`.
        """
        self._app = RequestIds(app)
        self._name = name
        self._in_flight = _IN_FLIGHT.labels(name)
        # To find them by their labels takes longer than to count; there are as many as there are series.
        self._requests: dict[tuple[str, str, int], Counter] = {}
        self._durations: dict[tuple[str, str], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count it when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, is_stream = 499, False

        async def send_and_note(message: Message) -> None:
            nonlocal status, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = any(
                    name == b"content-type" and value.startswith(b"text/event-stream")
                    for name, value in message.get("headers", ())
                )
            await send(message)

        self._in_flight.inc()
        began = time.perf_counter()
        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            # Starlette has answered already where it could, and the server logs it.
            status = 500
            raise
        finally:
            self._in_flight.dec()
            # A stream is open for as long as a page is; that says nothing about how fast we are.
            self._count(scope, status, None if is_stream else time.perf_counter() - began)

    def _count(self, scope: Scope, status: int, seconds: float | None) -> None:
        method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
        route = _route_of(scope.get("route"))
        answered = (route, method, status)
        if (requests := self._requests.get(answered)) is None:
            requests = self._requests[answered] = _REQUESTS.labels(self._name, *answered)
        requests.inc()
        if seconds is not None:
            asked = (route, method)
            if (durations := self._durations.get(asked)) is None:
                durations = self._durations[asked] = _DURATION.labels(self._name, *asked)
            durations.observe(seconds)


def _route_of(route: Any) -> str:
    return getattr(route, "path", UNKNOWN_ROUTE)
