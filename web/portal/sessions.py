"""The browsers that are signed in, each with a button that ends it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.session import IDLE
from store.access.read import list_sessions
from store.reading import reading
from web.portal.show import show
from web.portal.visitor import OwnForm, SignedIn, portal_of
from workers.access.sessions import sign_out

router = APIRouter()


@router.get("/settings/devices")
def devices(request: Request, signed: SignedIn) -> Response:
    """Show the browsers that are signed in."""
    context = portal_of(request).context
    with reading(context.engine) as session:
        lines = list_sessions(session, signed.visitor.account_id, seen_since=context.clock() - IDLE)
    return show(request, "devices.html", signed.reader, signed=signed, lines=lines)


@router.post("/settings/devices/{session_id}/end")
def end(request: Request, session_id: int, signed: OwnForm) -> Response:
    """End one of them; that of this browser is ended by leaving."""
    sign_out(portal_of(request).context, signed.visitor.account_id, session_id)
    return RedirectResponse("/settings/devices", status_code=303)
