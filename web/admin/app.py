"""The admin pages as an ASGI application."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Scope

from asgi.printable import PrintableAddresses
from asgi.security_headers import SecurityHeaders
from asgi.telemetry import telemetry
from messages.errors import Unavailable, Unstorable
from web.admin import (
    account,
    account_actions,
    audit_log,
    campaign_new,
    campaigns,
    catalogue,
    catalogue_change,
    export,
    factors,
    installation,
    letters,
    letters_many,
    money,
    oidc,
    operators,
    orders,
    personal_data,
    programme_new,
    promotion_new,
    promotions,
    queues,
    reconciliation,
    rows,
    saved,
    search,
    second_person,
    sessions,
    sign_in,
    standing,
    statistics,
    subscriptions,
    today,
    trace,
    view_as,
)
from web.admin.operator import Forged, NotAllowed, NotSignedIn, ProofNeeded, admin_of, signed_in
from web.admin.refused import refuse
from web.admin.settings import Admin
from web.admin.show import show
from web.look.pages import Pages

FOLDER = Path(__file__).parent

MAX_BODY_BYTES = 65_536

PARTS = (
    today,
    saved,
    search,
    account,
    account_actions,
    standing,
    personal_data,
    view_as,
    second_person,
    orders,
    money,
    reconciliation,
    subscriptions,
    promotions,
    promotion_new,
    programme_new,
    campaigns,
    campaign_new,
    catalogue,
    catalogue_change,
    rows,
    statistics,
    queues,
    letters_many,  # before the path of one letter, which `many` would be taken for
    letters,
    trace,
    audit_log,
    export,
    operators,
    installation,
    sessions,
    factors,
    oidc,
    sign_in,
)
"""Each has a `router` with its pages."""

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
            " font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # What is known of people stands in no cache, not even in the browser's own.
        "Cache-Control": "no-store",
    }
)
"""Of every page; an endpoint that sets one itself keeps its own."""

_PROOF_FIELDS = ("form_secret", "proof", "proof_passkey")


def create_admin(admin: Admin) -> ASGIApp:
    """Return the application that serves the admin pages."""
    app = FastAPI(
        title="Screph billing: admin",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        max_body_size=MAX_BODY_BYTES,
        telemetry=telemetry(has_secret=_has_secret),
    )
    app.router.redirect_slashes = False
    app.state.admin = admin
    app.state.pages = Pages(templates=[FOLDER / "templates"], static=[FOLDER / "static"])
    app.state.board = queues.open_board(admin, app.state.pages)
    for part in PARTS:
        app.include_router(part.router.routes)
    app.add_api_route("/static/{name}", _static, methods=["GET"])
    app.add_api_route("/healthz", _health, methods=["GET"])
    app.add_exception_handler(NotSignedIn, _ask_to_sign_in)
    app.add_exception_handler(Forged, _refuse)
    app.add_exception_handler(NotAllowed, _not_allowed)
    app.add_exception_handler(ProofNeeded, _ask_for_proof)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(Unstorable, _malformed)
    app.add_exception_handler(404, _not_found)
    strict = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if admin.is_secure else {}
    hosts = TrustedHostMiddleware(PrintableAddresses(app), allowed_hosts=admin.hosts, www_redirect=False)
    return SecurityHeaders(hosts, {**HEADERS, **strict})


def _has_secret(scope: Scope) -> bool:
    return str(scope.get("path", "")).startswith(("/invite/", "/oidc/"))


def _static(request: Request, name: str) -> Response:
    pages: Pages = request.app.state.pages
    return pages.static_files.serve(request, name)


def _health() -> Response:
    return Response(status_code=200)


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    if request.method == "GET":
        return RedirectResponse("/sign-in", status_code=303)
    return show(request, "signed_out.html", status=401)


def _refuse(request: Request, error: Exception) -> Response:
    return show(request, "refused.html", status=403)


def _not_allowed(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotAllowed)
    return refuse(request, error.permission)


async def _ask_for_proof(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProofNeeded)
    # The same form comes again with the proof, so nothing that was typed is lost.
    form = await request.form()
    fields = [(name, str(value)) for name, value in form.multi_items() if name not in _PROOF_FIELDS]
    admin = admin_of(request)
    signed = await run_in_threadpool(signed_in, request)
    return show(
        request,
        "proof.html",
        signed,
        status=403,
        fields=fields,
        fault=error.fault,
        has_site=admin.site is not None,
        provider=admin.proving_provider,
    )


def _malformed(request: Request, error: Exception) -> Response:
    # FastAPI's own answer is JSON for programs; operators read pages. Only a changed form or address gets here.
    return show(request, "malformed.html", status=422)


def _not_found(request: Request, error: Exception) -> Response:
    return show(request, "nothing_here.html", status=404)


def _unavailable(request: Request, error: Exception) -> Response:
    return show(request, "unavailable.html", status=503)
