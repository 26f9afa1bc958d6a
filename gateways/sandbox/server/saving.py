"""The sandbox's page on which a buyer saves a card."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from domain.gateway.setup import SetupStatus
from gateways.sandbox.server.pages import HEADERS, missing_page, save_page
from gateways.sandbox.server.setups import expire_setup, fail_setup, find_setup, finish_setup
from gateways.sandbox.server.state import Refusal, SandboxState
from gateways.sandbox.server.texts import language_of


def saving_routes(state: SandboxState) -> APIRouter:
    """Return the routes under /save."""
    router = APIRouter(prefix="/save")

    @router.get("/{ref}")
    def page(ref: str, request: Request) -> HTMLResponse:
        accepted = request.headers.get("accept-language", "")
        try:
            setup = find_setup(state, ref)
        except Refusal:
            return HTMLResponse(missing_page(language_of(None, accepted)), 404, headers=HEADERS)
        return HTMLResponse(save_page(setup, language_of(setup.locale, accepted)), headers=HEADERS)

    @router.post("/{ref}/{action}")
    def act(ref: str, action: str) -> Response:
        try:
            match action:
                case "save":
                    setup = finish_setup(state, ref)
                case "refuse":
                    setup = fail_setup(state, ref, "card_declined")
                case "expire":
                    setup = expire_setup(state, ref)
                case _:
                    return Response(status_code=404)
        except Refusal as refusal:
            if refusal.status != 409:
                raise
            return RedirectResponse(f"/save/{ref}", 303)
        return RedirectResponse(setup.return_url if setup.state is SetupStatus.SAVED else setup.cancel_url, 303)

    return router
