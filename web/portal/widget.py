"""The balance on other people's pages: the script of `<screph-balance>`, and the same in a frame."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from i18n.language import LANGUAGES
from web.look.pages import Pages, Reader, Theme
from web.portal.show import show
from web.portal.visitor import portal_of, reader_of

router = APIRouter()

KEPT = "public, max-age=3600"
"""Pages name the script by an address that stays, so a new release is seen within an hour."""


@router.get("/widget.js")
def script(request: Request) -> Response:
    """Answer the script that defines the element, for pages anywhere; it holds no secret."""
    pages: Pages = request.app.state.pages
    answer = pages.static_files.serve(request, pages.static_files.address("widget.js").rpartition("/")[2])
    answer.headers["Cache-Control"] = KEPT
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@router.get("/widget")
def frame(
    request: Request,
    origin: Annotated[str, Query(max_length=300)] = "",
    lang: Annotated[str, Query(max_length=10)] = "",
    theme: Annotated[Theme, Query()] = "auto",
) -> Response:
    """
    Show the balance in a frame of a page that may; the page gives the token by a message.

    Args:
        request: of the frame.
        origin: of the page around it.
        lang: of the words; the browser's without it.
        theme: of the colours.
    """
    portal = portal_of(request)
    if origin not in portal.widget_origins:
        return show(request, "not_found.html", reader_of(request), status=404)
    reader = Reader(lang if lang in LANGUAGES else reader_of(request).language, None, theme)
    answer = show(request, "widget.html", reader, origin=origin, api=portal.api_address, buy=f"{portal.address}/buy")
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src {portal.api_address}; base-uri 'none';"
        f" form-action 'none'; frame-ancestors {origin}"
    )
    # Of old browsers, and it knows no list; those that know `frame-ancestors` do not look at it.
    answer.headers["X-Frame-Options"] = f"ALLOW-FROM {origin}"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer
