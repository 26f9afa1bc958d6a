"""Addresses that nobody could have typed: what cannot be printed in them is replaced before anything reads it."""

from starlette.types import ASGIApp, Receive, Scope, Send

REPLACED = "\ufffd"


class PrintableAddresses:
    """
    ASGI middleware that replaces what cannot be printed in path and query, a zero above all.

    PostgreSQL has no text with a zero in it, so a query for one fails. What the address names is then simply not there.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with an address that can be printed."""
        if scope["type"] == "http":
            path, query = scope["path"], scope["query_string"]
            if not path.isprintable():
                path = "".join(letter if letter.isprintable() else REPLACED for letter in path)
            if b"%00" in query:
                query = query.replace(b"%00", b"%EF%BF%BD")
            scope = {**scope, "path": path, "query_string": query}
        await self._app(scope, receive, send)
