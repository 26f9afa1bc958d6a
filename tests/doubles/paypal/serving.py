"""The double over HTTP: PayPal's API, its hosted page, its certificate, and the controls."""

import html
import inspect
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from tests.doubles.faults import Fault
from tests.doubles.paypal.api import Call

if TYPE_CHECKING:
    from tests.doubles.paypal.double import PaypalDouble

CONTROLS = frozenset(
    {
        "books",
        "close_dispute",
        "count",
        "decline",
        "expire",
        "fail_setup",
        "finish_setup",
        "finish_vault",
        "forget_method",
        "forget_tokens",
        "need_action",
        "open_dispute",
        "pay",
        "payment_ref_of",
        "refund_from_dashboard",
        "report_refund",
        "reverse",
        "settings",
        "end_capture",
        "end_refund",
    }
)
FLAGS = frozenset({"hold_refunds", "hold_captures", "vault_later"})

PAGE = """<!doctype html><meta charset="utf-8"><title>PayPal's double</title>
<h1>{amount}</h1><p>{description}</p>
<form method="post" action="/_pay/{ref}"><button>Pay</button></form>
<form method="post" action="/_decline/{ref}"><button>Pay with means that are declined</button></form>
<p><a href="{cancel_url}">Cancel</a></p>"""


SETUP_PAGE = """<!doctype html><meta charset="utf-8"><title>PayPal's double</title>
<form method="post" action="/_agree/{ref}"><button>Agree that the wallet is saved</button></form>"""


def app_of(double: "PaypalDouble") -> FastAPI:
    """Return the application that serves a double."""
    app = FastAPI(openapi_url=None)

    @app.post("/_control/{name}")
    def control(name: str, arguments: dict[str, Any] | None = None) -> Response:
        return _controlled(double, name, arguments or {})

    @app.get("/checkoutnow")
    def page(token: str) -> Response:
        return _page(double, token)

    @app.get("/agreements/approve")
    def setup_page(approval_session_id: str) -> Response:
        return HTMLResponse(SETUP_PAGE.format(ref=html.escape(approval_session_id)))

    @app.post("/_agree/{ref}")
    def agree(ref: str) -> Response:
        double.finish_setup(ref)
        return RedirectResponse(double.state.setups[ref].return_url, 303)

    @app.post("/_pay/{ref}")
    def pay(ref: str) -> Response:
        double.pay(ref)
        return _back(double, ref)

    @app.post("/_decline/{ref}")
    def decline(ref: str) -> Response:
        double.decline(ref)
        return _back(double, ref)

    @app.get("/v1/notifications/certs/{name}")
    def certificate(name: str) -> Response:
        is_known = double.signer.address.endswith(f"/{name}")
        return Response(double.signer.pem if is_known else b"", 200 if is_known else 404, media_type="text/plain")

    @app.api_route("/{path:path}", methods=["GET", "POST", "PATCH", "PUT", "DELETE"])
    async def everything_else(request: Request) -> Response:
        call = Call(
            request.method,
            request.url.path,
            dict(request.query_params),
            {name.lower(): value for name, value in request.headers.items()},
            await request.body(),
        )
        reply = await run_in_threadpool(double.api.answer, call)
        if reply.status == 204:
            return Response(status_code=204)
        if reply.body is None:
            return HTMLResponse("<html><body>Bad gateway</body></html>", reply.status)
        return JSONResponse(reply.body, reply.status)

    return app


def _controlled(double: "PaypalDouble", name: str, arguments: dict[str, Any]) -> Response:
    """Do what a test in Python would do; a wrong request gets a sentence."""
    try:
        if name in FLAGS:
            setattr(double, name, bool(arguments["value"]))
            return JSONResponse({"result": None})
        if name == "plan":
            double.faults.plan(**{**arguments, "fault": Fault(arguments["fault"])})
            return JSONResponse({"result": None})
        if name not in CONTROLS:
            return JSONResponse({"error": f"{name} is none of {sorted(CONTROLS | FLAGS | {'plan'})}"}, 404)
        method = getattr(double, name)
        inspect.signature(method).bind(**arguments)
        return JSONResponse({"result": method(**arguments)})
    except (TypeError, ValueError, KeyError) as error:
        return JSONResponse({"error": f"{type(error).__name__}: {error}"}, 400)


def _page(double: "PaypalDouble", ref: str) -> Response:
    order = double.state.orders.get(ref)
    if order is None:
        return HTMLResponse("There is no such order.", 404)
    texts = {
        "amount": str(order.money),
        "description": order.description or "",
        "ref": ref,
        "cancel_url": order.cancel_url,
    }
    return HTMLResponse(PAGE.format(**{name: html.escape(text) for name, text in texts.items()}))


def _back(double: "PaypalDouble", ref: str) -> Response:
    address = double.state.orders[ref].return_url
    return RedirectResponse(f"{address}{'&' if '?' in address else '?'}token={ref}&PayerID=QYR5Z8XDVJNXQ", 303)
