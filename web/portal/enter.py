"""Signing in by a link of Screph's program, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from web.portal.show import show
from web.portal.visitor import (
    SESSION_SECONDS,
    OwnForm,
    delete_cookie,
    from_own_page,
    portal_of,
    reader_of,
    set_cookie,
)
from workers.access.sessions import sign_in, sign_out

router = APIRouter()


@router.get("/enter")
def ask(request: Request) -> Response:
    """Say how one signs in."""
    return show(request, "enter.html", reader_of(request), is_over=False)


@router.get("/enter/{token}")
def show_button(request: Request, token: str) -> Response:
    """Show the button that signs in; whatever looks at addresses before a person does presses no button."""
    answer = show(request, "enter_link.html", reader_of(request), token=token)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.post("/enter", dependencies=[Depends(from_own_page)])
def enter(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Use the link up, begin a session, and go on to what the link is about."""
    portal = portal_of(request)
    begun = sign_in(portal.context, token, device=request.headers.get("user-agent"))
    if begun is None:
        return show(request, "enter.html", reader_of(request), status=410, is_over=True)
    answer = RedirectResponse(begun.task, status_code=303)
    set_cookie(portal, answer, "session", begun.token, seconds=SESSION_SECONDS)
    return answer


@router.post("/leave")
def leave(request: Request, signed: OwnForm) -> Response:
    """End the session of this browser."""
    portal = portal_of(request)
    sign_out(portal.context, signed.visitor.account_id, signed.visitor.session_id)
    answer = RedirectResponse("/enter", status_code=303)
    delete_cookie(portal, answer, "session")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
