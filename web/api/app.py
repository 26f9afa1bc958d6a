"""The API as one ASGI application."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from asgi.problem_details import use_problem_details
from asgi.security_headers import SecurityHeaders
from web.api.access import Callers
from web.api.health import health_routes
from web.api.screph.routes import screph_routes
from web.reading import PATIENCE_SECONDS
from workers.context import Context

MAX_BODY_BYTES = 65_536


def create_api(context: Context, *, hosts: Sequence[str] = ("*",)) -> ASGIApp:
    """
    Return the API.

    Args:
        context: what handlers need, with an engine of its own.
        hosts: names by which it may be called, `*` for any.
    """
    context = replace(context, patience_seconds=PATIENCE_SECONDS)
    app = FastAPI(
        title="Screph billing",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # `requests` repeats a redirected POST as a GET, so a slash too many or too few must never redirect.
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
    )
    use_problem_details(app)
    app.include_router(health_routes(context))
    app.include_router(screph_routes(context, Callers(context)))
    return SecurityHeaders(TrustedHostMiddleware(app, allowed_hosts=list(hosts), www_redirect=False))
