"""Who calls, for which account, and how often: what every route asks before anything else."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Annotated, cast

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from asgi.peers import counted_address
from asgi.problem_details import Problem
from asgi.quota import Quota
from domain.access.scope import OF_SERVERS, Scope, TokenKind
from store.access.read import BearerToken
from store.minutes.read_account import require_account
from web.api.access import Forbidden
from web.api.v1.problems import problem
from web.api.v1.settings import Api, api_of
from web.language import accepted_language
from web.reading import read
from workers.context import Context

MAX_ACCOUNT_CHARACTERS = 64

Permission = Callable[[Request], Awaitable[None]]
"""A dependency of a route; without its consent no handler runs."""


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Who calls, and for which account.

    `account_id` is empty where a server asks about none. `owner` is whose keys of idempotency these are: the account of
    a buyer's token, or the name of a server.
    """

    api: Api
    token: BearerToken
    account_id: str
    owner: str
    operation: str
    language: str | None

    @property
    def context(self) -> Context:
        """What handlers of workers need."""
        return self.api.context

    def address(self, request: Request) -> str | None:
        """
        Return where a buyer's own request comes from, by which tries of codes are counted; None: it is not known.

        A server asks for many buyers: counted by its address, they would be one.
        """
        return None if self.is_server else counted_address(request, self.api.settings.trusted_proxies)

    @property
    def is_server(self) -> bool:
        """Tell whether one of Screph's servers asks, for an account that is not its own."""
        return self.token.kind is TokenKind.SERVER


def permitted_buyer(scope: Scope, operation: str, *, widgets: bool = False) -> Permission:
    """Return a dependency: the token is an account's own and allows a scope."""
    kinds = {TokenKind.USER, TokenKind.WIDGET} if widgets else {TokenKind.USER}

    async def buyer(request: Request) -> None:
        token = await _token(request)
        if token.account_id is None or token.kind not in kinds or scope not in token.scopes:
            raise Forbidden(scope)
        if token.kind is TokenKind.WIDGET and not _is_of_its_page(request, token):
            raise Forbidden(scope)
        _admit(request, token, token.account_id, operation)

    return buyer


def permitted_server(scope: Scope, operation: str) -> Permission:
    """Return a dependency: the token is a server's and allows a scope, for any account that the path names."""
    wanted = OF_SERVERS.get(scope, scope)

    async def server(request: Request) -> None:
        token = await _token(request)
        if token.kind is not TokenKind.SERVER or wanted not in token.scopes:
            raise Forbidden(wanted)
        account_id = request.path_params.get("account_id", "")
        if len(account_id) > MAX_ACCOUNT_CHARACTERS or not account_id.isprintable():
            raise problem("unknown_account")
        if account_id and request.method == "GET":
            # Writing opens an account, as a message does; reading says that there is none.
            await run_in_threadpool(_require, api_of(request).context, account_id)
        _admit(request, token, account_id, operation)

    return server


def permitted_anybody(scope: Scope, operation: str) -> Permission:
    """Return a dependency: the token allows a scope, whoever's it is."""

    async def anybody(request: Request) -> None:
        token = await _token(request)
        if scope not in token.scopes:
            raise Forbidden(scope)
        _admit(request, token, token.account_id or "", operation)

    return anybody


def _is_of_its_page(request: Request, token: BearerToken) -> bool:
    """Tell whether a browser asks from the page that a widget's token is for, or from our own frame in it."""
    origin = request.headers.get("origin")
    return origin is None or token.origin is None or origin in (token.origin, api_of(request).settings.portal_url)


def _caller(request: Request) -> Caller:
    return cast(Caller, request.state.caller)


CallerOf = Annotated[Caller, Depends(_caller)]
"""Who calls; the permission of the route has found it out."""


def _require(context: Context, account_id: str) -> None:
    read(context, lambda session: require_account(session, account_id))


async def _token(request: Request) -> BearerToken:
    return await api_of(request).callers.token(request)


def _admit(request: Request, token: BearerToken, account_id: str, operation: str) -> None:
    api = api_of(request)
    _count(request, api, token)
    owner = token.account_id or token.name or ""
    request.state.caller = Caller(api, token, account_id, owner, operation, accepted_language(request))


def _count(request: Request, api: Api, token: BearerToken) -> None:
    is_read = request.method in ("GET", "HEAD")
    name, quota = ("reads", api.reads[token.kind]) if is_read else ("writes", api.writes[token.kind])
    usage = quota.use(token.number)
    request.state.answer_headers |= {
        "RateLimit-Policy": _policy(name, quota),
        "RateLimit": f'"{name}";r={usage.left};t={ceil(usage.full_in_seconds)}',
    }
    if usage.wait_seconds:
        sentence = f"this token may make {quota.uses} requests in {quota.seconds:g} s; come again later"
        raise Problem(429, "rate_limited", sentence, headers={"Retry-After": str(ceil(usage.wait_seconds))})


def _policy(name: str, quota: Quota) -> str:
    return f'"{name}";q={quota.uses};w={quota.seconds:g}'
