"""The browsers in which an operator is signed in, each with a button that ends it; and how the pages look."""

from typing import Annotated, get_args

from fastapi import Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.operator import IDLE
from domain.access.role import Permission
from store.access.read_operators import list_operator_sessions
from store.reading import reading
from web.admin.operator import SignedIn, admin_of, set_cookie
from web.admin.route import AdminRouter
from web.admin.show import show
from web.device import device_of
from web.look.pages import Theme
from workers.access.operator_sessions import end_operator_session

YEAR_SECONDS = 365 * 24 * 3600

router = AdminRouter()


@router.page("/sessions", Permission.OWN_SESSIONS)
def sessions(request: Request, signed: SignedIn) -> Response:
    """Show one's own sessions."""
    context = admin_of(request).context
    with reading(context.engine) as session:
        lines = list_operator_sessions(session, signed.operator.number, seen_since=context.clock() - IDLE)
    return show(request, "sessions.html", signed, lines=lines, device_of=device_of)


@router.action("/sessions/{session_id}/end", Permission.OWN_SESSIONS)
def end(request: Request, session_id: int, signed: SignedIn) -> Response:
    """End one of them."""
    end_operator_session(admin_of(request).context, signed.actor, signed.operator.number, session_id)
    return RedirectResponse("/sessions", status_code=303)


@router.action("/appearance", Permission.OWN_SESSIONS)
def appearance(request: Request, signed: SignedIn, theme: Annotated[str, Form(max_length=10)] = "auto") -> Response:
    """Choose light or dark colours in this browser."""
    answer = RedirectResponse("/sessions", status_code=303)
    # Whatever else a form says is no theme, and might be no text that a header can hold.
    known = theme if theme in get_args(Theme) else "auto"
    set_cookie(admin_of(request), answer, known, name="theme", seconds=YEAR_SECONDS)
    return answer
