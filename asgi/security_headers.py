"""Headers that keep a browser from doing more with an answer than showing it."""

from collections.abc import Mapping

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
        # As they go out, for this is done for every answer.
        self._headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and add the headers to its answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                present = {name for name, _ in headers}
                message["headers"] = [*headers, *(each for each in self._headers if each[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_with_headers)
