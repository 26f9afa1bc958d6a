"""Language and theme of this browser; they stand in cookies, so that a page is right from its first byte."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from domain.access.task import safe_path
from web.look.pages import Theme
from web.portal.visitor import from_own_page, portal_of, set_cookie

YEAR_SECONDS = 365 * 24 * 3600

router = APIRouter()


@router.post("/appearance", dependencies=[Depends(from_own_page)])
def choose(
    request: Request,
    language: Annotated[Literal["de", "en", "es", "ru"], Form()],
    theme: Annotated[Theme, Form()],
    back: Annotated[str, Form()] = "/",
) -> Response:
    """Save how this browser shows the portal, and go back to where it was chosen."""
    answer = RedirectResponse(safe_path(back), status_code=303)
    for name, value in (("language", language), ("theme", theme)):
        set_cookie(portal_of(request), answer, name, value, seconds=YEAR_SECONDS)
    return answer
