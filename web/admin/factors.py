"""By what an operator signs in: their own passkeys and their own app, added and removed; one always stays."""

from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.passkey import NAME_CHARACTERS, Purpose
from domain.access.role import Permission
from store.access.read_passkeys import find_own_factors, find_own_identity
from store.reading import reading
from web.admin.drawing import drawing_of
from web.admin.operator import Signed, SignedIn, admin_of
from web.admin.passkeys import NO_SITE, give_challenge, read_answer
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.factor import is_totp_secret, new_totp_secret, totp_address
from workers.access.operator_factors import (
    UnableToChangeFactor,
    add_own_passkey,
    begin_own_passkey,
    remove_own_app,
    remove_own_passkey,
    session_bound,
    set_own_app,
)

router = AdminRouter()

Text = Annotated[str, Form(max_length=200)]


@router.page("/factors", Permission.OWN_SESSIONS)
def factors(request: Request, signed: SignedIn) -> Response:
    """Show by what one signs in."""
    return _page(request, signed)


@router.action("/proof/challenge", Permission.OWN_SESSIONS)
def challenge(request: Request, signed: SignedIn) -> Response:
    """Give out what a passkey has to answer, in place of a code."""
    bound_to = session_bound(signed.operator.session_id)
    return give_challenge(request, purpose=Purpose.PROVE, bound_to=bound_to)


@router.action("/factors/passkey", Permission.OWN_FACTORS)
def begin(request: Request, signed: SignedIn) -> Response:
    """Show the page on which a passkey is made."""
    admin = admin_of(request)
    if admin.site is None:
        return _page(request, signed, fault=NO_SITE)
    try:
        options = begin_own_passkey(admin.context, signed.actor, admin.site)
    except UnableToChangeFactor as error:
        return _page(request, signed, fault=str(error))
    return show(request, "passkey.html", signed, options=options, name_characters=NAME_CHARACTERS)


@router.action("/factors/passkey/add", Permission.OWN_FACTORS)
def add(
    request: Request, signed: SignedIn, name: Text = "", passkey: Annotated[str, Form(max_length=8_000)] = ""
) -> Response:
    """Save the passkey that the browser has made."""
    admin = admin_of(request)
    answer = read_answer(admin, passkey, bound_to=session_bound(signed.operator.session_id))
    if answer is None:
        return _page(request, signed, fault="Your browser has made no passkey. It has to run scripts for that.")
    try:
        add_own_passkey(admin.context, signed.actor, answer, name)
    except UnableToChangeFactor as error:
        return _page(request, signed, fault=str(error))
    return RedirectResponse("/factors", status_code=303)


@router.action("/factors/passkey/{passkey_id}/remove", Permission.OWN_FACTORS)
def remove(request: Request, passkey_id: int, signed: SignedIn) -> Response:
    """Remove a passkey; the last factor stays."""
    try:
        remove_own_passkey(admin_of(request).context, signed.actor, passkey_id)
    except UnableToChangeFactor as error:
        return _page(request, signed, fault=str(error))
    return RedirectResponse("/factors", status_code=303)


@router.action("/factors/app", Permission.OWN_FACTORS)
def begin_app(request: Request, signed: SignedIn) -> Response:
    """Show the secret for an app."""
    return _app_page(request, signed, new_totp_secret())


@router.action("/factors/app/set", Permission.OWN_FACTORS)
def set_app(request: Request, signed: SignedIn, secret: Text = "", code: Text = "") -> Response:
    """Let the codes of an app count, in place of those of one before."""
    try:
        set_own_app(admin_of(request).context, signed.actor, secret, code)
    except UnableToChangeFactor as error:
        return _app_page(request, signed, secret if is_totp_secret(secret) else new_totp_secret(), fault=str(error))
    return RedirectResponse("/factors", status_code=303)


@router.action("/factors/app/remove", Permission.OWN_FACTORS)
def remove_app(request: Request, signed: SignedIn) -> Response:
    """Let the app's codes count no more; the last factor stays."""
    try:
        remove_own_app(admin_of(request).context, signed.actor)
    except UnableToChangeFactor as error:
        return _page(request, signed, fault=str(error))
    return RedirectResponse("/factors", status_code=303)


def _page(request: Request, signed: Signed, *, fault: str | None = None) -> Response:
    admin = admin_of(request)
    provider = admin.provider
    with reading(admin.context.engine) as session:
        own = find_own_factors(session, signed.operator.number)
        identity = provider and find_own_identity(session, signed.operator.number, provider.issuer)
    return show(
        request,
        "factors.html",
        signed,
        status=200 if fault is None else 409,
        own=own,
        has_site=admin.site is not None,
        provider=provider,
        identity=identity,
        fault=fault,
    )


def _app_page(request: Request, signed: Signed, secret: str, *, fault: str | None = None) -> Response:
    rows = drawing_of(totp_address(secret, signed.operator.name))
    status = 200 if fault is None else 422
    return show(request, "app.html", signed, status=status, secret=secret, rows=rows, fault=fault)
