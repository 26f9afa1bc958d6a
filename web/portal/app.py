"""The portal as an ASGI application."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.types import ASGIApp, Scope

from asgi.known_hosts import KnownHosts
from asgi.printable import PrintableAddresses
from asgi.refusal import RequestRefused, refusal_response
from asgi.security_headers import SecurityHeaders
from asgi.telemetry import telemetry
from domain.access.task import HOME, safe_path
from messages.errors import Unavailable, Unstorable
from web.days_of_use import days_of_use
from web.live.live import Live
from web.look.pages import Pages
from web.portal import (
    appearance,
    buy,
    change,
    enter,
    enter_code,
    events,
    export,
    first_look,
    friends,
    history,
    home,
    installing,
    methods,
    notices,
    passkeys,
    personal_data,
    push,
    receipts,
    refunds,
    sessions,
    subscribe,
    subscription,
    topup,
    unsubscribe,
    widget,
)
from web.portal.settings import Portal
from web.portal.show import show
from web.portal.visitor import Forged, NotSignedIn, ReadOnly, changes_nothing, reader_of

FOLDER = Path(__file__).parent

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
            " font-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none';"
            " frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # What an account has stands in no cache, not even in the browser's own.
        "Cache-Control": "no-store",
    }
)
"""Of every page; an endpoint that sets one itself keeps its own."""


MAX_BODY_BYTES = 65_536

_WITH_SECRETS = ("/enter", "/unsubscribe", "/invited")


def has_secret(scope: Scope) -> bool:
    """Tell whether the path of a request may hold a secret, so that no trace may hold the path."""
    return str(scope.get("path", "")).startswith(_WITH_SECRETS)


TELEMETRY = telemetry(has_secret=has_secret)
"""No paths with secrets, and no values of forms."""


def create_portal(portal: Portal) -> ASGIApp:
    """Return the application that serves the portal."""
    app = FastAPI(
        title="Screph billing: portal",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=MAX_BODY_BYTES,
        telemetry=TELEMETRY,
        dependencies=[Depends(changes_nothing)],
    )
    app.router.redirect_slashes = False
    app.state.portal = portal
    app.state.live = Live(portal.context)
    app.state.days_of_use = days_of_use()
    app.state.pages = Pages(templates=[FOLDER / "templates"], static=[FOLDER / "static"])
    for part in (
        home,
        events,
        buy,
        friends,
        history,
        export,
        receipts,
        refunds,
        subscription,
        subscribe,
        change,
        methods,
        topup,
        notices,
        unsubscribe,
        enter_code,
        enter,
        passkeys,
        sessions,
        personal_data,
        appearance,
        widget,
        installing,
        push,
    ):
        app.include_router(part.router)
    if portal.first_look is not None:
        app.include_router(first_look.router)
    app.add_api_route("/static/{name}", _static, methods=["GET"])
    app.add_api_route("/healthz", _health, methods=["GET"])
    app.add_exception_handler(NotSignedIn, _ask_to_sign_in)
    app.add_exception_handler(Forged, _refuse)
    app.add_exception_handler(ReadOnly, _read_only)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(Unstorable, _malformed)
    app.add_exception_handler(RequestRefused, _too_many)
    app.add_exception_handler(404, _not_found)
    strict = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if portal.is_secure else {}
    return SecurityHeaders(KnownHosts(PrintableAddresses(app), portal.hosts), {**HEADERS, **strict})


def _static(request: Request, name: str) -> Response:
    pages: Pages = request.app.state.pages
    return pages.static_files.serve(request, name)


def _health() -> Response:
    return Response(status_code=200)


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        # Whoever opens a link of a mail comes to its page in the end.
        wanted = safe_path(request.scope["path"])
        return RedirectResponse("/enter" if wanted == HOME else f"/enter?next={wanted}", status_code=303)
    return show(request, "signed_out.html", reader_of(request), status=401)


def _refuse(request: Request, error: Exception) -> Response:
    return show(request, "refused.html", reader_of(request), status=403)


def _read_only(request: Request, error: Exception) -> Response:
    return show(request, "read_only.html", reader_of(request), status=403)


def _malformed(request: Request, error: Exception) -> Response:
    # FastAPI's own answer is JSON for programs; buyers read pages. Only a changed form or address gets here.
    return show(request, "refused.html", reader_of(request), status=422)


def _too_many(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestRefused)
    return refusal_response(error)


def _not_found(request: Request, error: Exception) -> Response:
    return show(request, "not_found.html", reader_of(request), status=404)


def _unavailable(request: Request, error: Exception) -> Response:
    return show(request, "unavailable.html", reader_of(request), status=503)
