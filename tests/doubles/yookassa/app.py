"""The HTTP side: the API, the page where buyers pay, and the controls."""

import json
import threading
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from tests.doubles.faults import Broken, Fault, Faults, Planned, suffer
from tests.doubles.idempotency import KeyUsedOtherwise, Remembered
from tests.doubles.yookassa import setups
from tests.doubles.yookassa.lists import page_of
from tests.doubles.yookassa.objects import SHOP_ID, Refused, invalid
from tests.doubles.yookassa.shop import Shop, UnableToPlay

SECRET_KEY = "test_a-key-that-opens-nothing"
_KEY_LENGTH = 64


class Counts:
    """How many calls each operation has seen, and how many of the next POSTs get 202 and nothing done."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        self.unfinished = 0
        self._lock = threading.Lock()

    def note(self, operation: str, *, is_post: bool) -> bool:
        """Count a call, and tell whether its answer is to be 202."""
        with self._lock:
            self.seen[operation] += 1
            if not (is_post and self.unfinished):
                return False
            self.unfinished -= 1
            return True


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]


def application(shop: Shop, *, faults: Faults, counts: Counts, controls: Mapping[str, Callable[..., Any]]) -> FastAPI:
    """Return the application that serves one shop."""
    app = FastAPI(openapi_url=None)
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(Broken, _broken)
    app.add_exception_handler(UnableToPlay, lambda _, error: JSONResponse({"error": str(error)}, 409))
    _serve_api(app, shop, faults, counts)
    _serve_page(app, shop)

    @app.post("/_control/{name}")
    def control(name: str, raw: Raw) -> Any:
        if name not in controls:
            return JSONResponse({"error": f"there is no control {name}"}, 404)
        return {"result": controls[name](**(json.loads(raw) if raw else {}))}

    return app


def _serve_api(app: FastAPI, shop: Shop, faults: Faults, counts: Counts) -> None:
    remembered = Remembered()

    def post(request: Request, raw: bytes, operation: str, work: Callable[[Any, str | None], Any]) -> Any:
        _check_access(request)
        body = _parsed(raw)
        if counts.note(operation, is_post=True):
            words = "The request is accepted and not done yet; repeat it with the same key"
            return JSONResponse({"type": "processing", "description": words, "retry_after": 1800}, 202)
        planned = faults.next(operation)
        content = (request.url.path, json.dumps(body, sort_keys=True))
        try:
            return suffer(
                planned, lambda: remembered.once(_key(request), content, lambda: work(body, _decline_code(planned)))
            )
        except KeyUsedOtherwise as error:
            raise invalid("Idempotence key duplicated", "Idempotence-Key") from error

    def get(request: Request, operation: str, work: Callable[[], Any]) -> Any:
        _check_access(request)
        counts.note(operation, is_post=False)
        return suffer(faults.next(operation), work)

    @app.post("/v3/payments")
    def open_payment(request: Request, raw: Raw) -> Any:
        body = _parsed(raw)
        is_charge = isinstance(body, dict) and "payment_method_id" in body
        return post(request, raw, "charge" if is_charge else "create_checkout", shop.open_payment)

    @app.post("/v3/refunds")
    def open_refund(request: Request, raw: Raw) -> Any:
        return post(request, raw, "refund", shop.open_refund)

    @app.post("/v3/payment_methods")
    def open_setup(request: Request, raw: Raw) -> Any:
        return post(request, raw, "create_setup", partial(setups.open_setup, shop))

    @app.get("/v3/{kind}/{ref}")
    def found(request: Request, kind: str, ref: str) -> Any:
        return get(request, "fetch", lambda: shop.found(_kind(kind), ref))

    @app.get("/v3/{kind}")
    def listed(request: Request, kind: str) -> Any:
        return get(
            request, "list", lambda: page_of(_kind(kind, is_list=True), shop.everything(kind), request.query_params)
        )


def _serve_page(app: FastAPI, shop: Shop) -> None:
    @app.get("/_pay/{ref}")
    def page(ref: str) -> HTMLResponse:
        if ref in shop.setups:
            button = f'<form method="post" action="/_pay/{ref}"><button>Save a card</button></form>'
            return HTMLResponse(f"<!doctype html><title>A double of YooKassa</title>{button}")
        body = shop.found("payments", ref)
        buttons = "".join(
            f'<form method="post" action="/_pay/{ref}{query}"><button>{label}</button></form>'
            for query, label in (("", "Pay"), ("?decline=insufficient_funds", "Card without money"))
        )
        amount = f"{body['amount']['value']} {body['amount']['currency']}"
        return HTMLResponse(f"<!doctype html><title>A double of YooKassa</title><h1>{amount}</h1>{buttons}")

    @app.post("/_pay/{ref}")
    def done(ref: str, decline: str = "") -> RedirectResponse:
        if ref in shop.setups:
            return RedirectResponse(setups.finish_setup(shop, ref), 303)
        if decline:
            shop.cancel(ref, decline)
        else:
            shop.pay(ref)
        return RedirectResponse(shop.payments[ref].return_url or "/", 303)


def _check_access(request: Request) -> None:
    wanted = b64encode(f"{SHOP_ID}:{SECRET_KEY}".encode()).decode()
    if request.headers.get("authorization") != f"Basic {wanted}":
        raise Refused(401, "invalid_credentials", "Error in shopId or secret key. Check their validity")


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError as error:
        raise invalid("The body is no JSON") from error


def _key(request: Request) -> str:
    key = request.headers.get("idempotence-key", "")
    if not 1 <= len(key) <= _KEY_LENGTH:
        raise invalid("Idempotence key is missing, or longer than 64 characters", "Idempotence-Key")
    return key


def _kind(kind: str, *, is_list: bool = False) -> str:
    if kind not in ("payments", "refunds") and (is_list or kind != "payment_methods"):
        raise Refused(404, "not_found", "There is no such collection")
    return kind


def _decline_code(planned: Planned | None) -> str | None:
    return (planned.code or "general_decline") if planned and planned.fault is Fault.DECLINE else None


def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return JSONResponse(error.body, error.status)


def _broken(_: Request, error: Exception) -> Response:
    assert isinstance(error, Broken)
    if not error.is_json:
        return HTMLResponse("<html><h1>Bad Gateway</h1></html>", error.status)
    words = "Internal server error"
    return JSONResponse({"type": "error", "code": "internal_server_error", "description": words}, error.status)
