"""`GET profile/` and `POST spend_minutes/`, with and without the slash at the end: a redirect would lose the POST."""

from collections.abc import Callable
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from asgi.body import read_body
from domain.access.scope import Scope
from store.access.read import BearerToken
from web.api.access import Callers
from web.api.screph.profile import read_profile
from web.api.screph.route import ScrephRoute
from web.api.screph.spend import Spender, Spending, spend_minutes
from workers.context import Context

MAX_BODY_BYTES = 4_096


def screph_routes(context: Context, callers: Callers) -> APIRouter:
    """Return the routes of both calls. No limit by address or token: a 429 would lock a paying user out."""
    routes = APIRouter(route_class=ScrephRoute)
    minutes = Spender(context)
    reader, spender = callers.with_scope(Scope.ACCOUNT_READ), callers.with_scope(Scope.MINUTES_SPEND)

    def get_profile(token: Annotated[BearerToken, Depends(reader)]) -> Response:
        """Return the user, their packages in burn order, and the minutes that they can spend."""
        return _answer(read_profile(context, token))

    # Body and key are read here: as dependencies, each would cost a tenth of the whole call.
    async def post_spend_minutes(token: Annotated[BearerToken, Depends(spender)], request: Request) -> Response:
        """Spend minutes, all or nothing, over as many packages as it takes."""
        body = await read_body(request, max_bytes=MAX_BODY_BYTES)
        spending = Spending(body, request.headers.get("idempotency-key"))
        spent, is_repeat = await spend_minutes(minutes, token, spending)
        return _answer(spent, headers={"Idempotent-Replayed": "true"} if is_repeat else None)

    _add(routes, "/api/v1/profile", get_profile, "GET")
    _add(routes, "/api/v1/spend_minutes", post_spend_minutes, "POST")
    return routes


def _add(routes: APIRouter, path: str, endpoint: Callable[..., Any], method: str) -> None:
    routes.add_api_route(f"{path}/", endpoint, methods=[method], operation_id=endpoint.__name__)
    routes.add_api_route(path, endpoint, methods=[method], include_in_schema=False)


def _answer(body: dict[str, Any], *, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")
