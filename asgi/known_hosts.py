"""Hosts: an application answers to its own names alone, however a request got here."""

from collections.abc import Iterable

from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

HEALTH = "/healthz"
"""Whoever watches processes asks them by their addresses."""


class KnownHosts:
    """
    ASGI middleware that refuses requests for other hosts with 400; `/healthz` is for everybody.

    A page that was made to point at us under another name (DNS rebinding), or a cache that files our pages under one,
    gets nothing.
    """

    def __init__(self, app: ASGIApp, hosts: Iterable[str]) -> None:
        self._app = app
        self._checked = TrustedHostMiddleware(app, allowed_hosts=list(hosts), www_redirect=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope.get("path") == HEALTH:
            await self._app(scope, receive, send)
        else:
            await self._checked(scope, receive, send)
