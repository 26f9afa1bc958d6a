"""Signing in by a code that is mailed and typed into the browser that has asked for it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.sign_in_code import LIFETIME, CodeResult
from domain.access.task import safe_path
from web.portal.enter import show_enter
from web.portal.show import show
from web.portal.visitor import (
    SESSION_SECONDS,
    address_of_visitor,
    cookie_name,
    delete_cookie,
    from_own_page,
    portal_of,
    reader_of,
    set_cookie,
)
from workers.access.sign_in_codes import ask_for_code, sign_in_by_code

COOKIE = "code"

MAX_MAIL_CHARACTERS = 254

router = APIRouter()


@router.post("/enter/mail", dependencies=[Depends(from_own_page)])
def ask(
    request: Request,
    mail: Annotated[str, Form(max_length=1_000)] = "",
    following: Annotated[str, Form(max_length=200)] = "/",
) -> Response:
    """Let a code be mailed, and go on to where it is typed; the same whether anybody has the address or not."""
    portal, mail = portal_of(request), mail.strip()
    if not _is_address(mail):
        return show_enter(request, status=400, following=following, mail=mail[:MAX_MAIL_CHARACTERS], trouble="address")
    browser = ask_for_code(portal.context, mail, address=address_of_visitor(request))
    if browser is None:
        return show_enter(request, status=429, following=following, mail=mail, trouble="too_many")
    answer = RedirectResponse(_page_of(safe_path(following)), status_code=303)
    set_cookie(portal, answer, COOKIE, browser, seconds=int(LIFETIME.total_seconds()))
    return answer


@router.get("/enter/code")
def ask_code(request: Request, following: Annotated[str, Query(alias="next", max_length=200)] = "/") -> Response:
    """Show where the code is typed; in a browser that has asked for none, where it is asked for."""
    if cookie_name(portal_of(request), COOKIE) not in request.cookies:
        return RedirectResponse("/enter", status_code=303)
    return _show(request, following)


@router.post("/enter/code", dependencies=[Depends(from_own_page)])
def enter(
    request: Request,
    code: Annotated[str, Form(max_length=100)] = "",
    following: Annotated[str, Form(max_length=200)] = "/",
) -> Response:
    """Begin a session by the code, and go on to the page that was wanted."""
    portal = portal_of(request)
    browser = request.cookies.get(cookie_name(portal, COOKIE), "")
    device = request.headers.get("user-agent")
    entered = sign_in_by_code(portal.context, browser, code, device=device)
    if isinstance(entered, CodeResult):
        return _show(request, following, result=entered)
    answer = RedirectResponse(safe_path(following), status_code=303)
    set_cookie(portal, answer, "session", entered, seconds=SESSION_SECONDS)
    delete_cookie(portal, answer, COOKIE)
    return answer


def _show(request: Request, following: str, *, result: CodeResult | None = None) -> Response:
    statuses = {None: 200, CodeResult.WRONG: 400, CodeResult.OVER: 410, CodeResult.TOO_MANY: 429}
    page = {"following": safe_path(following), "result": result}
    return show(request, "enter_code.html", reader_of(request), status=statuses[result], **page)


def _page_of(following: str) -> str:
    return "/enter/code" if following == "/" else f"/enter/code?next={following}"


def _is_address(mail: str) -> bool:
    """Tell whether a text can be a mail address; whether it is one only a mail can tell."""
    name, at, host = mail.rpartition("@")
    return bool(name and at and "." in host.strip(".")) and mail.isprintable() and len(mail) <= MAX_MAIL_CHARACTERS
