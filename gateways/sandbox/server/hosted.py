"""The sandbox's hosted page: what the buyer sees and clicks."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from domain.gateway.payment import PaymentStatus
from gateways.sandbox.server.pages import HEADERS, confirm_page, missing_page, pay_page
from gateways.sandbox.server.payments import decline, expire, find_payment, need_action, pay
from gateways.sandbox.server.records import PaymentRecord
from gateways.sandbox.server.state import Refusal, SandboxState
from gateways.sandbox.server.texts import language_of


def hosted_routes(state: SandboxState) -> APIRouter:
    """Return the routes under /pay."""
    router = APIRouter(prefix="/pay")

    @router.get("/{ref}")
    def page(ref: str, request: Request) -> Response:
        with state.lock:
            payment = _find(state, ref)
            if payment is None:
                return _html(missing_page(_language(None, request)), 404)
            if payment.state is PaymentStatus.ACTION_REQUIRED:
                return RedirectResponse(f"/pay/{payment.ref}/3ds", 303)
            return _html(pay_page(payment, _language(payment, request)))

    @router.get("/{ref}/3ds")
    def bank_page(ref: str, request: Request) -> Response:
        with state.lock:
            payment = _find(state, ref)
            if payment is None:
                return _html(missing_page(_language(None, request)), 404)
            return _html(confirm_page(payment, _language(payment, request)))

    @router.post("/{ref}/{action}")
    def act(ref: str, action: str) -> Response:
        return _act(state, ref, action)

    @router.post("/{ref}/3ds/{action}")
    def answer_bank(ref: str, action: str) -> Response:
        return _act(state, ref, f"3ds/{action}")

    return router


def _act(state: SandboxState, ref: str, action: str) -> Response:
    """Do what a button says, and send the buyer on; a payment that has ended shows its page."""
    try:
        with state.change():
            payment = find_payment(state, ref)
            match action:
                case "pay" | "3ds/confirm":
                    pay(state, ref)
                case "decline":
                    decline(state, ref, "card_declined")
                case "3ds/fail":
                    decline(state, ref, "authentication_failed")
                case "expire":
                    expire(state, ref)
                case "3ds":
                    need_action(state, ref)
                    return RedirectResponse(f"/pay/{payment.ref}/3ds", 303)
                case _:
                    return Response(status_code=404)
            shop = payment.return_url if payment.state is PaymentStatus.PAID else payment.cancel_url
            return RedirectResponse(shop or f"/pay/{payment.ref}", 303)
    except Refusal as refusal:
        if refusal.status != 409:
            raise
        # A button clicked twice, or the browser's way back: the page says how the payment ended.
        return RedirectResponse(f"/pay/{ref}", 303)


def _find(state: SandboxState, ref: str) -> PaymentRecord | None:
    try:
        return find_payment(state, ref)
    except Refusal:
        return None


def _language(payment: PaymentRecord | None, request: Request) -> str:
    return language_of(payment.locale if payment else None, request.headers.get("accept-language", ""))


def _html(page: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(page, status, headers=HEADERS)
