"""Who calls: the token of a request, and whether it allows what is asked."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from broker.middleware import GiveBack
from domain.access.scope import Scope, TokenKind
from domain.access.token import hash_token, is_token
from messages.errors import Unavailable
from store.access.read import BearerToken, find_token
from web.reading import read
from web.recent import Recent
from workers.access.token import NOTED_EVERY, note_use
from workers.context import Context

log = logging.getLogger(__name__)

REMEMBERED_SECONDS = 5.0
"""A token that was revoked works for so long at the most. Source: domain/access/README.md, "Ended"."""

SCHEMES = ("bearer", "token")
"""Screph's program says `Token`, as its old backend wanted it."""


class Unauthorized(HTTPException):
    """A request brings no token that works."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(HTTPException):
    """A token works and does not allow this."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(403, f"this token does not allow {scope}")


class Callers:
    """Knows who calls, by the token of a request; each is looked up once in some seconds."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tokens = Recent[bytes, BearerToken](seconds=REMEMBERED_SECONDS)

    def with_scope(self, scope: Scope) -> Callable[[Request], Awaitable[BearerToken]]:
        """Return a dependency of routes: the caller's token, if it allows what a scope names."""

        async def caller(request: Request) -> BearerToken:
            token = await self.token(request)
            # A widget's token lies open on a page: it shows a balance, and says nothing else of its account.
            if scope not in token.scopes or token.kind is TokenKind.WIDGET:
                raise Forbidden(scope)
            return token

        return caller

    async def token(self, request: Request) -> BearerToken:
        """
        Return the token that a request brings, whatever it allows.

        Raises:
            Unauthorized: there is none that works.
        """
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        text = text.strip()
        if scheme.lower() not in SCHEMES or not text:
            raise Unauthorized("send a token: `Authorization: Bearer …`")
        if not is_token(text):
            raise Unauthorized("this is not a token: it was cut, or mistyped")
        sha256 = hash_token(text)
        token = self._tokens.get(sha256)
        if token is None:
            since = self._tokens.now()
            token = await run_in_threadpool(self._look_up, sha256)
            if token is not None:
                self._tokens.put(sha256, token, since=since)
        if token is None or not token.is_live(self._context.clock()):
            raise Unauthorized("nobody knows this token, or it has ended")
        return token

    def _look_up(self, sha256: bytes) -> BearerToken | None:
        token = read(self._context, lambda session: find_token(session, sha256))
        if token is not None and _is_to_note(token, self._context.clock()):
            try:
                note_use(replace(self._context, patience_seconds=0), token.number)
            except (Unavailable, GiveBack) as error:
                # Whoever can read may read on, also where nothing can be written for a while.
                log.warning("that token %d is in use could not be noted: %s", token.number, error)
        return token


def _is_to_note(token: BearerToken, now: datetime) -> bool:
    return token.is_live(now) and (token.last_used_at is None or now - token.last_used_at >= NOTED_EVERY)
