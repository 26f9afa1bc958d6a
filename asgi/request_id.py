"""Request ids: each request has one, so that whoever asks and whoever looks mean the same."""

import re
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"

REQUEST_ID: ContextVar[str | None] = ContextVar("request_id", default=None)
"""Set while a request is answered, also in the threads that answer it; lines of the log name it."""

_FORM = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIds:
    """
    ASGI middleware that gives each request an id, and its answer the headers that were collected for it.

    An id that came with the request is taken, if it has the form of one. What runs behind this finds it in
    `request.state.request_id`, and may put headers of the answer into `request.state.answer_headers`, which errors
    have as well. Within another one of its kind it does nothing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""
        if scope["type"] != "http" or "request_id" in scope.get("state", {}):
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        request_id = given if _FORM.fullmatch(given) else str(uuid4())
        collected: dict[str, str] = {HEADER: request_id}
        scope.setdefault("state", {}).update(request_id=request_id, answer_headers=collected)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in collected.items():
                    headers[name] = value
            await send(message)

        token = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            REQUEST_ID.reset(token)
