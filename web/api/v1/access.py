"""Access: a link that opens the portal, and the tokens of an account."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import Field

from domain.access.scope import Scope, TokenKind
from domain.access.session import ENTRY_LIFETIME
from messages.fields import Data
from store.access.read import UnknownToken, list_tokens
from web.api.v1.ask import source_of
from web.api.v1.caller import CallerOf
from web.api.v1.fields import Answer, At, Number
from web.api.v1.operation import Family
from web.api.v1.paging import DEFAULT_LIMIT, Cursor, Limit, page
from web.api.v1.problems import problem
from web.reading import read
from workers.access.sessions import NoSuchAccount, make_entry_link
from workers.access.token import revoke_token

family = Family("Access", "Opening the portal, and the tokens of an account.")

Task = Literal["home", "buy", "orders", "history", "subscription", "cancel", "method", "friends", "notices", "devices"]

PAGES: dict[Task, str] = {
    "home": "/",
    "buy": "/buy",
    "orders": "/receipts",
    "history": "/history",
    "subscription": "/subscription",
    "cancel": "/subscription",
    "method": "/subscription/method",
    "friends": "/friends",
    "notices": "/settings/notices",
    "devices": "/settings/devices",
}
"""The page of the portal that each task leads to."""


class NewPortalSession(Data):
    """What the buyer wants to do in the portal."""

    task: Annotated[Task, Field(description="The page that the link leads to")] = "home"


class PortalSession(Answer):
    """An address that opens the portal, signed in; once, and only for a moment."""

    url: Annotated[str, Field(description="Open it in the buyer's browser at once")]
    expires_at: At


class TokenAnswer(Answer):
    """A token; never the token itself."""

    number: int
    kind: TokenKind
    last_four: Annotated[str, Field(examples=["x7Qk"])]
    scopes: list[Scope]
    created_at: At
    expires_at: datetime | None
    last_used_at: Annotated[datetime | None, Field(description="Noted once an hour at the most")]
    revoked_at: datetime | None
    is_this: Annotated[bool, Field(description="The one that asks")]


class TokenList(Answer):
    """A page of tokens, the newest first."""

    items: list[TokenAnswer]
    next_cursor: str | None


SESSION = {"url": "https://my.screph.example/enter/bm90IGEgcmVhbCB0b2tlbg", "expires_at": "2026-11-28T09:01:00Z"}

TOKEN = {
    "number": 17,
    "kind": "user",
    "last_four": "x7Qk",
    "scopes": ["account:read", "minutes:spend"],
    "created_at": "2026-11-01T09:00:00Z",
    "expires_at": None,
    "last_used_at": "2026-11-28T08:12:00Z",
    "revoked_at": None,
    "is_this": True,
}


@family.add(
    "POST",
    "/portal-sessions",
    Scope.ACCOUNT_WRITE,
    status=201,
    problems=("unknown_account",),
    asked={"task": "buy"},
    answers=PortalSession,
    example=SESSION,
)
def create_portal_session(caller: CallerOf, wanted: NewPortalSession) -> PortalSession:
    """
    Make an address that opens the portal.

    It works once, within a minute, and shows a button first. It takes no Idempotency-Key: of a secret nothing is kept
    that a repeat could be answered with, and asking again harms nobody.
    """
    context, task = caller.context, PAGES[wanted.task]
    expires_at = context.clock() + ENTRY_LIFETIME
    try:
        token = make_entry_link(context, caller.account_id, task=task, asked_by=source_of(caller))
    except NoSuchAccount as error:
        raise problem("unknown_account", str(error)) from error
    return PortalSession(url=f"{caller.api.settings.portal_url}/enter/{token}", expires_at=expires_at)


@family.add(
    "GET",
    "/tokens",
    Scope.ACCOUNT_READ,
    problems=("cursor_invalid",),
    answers=TokenList,
    example={"items": [TOKEN], "next_cursor": None},
)
def list_own_tokens(
    request: Request, caller: CallerOf, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> TokenList:
    """List the tokens of the account, the newest first; never the tokens themselves."""

    def find(inner: str | None) -> tuple[list[TokenAnswer], str | None]:
        found = read(
            caller.context,
            lambda session: list_tokens(session, account_id=caller.account_id, limit=limit, cursor=inner),
        )
        same = TokenAnswer.model_fields.keys() - {"scopes", "is_this"}
        lines = [
            TokenAnswer(
                scopes=[Scope(scope) for scope in line.scopes.split()],
                is_this=line.number == caller.token.number,
                **{name: getattr(line, name) for name in same},
            )
            for line in found.lines
        ]
        return lines, found.next_cursor

    items, next_cursor = page(request, cursor, find)
    return TokenList(items=items, next_cursor=next_cursor)


@family.add("DELETE", "/tokens/{number}", Scope.ACCOUNT_WRITE, status=204, problems=("not_found",))
def revoke_own_token(caller: CallerOf, number: Number) -> Response:
    """Revoke a token of the account; within 5 seconds nobody takes it any more."""
    try:
        revoke_token(caller.context, number, of_account=caller.account_id)
    except UnknownToken as error:
        raise problem("not_found", f"the account has no token {number}") from error
    return Response(status_code=204)
