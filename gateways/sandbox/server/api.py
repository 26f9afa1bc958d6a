"""The sandbox's JSON API."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse, Response

from gateways.sandbox.server import disputes, payments, refunds, setups
from gateways.sandbox.server.bodies import (
    Body,
    ClosedDispute,
    MethodBehaviour,
    NewCharge,
    NewCheckout,
    NewDispute,
    NewRefund,
    NewSetup,
    NoContent,
)
from gateways.sandbox.server.records import DisputeRecord, PaymentRecord, RefundRecord, SetupRecord
from gateways.sandbox.server.state import SandboxState
from gateways.sandbox.server.views import changed_between, view

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
Record = PaymentRecord | RefundRecord | DisputeRecord | SetupRecord


def api_routes(state: SandboxState) -> APIRouter:
    """Return the routes under /v1."""
    router = APIRouter(prefix="/v1")

    def create(request: Request, key: str | None, body: Body, work: Callable[[], Record]) -> JSONResponse:
        def answer() -> tuple[int, dict[str, Any]]:
            return 201, view(state.records, work())

        status, content = state.once(key, f"{request.url.path} {body.model_dump_json()}", answer)
        return JSONResponse(content, status_code=status)

    @router.post("/checkouts")
    def create_checkout(body: NewCheckout, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: payments.create_checkout(state, body))

    @router.post("/charges")
    def charge(body: NewCharge, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: payments.charge(state, body))

    @router.post("/payments/{ref}/cancel")
    def cancel_charge(ref: str, body: NoContent, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: payments.cancel_charge(state, ref))

    @router.post("/setups")
    def create_setup(body: NewSetup, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: setups.create_setup(state, body))

    @router.delete("/methods/{token}")
    def forget_method(token: str) -> Response:
        setups.forget_method(state, token)
        return Response(status_code=204)

    @router.post("/refunds")
    def refund(body: NewRefund, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: refunds.create_refund(state, body))

    @router.post("/disputes")
    def open_dispute(body: NewDispute, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: disputes.open_dispute(state, body.payment_ref, body.amount_minor))

    @router.post("/disputes/{ref}/close")
    def close_dispute(ref: str, body: ClosedDispute, request: Request, key: Key = None) -> JSONResponse:
        return create(request, key, body, lambda: disputes.close_dispute(state, ref, won=body.is_won))

    @router.post("/methods/{token}/behaviour")
    def set_behaviour(token: str, body: MethodBehaviour) -> dict[str, str | None]:
        return {"decline_code": payments.set_behaviour(state, token, body.decline_code).decline_code}

    _add_reading_routes(router, state)
    return router


def _add_reading_routes(router: APIRouter, state: SandboxState) -> None:
    @router.get("/payments/{ref}/refunds")
    def refunds_of_payment(ref: str) -> dict[str, Any]:
        with state.lock:
            return {"items": [view(state.records, one) for one in refunds.refunds_of(state, ref)]}

    # `:path`, so that an unknown ref with a slash in it gets the API's own 404.
    @router.get("/payments/{ref:path}")
    def payment(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, payments.find_payment(state, ref))

    @router.get("/setups/{ref:path}")
    def setup(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, setups.find_setup(state, ref))

    @router.get("/refunds/{ref:path}")
    def refund(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, refunds.find_refund(state, ref))

    @router.get("/disputes/{ref:path}")
    def dispute(ref: str) -> dict[str, Any]:
        with state.lock:
            return view(state.records, disputes.find_dispute(state, ref))

    @router.get("/recent")
    def recent(since: Annotated[datetime, Query()], until: Annotated[datetime, Query()]) -> dict[str, Any]:
        with state.lock:
            payments.expire_overdue(state)
            return {"items": [view(state.records, one) for one in changed_between(state.records, since, until)]}
