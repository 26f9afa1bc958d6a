"""Showing a page of the portal."""

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from web.look.pages import Pages, Reader


def show(request: Request, template: str, reader: Reader, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page of the portal, for one reader."""
    pages: Pages = request.app.state.pages
    values.setdefault("signed", None)
    return HTMLResponse(
        pages.render(f"portal/{template}", reader, path=request.scope["path"], **values), status_code=status
    )
