"""The sandbox's JSON API, and its pages for the buyer."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse

from gateways.sandbox import paying, returning
from gateways.sandbox.bodies import (
    Body,
    ClosedDispute,
    MethodBehaviour,
    NewCharge,
    NewCheckout,
    NewDispute,
    NewRefund,
)
from gateways.sandbox.records import DisputeRecord, PaymentRecord, RefundRecord
from gateways.sandbox.state import SandboxState
from gateways.sandbox.views import view

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
Record = PaymentRecord | RefundRecord | DisputeRecord


def api_routes(state: SandboxState) -> APIRouter:
    """Return the routes under /v1."""
    router = APIRouter(prefix="/v1")

    def answered(request: Request, key: str | None, body: Body, work: Callable[[], Record]) -> JSONResponse:
        def done() -> tuple[int, dict[str, Any]]:
            return 201, view(state.records, work())

        status, answer = state.once(key, f"{request.url.path} {body.model_dump_json()}", done)
        return JSONResponse(answer, status_code=status)

    @router.post("/checkouts")
    def create_checkout(body: NewCheckout, request: Request, key: Key = None) -> JSONResponse:
        return answered(request, key, body, lambda: paying.create_checkout(state, body))

    @router.post("/charges")
    def charge(body: NewCharge, request: Request, key: Key = None) -> JSONResponse:
        return answered(request, key, body, lambda: paying.charge(state, body))

    @router.post("/refunds")
    def refund(body: NewRefund, request: Request, key: Key = None) -> JSONResponse:
        return answered(request, key, body, lambda: returning.refund(state, body))

    @router.post("/disputes")
    def open_dispute(body: NewDispute, request: Request, key: Key = None) -> JSONResponse:
        return answered(request, key, body, lambda: returning.open_dispute(state, body.payment_ref))

    @router.post("/disputes/{ref}/close")
    def close_dispute(ref: str, body: ClosedDispute, request: Request, key: Key = None) -> JSONResponse:
        return answered(request, key, body, lambda: returning.close_dispute(state, ref, won=body.is_won))

    @router.post("/methods/{token}/behaviour")
    def set_behaviour(token: str, body: MethodBehaviour) -> dict[str, str | None]:
        return {"decline_code": paying.set_behaviour(state, token, body.decline_code).decline_code}

    _reading_routes(router, state)
    return router


def _reading_routes(router: APIRouter, state: SandboxState) -> None:
    # `:path`, so that a ref with a slash in it is one that is not found, and not an address that is none.
    @router.get("/payments/{ref:path}")
    def payment(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, paying.find_payment(state, ref))

    @router.get("/refunds/{ref:path}")
    def refund(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, returning.find_refund(state, ref))

    @router.get("/disputes/{ref:path}")
    def dispute(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, returning.find_dispute(state, ref))

    @router.get("/recent")
    def recent(since: Annotated[datetime, Query()], until: Annotated[datetime, Query()]) -> dict[str, Any]:
        with state.lock:
            return {"items": [view(state.records, one) for one in returning.changed(state, since, until)]}
