"""Signing in by a link of Screph's program, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.session import VIEW_LIFETIME
from domain.access.task import safe_path
from web.portal.show import show
from web.portal.visitor import (
    OwnForm,
    delete_cookie,
    from_own_page,
    of_sessions,
    portal_of,
    reader_of,
    set_cookie,
)
from workers.access.sessions import sign_in, sign_out

router = APIRouter()


@router.get("/enter")
def ask(request: Request, following: Annotated[str, Query(alias="next", max_length=200)] = "/") -> Response:
    """Say how one signs in, and take the mail address to which a code goes."""
    return show_enter(request, following=following)


@router.get("/enter/{token}")
def show_button(request: Request, token: str, look: bool = False) -> Response:
    """
    Show the button that signs in; whatever looks at addresses before a person does presses no button.

    `look` stands in the links of operators and changes the words alone: what a link opens, its token says.
    """
    minutes = int(VIEW_LIFETIME.total_seconds()) // 60
    answer = show(request, "enter_link.html", reader_of(request), token=token, is_look=look, look_minutes=minutes)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@router.post("/enter", dependencies=[Depends(from_own_page)])
@of_sessions
def enter(request: Request, token: Annotated[str, Form(max_length=200)]) -> Response:
    """Use the link up, begin a session, and go on to what the link is about."""
    portal = portal_of(request)
    begun = sign_in(portal.context, token, device=request.headers.get("user-agent"))
    if begun is None:
        return show_enter(request, status=410, is_over=True)
    answer = RedirectResponse(begun.task, status_code=303)
    set_cookie(portal, answer, "session", begun.token, seconds=int(begun.lifetime.total_seconds()))
    return answer


def show_enter(
    request: Request,
    *,
    status: int = 200,
    following: str = "/",
    is_over: bool = False,
    mail: str = "",
    trouble: str | None = None,
) -> Response:
    """
    Show the page at which one signs in.

    Args:
        request: whose language and theme it has.
        status: of the answer.
        following: the page to go on to.
        is_over: a link was used already, or too late.
        mail: what was typed.
        trouble: `address`, `too_many` or `passkey`.
    """
    page = {"following": safe_path(following), "is_over": is_over, "mail": mail, "trouble": trouble}
    page |= {"has_site": portal_of(request).site is not None}
    return show(request, "enter.html", reader_of(request), status=status, **page)


@router.post("/leave")
@of_sessions
def leave(request: Request, signed: OwnForm) -> Response:
    """End the session of this browser."""
    portal = portal_of(request)
    sign_out(portal.context, signed.visitor.account_id, signed.visitor.session_id)
    answer = RedirectResponse("/enter", status_code=303)
    delete_cookie(portal, answer, "session")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
