"""Headers that keep a browser from doing more with an answer than showing it."""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BARE = {
    # An answer that is not a page loads nothing and may not be framed.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""For endpoints that programs call; pages bring their own."""


class SecurityHeaders:
    """
    ASGI middleware that adds headers to every answer, error pages included.

    A header that an endpoint has set itself stays as it is.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str] = BARE) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
