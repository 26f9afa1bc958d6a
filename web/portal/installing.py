"""The portal as an app that can be installed: its manifest, its service worker, and the page without a connection."""

from typing import Any

import orjson
from fastapi import APIRouter, Request, Response

from i18n.formats import Formats
from i18n.language import LANGUAGES, choose_locale
from web.look.pages import Pages, Reader
from web.portal.show import show
from web.portal.visitor import reader_of

router = APIRouter()

FILES = ("look.css", "look.js", "live.js", "app.js", "icons.svg", "icon.svg", "app-192.png")
"""What pages are made of, beside what an account has."""

GROUND, ACCENT = "#fbfaf7", "#1f5fbf"
KEPT = "public, max-age=3600"


@router.get("/app/{language}.webmanifest")
def manifest(request: Request, language: str) -> Response:
    """Answer how the app is called and looks, in one language."""
    pages = _pages(request)
    formats = Formats(language if language in LANGUAGES else None, None)
    _ = formats.gettext
    about: dict[str, Any] = {
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "lang": formats.locale.language,
        "dir": "ltr",
        "name": _("Screph: your minutes"),
        "short_name": "Screph",
        "description": _("How many minutes you have, until when, and what they went into."),
        "background_color": GROUND,
        "theme_color": ACCENT,
        "icons": [
            _icon(pages, "app-192.png", "192x192", "any"),
            _icon(pages, "app-512.png", "512x512", "any"),
            _icon(pages, "app-maskable-512.png", "512x512", "maskable"),
        ],
        "shortcuts": [
            {"name": _("Buy minutes"), "url": "/buy"},
            {"name": _("History"), "url": "/history"},
        ],
    }
    return Response(orjson.dumps(about), media_type="application/manifest+json", headers={"Cache-Control": KEPT})


@router.get("/service-worker.js")
def service_worker(request: Request) -> Response:
    """Answer the service worker, with the names that static files have in this release; one for all languages."""
    pages = _pages(request)
    constants = {
        "FILES": [pages.static_files.address(name) for name in FILES],
        "OFFLINE": {language: f"/offline?lang={language}" for language in LANGUAGES},
        "ICON": pages.static_files.address("app-192.png"),
    }
    head = "".join(f"const {name} = {orjson.dumps(value).decode()};\n" for name, value in constants.items())
    body = head.encode() + pages.static_files.read("service-worker.js")
    # A browser asks for it again and again; what it then gets must be of this release.
    return Response(body, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get("/offline")
def offline(request: Request, lang: str = "") -> Response:
    """
    Show the page that stands for every other one without a connection; it is kept, so it is about nobody.

    Args:
        request: of a service worker, or of somebody who wants to see it.
        lang: of the page; as the browser's other pages without it.
    """
    reader = Reader(choose_locale(lang[:10]).language) if lang else reader_of(request)
    answer = show(request, "offline.html", reader)
    answer.headers["Cache-Control"] = KEPT
    return answer


def _icon(pages: Pages, name: str, sizes: str, purpose: str) -> dict[str, str]:
    return {"src": pages.static_files.address(name), "sizes": sizes, "type": "image/png", "purpose": purpose}


def _pages(request: Request) -> Pages:
    pages: Pages = request.app.state.pages
    return pages
