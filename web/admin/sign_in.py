"""Signing in with a password and a second factor, taking an invitation up, and signing out."""

import secrets
from typing import Annotated

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.passkey import CHALLENGE_LIFETIME, Purpose
from domain.access.role import Permission
from web.admin.drawing import drawing_of
from web.admin.operator import SESSION_SECONDS, SignedIn, address_of, admin_of, cookie_name, set_cookie
from web.admin.passkeys import give_challenge, read_answer
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.factor import Proof
from workers.access.operator_sessions import (
    Given,
    NotSignedInBecause,
    end_operator_session,
    sign_in_operator,
)
from workers.access.operators import (
    Invitation,
    Joined,
    NotJoined,
    begin_to_join,
    invitation_bound,
    invitation_of,
    join,
)

router = AdminRouter()

CHALLENGE = "challenge"
"""The cookie by which a browser is known that has asked for a challenge and is not signed in."""

Passkey = Annotated[str, Form(max_length=8_000)]


@router.public_page("/sign-in")
def ask(request: Request) -> Response:
    """Ask for name, password and second factor."""
    return _sign_in_page(request)


@router.public_action("/sign-in/challenge")
def challenge(request: Request) -> Response:
    """Give out what a passkey has to answer in this browser. Nobody is named, so nothing is told of names."""
    browser = secrets.token_urlsafe(32)
    answer = give_challenge(request, purpose=Purpose.SIGN_IN, bound_to=browser)
    if answer.status_code == 200:
        seconds = int(CHALLENGE_LIFETIME.total_seconds())
        set_cookie(admin_of(request), answer, browser, name=CHALLENGE, seconds=seconds)
    return answer


@router.public_action("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    code: Annotated[str, Form(max_length=100)] = "",
    passkey: Passkey = "",
) -> Response:
    """Begin a session; what was wrong is not said."""
    admin = admin_of(request)
    browser = request.cookies.get(cookie_name(admin, CHALLENGE), "")
    proof = Proof(code, read_answer(admin, passkey, bound_to=browser))
    given = Given(name, password, proof, address_of(request), request.headers.get("user-agent"))
    begun = sign_in_operator(admin.context, given)
    if isinstance(begun, NotSignedInBecause):
        status = 429 if begun is NotSignedInBecause.TOO_MANY else 401
        return _sign_in_page(request, status=status, fault=begun, name=name)
    answer = RedirectResponse("/", status_code=303)
    if proof.answer is not None:
        set_cookie(admin, answer, "", name=CHALLENGE, seconds=0)
    set_cookie(admin, answer, begun, seconds=SESSION_SECONDS)
    return answer


@router.public_page("/invite/{token}")
def show_invitation(request: Request, token: str) -> Response:
    """Show what is needed to take an invitation up; looking at it uses nothing up."""
    return _invitation(request, token, invitation_of(admin_of(request).context, token))


@router.public_action("/invite/{token}")
def accept(
    request: Request,
    token: str,
    password: Annotated[str, Form(max_length=1_000)] = "",
    code: Annotated[str, Form(max_length=100)] = "",
    passkey: Passkey = "",
) -> Response:
    """Take the invitation up; the page that answers shows the recovery codes, this once."""
    admin = admin_of(request)
    context = admin.context
    proof = Proof(code, read_answer(admin, passkey, bound_to=invitation_bound(token)))
    joined = join(context, token, password=password, proof=proof, address=address_of(request))
    if isinstance(joined, Joined):
        return show(request, "joined.html", joined=joined, by_app=not passkey)
    return _invitation(request, token, None if joined is None else invitation_of(context, token), fault=joined)


@router.action("/leave", Permission.OWN_SESSIONS)
def leave(request: Request, signed: SignedIn) -> Response:
    """End the session of this browser."""
    admin, operator = admin_of(request), signed.operator
    end_operator_session(admin.context, signed.actor, operator.number, operator.session_id)
    answer = RedirectResponse("/sign-in", status_code=303)
    set_cookie(admin, answer, "", seconds=0)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _sign_in_page(
    request: Request, *, status: int = 200, fault: NotSignedInBecause | None = None, name: str = ""
) -> Response:
    admin = admin_of(request)
    has_site, provider = admin.site is not None, admin.provider
    return show(request, "sign_in.html", status=status, fault=fault, name=name, has_site=has_site, provider=provider)


def _invitation(
    request: Request, token: str, invitation: Invitation | None, fault: NotJoined | None = None
) -> Response:
    if invitation is None:
        return show(request, "invitation_over.html", status=410)
    admin = admin_of(request)
    answer = show(
        request,
        "invitation.html",
        status=200 if fault is None else 422,
        invitation=invitation,
        rows=drawing_of(invitation.totp_address),
        options=admin.site and begin_to_join(admin.context, token, admin.site),
        token=token,
        fault=fault,
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
