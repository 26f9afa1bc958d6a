"""Signing in with a password and a code, taking an invitation up, and signing out."""

from typing import Annotated

import segno
from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.role import Permission
from web.admin.operator import SESSION_SECONDS, SignedIn, address_of, admin_of, set_cookie
from web.admin.route import AdminRouter
from web.admin.show import show
from workers.access.operator_sessions import (
    Given,
    NotSignedInBecause,
    end_operator_session,
    sign_in_operator,
)
from workers.access.operators import Invitation, Joined, NotJoined, invitation_of, join

router = AdminRouter()


@router.public_page("/sign-in")
def ask(request: Request) -> Response:
    """Ask for name, password and code."""
    return show(request, "sign_in.html", fault=None, name="")


@router.public_action("/sign-in")
def sign_in(
    request: Request,
    name: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    code: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Begin a session; what was wrong is not said."""
    admin = admin_of(request)
    given = Given(name, password, code, address_of(request), request.headers.get("user-agent"))
    begun = sign_in_operator(admin.context, given)
    if isinstance(begun, NotSignedInBecause):
        status = 429 if begun is NotSignedInBecause.TOO_MANY else 401
        return show(request, "sign_in.html", status=status, fault=begun, name=name)
    answer = RedirectResponse("/", status_code=303)
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
) -> Response:
    """Take the invitation up; the page that answers shows the recovery codes, this once."""
    context = admin_of(request).context
    joined = join(context, token, password=password, code=code, address=address_of(request))
    if isinstance(joined, Joined):
        return show(request, "joined.html", joined=joined)
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


def _invitation(
    request: Request, token: str, invitation: Invitation | None, fault: NotJoined | None = None
) -> Response:
    if invitation is None:
        return show(request, "invitation_over.html", status=410)
    drawing = segno.make(invitation.totp_address, micro=False)
    rows = [[bool(cell) for cell in row] for row in drawing.matrix_iter(border=2)]
    answer = show(
        request,
        "invitation.html",
        status=200 if fault is None else 422,
        invitation=invitation,
        rows=rows,
        token=token,
        fault=fault,
    )
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
