"""Health: `/healthz` says that the process lives, `/readyz` that it can read the database."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from store.read import ping
from web.reading import read
from workers.context import Context


def health_routes(context: Context) -> APIRouter:
    """Return the routes; nobody needs a token for them, and they say nothing else."""
    routes = APIRouter()

    @routes.get("/healthz", operation_id="get_health", include_in_schema=False)
    async def get_health() -> Response:
        return PlainTextResponse("alive")

    @routes.get("/readyz", operation_id="get_readiness", include_in_schema=False)
    def get_readiness() -> Response:
        read(context, ping)
        return PlainTextResponse("ready")

    return routes
