"""The application: the API, the page where buyers pay, and the controls."""

import html
import json
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from tests.doubles.stripe.api import Api
from tests.doubles.stripe.buyers import UnableToPlay
from tests.doubles.stripe.refusing import Refused

CONTROLS = frozenset(
    [
        "pay",
        "decline",
        "need_action",
        "pay_slowly",
        "end_slow",
        "expire",
        "finish_setup",
        "fail_setup",
        "payment_ref_of",
        "refund_from_dashboard",
        "end_refund",
        "open_dispute",
        "close_dispute",
        "forget",
        "books",
        "count",
        "plan",
    ]
)


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]


def application(api: Api, controls: Any) -> FastAPI:
    """
    Return the application that serves one account.

    Args:
        api: the account's API.
        controls: what has the methods named in `CONTROLS`.
    """
    app = FastAPI(openapi_url=None)
    app.add_exception_handler(UnableToPlay, lambda _, error: JSONResponse({"error": str(error)}, 409))
    app.add_exception_handler(Refused, lambda _, error: JSONResponse({"error": str(error)}, 409))

    @app.api_route("/v1/{path:path}", methods=["GET", "POST", "DELETE"])
    def call(request: Request, raw: Raw) -> Response:
        return api.answer(request, raw)

    @app.post("/_control/{name}")
    def control(name: str, raw: Raw) -> Response:
        given = json.loads(raw) if raw else {}
        if name == "hold_refunds":
            controls.hold_refunds = bool(given["holds"])
            return JSONResponse({"result": None})
        if name not in CONTROLS:
            return JSONResponse({"error": f"no such control; there are {', '.join(sorted(CONTROLS))}"}, 404)
        return JSONResponse({"result": getattr(controls, name)(**given)})

    _serve_page(app, api, controls)
    return app


def _serve_page(app: FastAPI, api: Api, controls: Any) -> None:
    @app.get("/c/pay/{ref}")
    def page(ref: str) -> HTMLResponse:
        session = api.account.found("sessions", ref, "session")
        ways = {"pay": "Pay", "decline": "A card without money", "expire": "Let it expire", "cancel": "Go back"}
        buttons = "".join(
            f'<form method="post" action="/_pay/{html.escape(ref)}?way={way}"><button>{label}</button></form>'
            for way, label in ways.items()
        )
        price = f"{session['amount_total']} {html.escape(session['currency'])}, {session['status']}"
        return HTMLResponse(f"<!doctype html><title>A double of Stripe</title><h1>{price}</h1>{buttons}")

    @app.post("/_pay/{ref}")
    def done(ref: str, way: str = "pay") -> RedirectResponse:
        session = api.account.found("sessions", ref, "session")
        match way:
            case "pay" if session["mode"] == "setup":
                controls.finish_setup(ref)
                return RedirectResponse(session["success_url"], 303)
            case "pay":
                controls.pay(ref)
                return RedirectResponse(session["success_url"], 303)
            case "decline":
                controls.decline(ref, "insufficient_funds")
                return RedirectResponse(f"/c/pay/{ref}", 303)
            case "expire":
                controls.expire(ref)
            case _:
                pass  # the buyer goes back, and the checkout stays open
        return RedirectResponse(session["cancel_url"] or session["success_url"], 303)
