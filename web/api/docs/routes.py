"""`/docs`: the calls, the messages and the codes of problems; no file comes from anywhere else."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from messages.asyncapi.document import document as all_messages
from web.api.docs.messages import groups
from web.api.openapi.document import document
from web.api.openapi.parts import VERSION
from web.api.v1.problems import OF_REQUESTS, OF_RESOURCES
from web.look.pages import Pages, Reader

FOLDER = Path(__file__).parent

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        # Swagger UI draws its icons from data; scripts and styles are files of ours alone.
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            " connect-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-cache",
    }
)

PROBLEMS = (("Of any request", tuple(OF_REQUESTS.items())), ("Of what is asked for", tuple(OF_RESOURCES.items())))

OWN_SERVER = [{"url": "/", "description": "This server"}]
"""So that the page tries the server that it came from."""


def docs_routes() -> APIRouter:
    """Return the routes; nobody needs a token for them."""
    routes = APIRouter(include_in_schema=False)
    # Only when somebody looks: they are two megabytes that most processes never show.
    pages = cache(_pages)

    def show(request: Request, template: str, **values: Any) -> Response:
        page = pages().render(f"docs/{template}", Reader(), path=request.scope["path"], version=VERSION, **values)
        return HTMLResponse(page, headers=dict(HEADERS))

    @routes.get("/docs")
    def show_calls(request: Request) -> Response:
        return show(request, "calls.html")

    @routes.get("/docs/messages")
    def show_messages(request: Request) -> Response:
        return show(request, "messages.html", groups=groups())

    @routes.get("/docs/problems")
    def show_problems(request: Request) -> Response:
        return show(request, "problems.html", groups=PROBLEMS)

    @routes.get("/docs/openapi.json")
    def get_openapi(request: Request) -> Response:
        return Response(_openapi(request.app), media_type="application/json", headers={"Cache-Control": "no-cache"})

    @routes.get("/docs/asyncapi.json")
    def get_asyncapi() -> Response:
        return Response(_asyncapi(), media_type="application/json", headers={"Cache-Control": "no-cache"})

    @routes.get("/docs/static/{name}")
    def get_static(request: Request, name: str) -> Response:
        return pages().static_files.serve(request, name)

    return routes


def _pages() -> Pages:
    return Pages(
        templates=[FOLDER / "templates"], static=[FOLDER / "static", FOLDER / "vendor"], prefix="/docs/static/"
    )


@cache
def _openapi(app: FastAPI) -> bytes:
    return orjson.dumps(document(app) | {"servers": OWN_SERVER})


@cache
def _asyncapi() -> bytes:
    return orjson.dumps(all_messages())
