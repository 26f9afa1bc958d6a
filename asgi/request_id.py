"""Request ids: each request has one, so that whoever asks and whoever looks mean the same."""

import re
from contextvars import ContextVar
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-Id"

_RAW_HEADER = HEADER.lower().encode()

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
        given = next((value for name, value in scope["headers"] if name == _RAW_HEADER), b"").decode("latin-1")
        request_id = given if _FORM.fullmatch(given) else str(uuid4())
        collected: dict[str, str] = {HEADER: request_id}
        scope.setdefault("state", {}).update(request_id=request_id, answer_headers=collected)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                ours = {name.lower().encode(): value.encode("latin-1") for name, value in collected.items()}
                theirs = (header for header in message.get("headers", ()) if header[0] not in ours)
                message["headers"] = [*theirs, *ours.items()]
            await send(message)

        token = REQUEST_ID.set(request_id)
        try:
            await self._app(scope, receive, send_with_headers)
        finally:
            REQUEST_ID.reset(token)
