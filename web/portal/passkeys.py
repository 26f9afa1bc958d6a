"""Passkeys of a buyer: signing in by one, adding and removing them."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.passkey import CHALLENGE_LIFETIME, NAME_CHARACTERS, Fault, Purpose
from domain.access.task import safe_path
from web.portal.enter import show_enter
from web.portal.sessions import show_devices
from web.portal.show import show
from web.portal.visitor import (
    SESSION_SECONDS,
    OwnForm,
    address_of_visitor,
    cookie_name,
    delete_cookie,
    from_own_page,
    portal_of,
    set_cookie,
)
from workers.access.buyer_passkeys import (
    add_buyer_passkey,
    begin_buyer_passkey,
    remove_buyer_passkey,
    session_bound,
    sign_in_by_passkey,
)
from workers.access.passkey import Answer, ask_for_answer

COOKIE = "challenge"
"""By it a browser is known that has asked for a challenge and is not signed in."""

Passkey = Annotated[str, Form(max_length=8_000)]

router = APIRouter()


@router.post("/enter/passkey/challenge", dependencies=[Depends(from_own_page)])
def challenge(request: Request) -> Response:
    """Give out what a passkey has to answer in this browser; nobody is named, so nothing is told of who is known."""
    portal, browser = portal_of(request), secrets.token_urlsafe(32)
    if portal.site is None:
        return Response(status_code=404)
    address = address_of_visitor(request)
    purpose = Purpose.SIGN_IN
    options = ask_for_answer(portal.context, portal.site, purpose=purpose, bound_to=browser, address=address)
    if isinstance(options, Fault):
        return Response(status_code=429)
    answer = Response(options, media_type="application/json")
    set_cookie(portal, answer, COOKIE, browser, seconds=int(CHALLENGE_LIFETIME.total_seconds()))
    return answer


@router.post("/enter/passkey", dependencies=[Depends(from_own_page)])
def enter(request: Request, passkey: Passkey = "", following: Annotated[str, Form(max_length=200)] = "/") -> Response:
    """Begin a session by what a passkey has answered, and go on to the page that was wanted."""
    portal = portal_of(request)
    if not passkey or portal.site is None:
        return show_enter(request, status=400, following=following, trouble="passkey")
    browser = request.cookies.get(cookie_name(portal, COOKIE), "")
    answered = Answer(passkey, portal.site, browser)
    entered = sign_in_by_passkey(portal.context, answered, device=request.headers.get("user-agent"))
    if isinstance(entered, Fault):
        return show_enter(request, status=401, following=following, trouble="passkey")
    answer = RedirectResponse(safe_path(following), status_code=303)
    set_cookie(portal, answer, "session", entered, seconds=SESSION_SECONDS)
    delete_cookie(portal, answer, COOKIE)
    return answer


@router.post("/settings/passkeys")
def begin(request: Request, signed: OwnForm) -> Response:
    """Show the page on which a passkey is made."""
    portal, visitor = portal_of(request), signed.visitor
    if portal.site is None:
        return RedirectResponse("/settings/devices", status_code=303)
    options = begin_buyer_passkey(
        portal.context,
        visitor.account_id,
        portal.site,
        user_name=visitor.email or visitor.username or visitor.account_id,
        session_id=visitor.session_id,
    )
    if isinstance(options, Fault):
        return show_devices(request, signed, fault=options)
    reader = signed.reader
    return show(request, "passkey.html", reader, signed=signed, options=options, name_characters=NAME_CHARACTERS)


@router.post("/settings/passkeys/add")
def add(
    request: Request, signed: OwnForm, name: Annotated[str, Form(max_length=200)] = "", passkey: Passkey = ""
) -> Response:
    """Save the passkey that the browser has made."""
    portal, visitor = portal_of(request), signed.visitor
    if not passkey or portal.site is None:
        return show_devices(request, signed, fault=Fault.WRONG)
    answer = Answer(passkey, portal.site, session_bound(visitor.session_id))
    added = add_buyer_passkey(portal.context, visitor.account_id, answer, name)
    if isinstance(added, Fault):
        return show_devices(request, signed, fault=added)
    return RedirectResponse("/settings/devices", status_code=303)


@router.post("/settings/passkeys/{passkey_id}/remove")
def remove(request: Request, passkey_id: int, signed: OwnForm) -> Response:
    """Remove a passkey; the other ways to sign in stay."""
    remove_buyer_passkey(portal_of(request).context, signed.visitor.account_id, passkey_id)
    return RedirectResponse("/settings/devices", status_code=303)
