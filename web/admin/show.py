"""Showing an admin page."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.admin.navigation import NAVIGATION
from web.admin.operator import Signed, reader_of
from web.look.pages import Pages


def show(
    request: Request, template: str, signed: Signed | None = None, *, status: int = 200, **values: Any
) -> HTMLResponse:
    """Return an admin page, for whoever is signed in, or for nobody."""
    pages: Pages = request.app.state.pages
    navigation = [each for each in NAVIGATION if signed is not None and signed.may(each.permission)]
    return HTMLResponse(
        pages.render(
            f"admin/{template}",
            reader_of(request) if signed is None else signed.reader,
            path=request.scope["path"],
            signed=signed,
            navigation=navigation,
            **values,
        ),
        status_code=status,
    )
