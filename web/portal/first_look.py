"""`/demo`: where nothing is set up yet, it opens the portal as a made-up buyer; elsewhere there is no such page."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from web.portal.visitor import SESSION_SECONDS, portal_of, set_cookie
from workers.access.sessions import sign_in

router = APIRouter()


@router.get("/demo")
def look(request: Request) -> Response:
    """Begin a session of the made-up buyer, and go on to their home page."""
    portal = portal_of(request)
    assert portal.first_look is not None
    link = portal.first_look(portal.context)
    begun = sign_in(portal.context, link, device=request.headers.get("user-agent"))
    assert begun is not None
    answer = RedirectResponse(begun.task, status_code=303)
    set_cookie(portal, answer, "session", begun.token, seconds=SESSION_SECONDS)
    return answer
