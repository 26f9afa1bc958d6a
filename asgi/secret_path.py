"""A secret in the path of an address: checked and masked before anything else sees the request."""

from collections.abc import Iterable
from hmac import compare_digest
from urllib.parse import quote

from starlette.types import ASGIApp, Receive, Scope, Send

MASK = "***"


class SecretPath:
    """
    ASGI middleware that checks a secret in the path and masks it.

    `/webhooks/stripe/<secret>` goes on as `/webhooks/stripe/***`, and `request.state.has_path_secret` says whether
    the secret was right. Only known words stay in the path: a wrong secret, or the right one in a wrong place, is
    masked as well. The query goes. So no log, trace, redirect or error page behind this can hold the secret; the
    scope is changed in place, for the server's access log reads the same one.

    Args:
        app: gets the requests.
        secret: the one segment that is wanted; None: there must be none.
        known: every other segment that an address may have.
    """

    def __init__(self, app: ASGIApp, *, secret: str | None, known: Iterable[str]) -> None:
        self._app = app
        self._secret = (secret or "").encode()
        self._known = frozenset(known) | {""}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mask the path and pass the request on."""
        if scope["type"] in ("http", "websocket"):
            self._mask(scope)
        await self._app(scope, receive, send)

    def _mask(self, scope: Scope) -> None:
        segments = scope["path"].split("/")
        unknown = [segment for segment in segments if segment not in self._known]
        given = unknown[0] if len(unknown) == 1 else ""
        is_right = len(unknown) <= 1 and compare_digest(self._secret, given.encode("utf-8", "surrogatepass"))
        path = "/".join(segment if segment in self._known else MASK for segment in segments)
        scope["path"], scope["raw_path"], scope["query_string"] = path, quote(path, safe="/*").encode(), b""
        scope.setdefault("state", {})["has_path_secret"] = is_right
