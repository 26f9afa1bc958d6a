"""The browsers that are signed in, and the passkeys of an account, each with a button that ends or removes it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.passkey import Fault
from domain.access.session import IDLE
from store.access.read import list_sessions
from store.access.read_passkeys import list_account_passkeys
from store.reading import reading
from web.device import device_of
from web.portal.show import show
from web.portal.visitor import OwnForm, Signed, SignedIn, portal_of
from workers.access.sessions import sign_out

router = APIRouter()


@router.get("/settings/devices")
def devices(request: Request, signed: SignedIn) -> Response:
    """Show the browsers that are signed in, and the passkeys."""
    return show_devices(request, signed)


@router.post("/settings/devices/{session_id}/end")
def end(request: Request, session_id: int, signed: OwnForm) -> Response:
    """End one of them; that of this browser is ended by leaving."""
    sign_out(portal_of(request).context, signed.visitor.account_id, session_id)
    return RedirectResponse("/settings/devices", status_code=303)


def show_devices(request: Request, signed: Signed, *, fault: Fault | None = None) -> Response:
    """Show the browsers that are signed in and the passkeys; `fault` is why none was added."""
    portal, visitor = portal_of(request), signed.visitor
    with reading(portal.context.engine) as session:
        lines = list_sessions(session, visitor.account_id, seen_since=portal.context.clock() - IDLE)
        passkeys = list_account_passkeys(session, visitor.account_id)
    page = {
        "device_of": device_of,
        "lines": lines,
        "passkeys": passkeys,
        "has_site": portal.site is not None,
        "fault": fault,
    }
    status = 200 if fault is None else 409
    return show(request, "devices.html", signed.reader, signed=signed, status=status, **page)
