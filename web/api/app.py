"""The API as one ASGI application."""

from collections.abc import Sequence
from dataclasses import replace

from fastapi import FastAPI, Request, Response
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp

from asgi.plain_errors import PlainErrors
from asgi.problem_details import problem_response, use_problem_details
from asgi.request_id import RequestIds
from asgi.security_headers import SecurityHeaders
from asgi.telemetry import telemetry
from store.minutes.read import UnknownAccount
from web.api.access import Callers
from web.api.docs.routes import docs_routes
from web.api.health import health_routes
from web.api.screph.routes import add_screph_routes
from web.api.v1.families import FAMILIES
from web.api.v1.operation import routes_of
from web.api.v1.problems import TranslatedWording, problem
from web.api.v1.settings import Api, ApiSettings
from web.reading import PATIENCE_SECONDS
from workers.context import Context

MAX_BODY_BYTES = 65_536


def create_api(context: Context, settings: ApiSettings | None = None, *, hosts: Sequence[str] = ("*",)) -> ASGIApp:
    """
    Return the API.

    Args:
        context: what handlers need, with an engine of its own.
        settings: where buyers are sent, and how often tokens may ask.
        hosts: names by which it may be called, `*` for any.
    """
    settings = settings or ApiSettings()
    app = create_app(context, settings)
    known = TrustedHostMiddleware(_for_widgets(app, settings), allowed_hosts=list(hosts), www_redirect=False)
    return RequestIds(SecurityHeaders(PlainErrors(known, worded_by=app)))


def _for_widgets(app: ASGIApp, settings: ApiSettings) -> ASGIApp:
    """Let the pages that show a balance read it; whether their token may, its own origin says."""
    if not settings.widget_origins:
        return app
    return CORSMiddleware(
        app,
        # The widget in a frame is a page of the portal.
        allow_origins=[*settings.widget_origins, settings.portal_url],
        allow_methods=["GET"],
        allow_headers=["Authorization", "If-None-Match", "Last-Event-ID"],
        expose_headers=["ETag", "Retry-After"],
        max_age=600,
    )


def create_app(context: Context, settings: ApiSettings | None = None) -> FastAPI:
    """Return the application itself, with its routes, without what is around it."""
    context = replace(context, patience_seconds=PATIENCE_SECONDS)
    app = FastAPI(
        title="Screph billing",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # `requests` repeats a redirected POST as a GET, so a slash too many or too few must never redirect.
        redirect_slashes=False,
        max_body_size=MAX_BODY_BYTES,
        telemetry=telemetry(),
    )
    use_problem_details(app, TranslatedWording())
    app.add_exception_handler(UnknownAccount, _unknown_account)
    callers = Callers(context)
    app.state.api = Api(context, callers, settings or ApiSettings())
    add_screph_routes(app.router, context, callers)
    app.include_router(health_routes(context))
    app.include_router(routes_of(FAMILIES))
    app.include_router(docs_routes())
    return app


def _unknown_account(request: Request, error: Exception) -> Response:
    return problem_response(request, problem("unknown_account", str(error)))
