"""`GET profile/` and `POST spend_minutes/`, with and without the slash at the end: a redirect would lose the POST."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from asgi.body import read_body
from domain.access.scope import Scope
from store.access.read import BearerToken
from web.api.access import Callers
from web.api.screph.contract import PROFILE, SPENT, ScrephProfile, ScrephSpent, answers
from web.api.screph.profile import read_profile
from web.api.screph.route import AWAY, BROKEN, TEXTS, ScrephRoute
from web.api.screph.spend import NOT_POSITIVE, OTHER_CONTENT, Spender, Spending, spend_minutes
from workers.context import Context

MAX_BODY_BYTES = 4_096

TAG = "Screph's program"


def add_screph_routes(routes: APIRouter, context: Context, callers: Callers) -> None:
    """
    Add the routes of both calls. No limit by address or token: a 429 would lock a paying user out.

    They are routes of the application itself, before all others: those of a router that is included are looked for
    twice in each request.
    """
    minutes = Spender(context)
    reader, spender = callers.with_scope(Scope.ACCOUNT_READ), callers.with_scope(Scope.MINUTES_SPEND)

    async def get_profile(token: Annotated[BearerToken, Depends(reader)], request: Request) -> Response:
        """Return the user, their packages in burn order, and the minutes that they can spend."""
        return _answer(await run_in_threadpool(read_profile, context, token))

    async def post_spend_minutes(token: Annotated[BearerToken, Depends(spender)], request: Request) -> Response:
        """Spend minutes, all or nothing, over as many packages as it takes."""
        body = await read_body(request, max_bytes=MAX_BODY_BYTES)
        spending = Spending(body, request.headers.get("idempotency-key"))
        spent, is_repeat = await spend_minutes(minutes, token, spending)
        return _answer(spent, headers={"Idempotent-Replayed": "true"} if is_repeat else None)

    always = {401: TEXTS[401], 403: TEXTS[403], 500: BROKEN, 503: AWAY}
    profile = answers(ScrephProfile, PROFILE, always)
    refused = {400: NOT_POSITIVE, 413: TEXTS[413], 422: OTHER_CONTENT}
    spent = answers(ScrephSpent, SPENT, dict(sorted((always | refused).items())))
    _add(
        routes,
        "/api/v1/profile",
        get_profile,
        "GET",
        {"responses": profile, "openapi_extra": _security(Scope.ACCOUNT_READ)},
    )
    _add(
        routes,
        "/api/v1/spend_minutes",
        post_spend_minutes,
        "POST",
        {
            "responses": spent,
            "openapi_extra": _security(Scope.MINUTES_SPEND) | {"requestBody": _ASKED, "parameters": [_KEY]},
        },
    )


_ASKED = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": "#/components/schemas/ScrephSpending"},
            "example": {"minutes_to_spend": 5},
        },
    },
}


_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "With it a repeat spends nothing more; without it two equal calls spend twice",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "6d1f0a4e-3c1b-4a0e-9a51-0c1f4d1c7a11",
}


def _security(scope: Scope) -> dict[str, Any]:
    return {"security": [{"token": [str(scope)]}], "x-scope": str(scope)}


def _add(routes: APIRouter, path: str, endpoint: Callable[..., Any], method: str, said: dict[str, Any]) -> None:
    name, text = endpoint.__name__.removeprefix("post_"), endpoint.__doc__ or ""
    summary = name.replace("_", " ").capitalize()
    named: dict[str, Any] = {"operation_id": name, "tags": [TAG], "summary": summary, "description": text}
    hidden: dict[str, Any] = {"include_in_schema": False}
    # The program sends the slash; the reference shows the address without it, as everywhere else.
    named["route_class_override"] = hidden["route_class_override"] = ScrephRoute
    routes.add_api_route(f"{path}/", endpoint, methods=[method], **hidden)
    routes.add_api_route(path, endpoint, methods=[method], **named, **said)


def _answer(body: dict[str, Any], *, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")
