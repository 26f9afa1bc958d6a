"""PayPal's API: which call is which, who may call, and what a repeated call gets."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.doubles.faults import Broken, Fault, Faults, Planned, suffer
from tests.doubles.idempotency import KeyUsedOtherwise, Remembered
from tests.doubles.paypal import feed, orders, refunds, rendering, schemas, vault
from tests.doubles.paypal.records import State, new_id
from tests.doubles.paypal.refusing import Refused, unknown

LONGEST_KEY = 108
ORDERS, CAPTURES = "/v2/checkout/orders", "/v2/payments/captures"
SETUPS, TOKENS = "/v3/vault/setup-tokens", "/v3/vault/payment-tokens"
TOKEN_LIVES_S = 32_400


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""

    @property
    def body(self) -> Any:
        """The JSON of the body, or None."""
        try:
            return json.loads(self.raw) if self.raw else None
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered; `body` is None where the answer is no JSON."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Exchange:
    """A call and its answer, for tests that examine them."""

    operation: str
    call: Call
    reply: Reply


class Api:
    """Answers calls; state and rules lie elsewhere."""

    def __init__(self, state: State, faults: Faults, client_id: str, client_secret: str) -> None:
        self.exchanges: list[Exchange] = []
        self.token_lives_s = TOKEN_LIVES_S
        self._state = state
        self._faults = faults
        self._basic = "Basic " + base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._remembered = Remembered()

    def answer(self, call: Call) -> Reply:
        """Answer one call."""
        operation, work = self._plan(call)
        with self._state.lock:
            self._state.counts[operation] += 1
        try:
            if operation != "token":
                self._check_bearer(call)
            planned = self._faults.next(operation)
            reply = suffer(planned, lambda: work(_decline_code(planned)))
        except Refused as refused:
            reply = Reply(refused.status, refused.body)
        except Broken as broken:
            body = {"name": "INTERNAL_SERVER_ERROR", "debug_id": new_id(13)} if broken.is_json else None
            reply = Reply(broken.status, body)
        with self._state.lock:
            self.exchanges.append(Exchange(operation, call, reply))
        return reply

    def _plan(self, call: Call) -> tuple[str, Callable[[str], Reply]]:
        """Return what a call is called here, and what does it when it is given the code of a planned decline."""
        capture = re.fullmatch(rf"{ORDERS}/([^/]+)/capture", call.path)
        refund = re.fullmatch(rf"{CAPTURES}/([^/]+)/refund", call.path)
        match call.method:
            case "POST" if call.path == "/v1/oauth2/token":
                return "token", lambda _: self._token(call)
            case "POST" if call.path == ORDERS and _is_charge(call.body):
                return "charge", lambda code: self._charge(call, code)
            case "POST" if call.path == ORDERS:
                return "create_checkout", lambda _: self._create(call)
            case "POST" if capture:
                return "complete_checkout", lambda code: self._capture(call, capture[1], code)
            case "POST" if refund:
                return "refund", lambda code: self._refund(call, refund[1], code)
            case "POST" if call.path == SETUPS:
                return "create_setup", lambda _: self._create_setup(call)
            case "POST" if call.path == TOKENS:
                return "complete_setup", lambda _: self._save_method(call)
            case "DELETE" if call.path.startswith(f"{TOKENS}/"):
                return "forget_method", lambda _: self._delete_method(call)
            case "GET" if call.path == feed.PATH:
                return "list", lambda _: Reply(200, feed.page(self._state, call.query))
            case "GET" if call.path == feed.DISPUTES:
                return "list_disputes", lambda _: Reply(200, feed.disputes_page(self._state, call.query))
            case "GET":
                return "fetch", lambda _: self._fetch(call)
            case _:
                return "unknown", lambda _: _raise(unknown())

    def _token(self, call: Call) -> Reply:
        if call.headers.get("authorization") != self._basic:
            return Reply(401, {"error": "invalid_client", "error_description": "Client Authentication failed"})
        if parse_qs(call.raw.decode()).get("grant_type") != ["client_credentials"]:
            return Reply(400, {"error": "unsupported_grant_type", "error_description": "unsupported grant_type"})
        token = f"A21AA{new_id(40)}"
        with self._state.lock:
            self._state.access_tokens.add(token)
        return Reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": self.token_lives_s})

    def _check_bearer(self, call: Call) -> None:
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        with self._state.lock:
            if kind != "Bearer" or token not in self._state.access_tokens:
                raise Refused(401, "INVALID_TOKEN")

    def _create(self, call: Call) -> Reply:
        _check(call, schemas.CREATE_ORDER)
        ref, status = self._once(call, lambda: orders.create(self._state, call.body).id)
        return self._order(call, ref, status)

    def _charge(self, call: Call, code: str) -> Reply:
        _check(call, schemas.CHARGE)
        _require_key(call)
        ref, status = self._once(call, lambda: orders.charge(self._state, call.body, code=code).id)
        return self._order(call, ref, status)

    def _capture(self, call: Call, order_id: str, code: str) -> Reply:
        _check(call, schemas.CAPTURE)
        ref, status = self._once(call, lambda: orders.capture(self._state, order_id, code=code).id)
        return self._order(call, ref, status)

    def _refund(self, call: Call, capture_id: str, code: str) -> Reply:
        _check(call, schemas.REFUND)
        ref, status = self._once(call, lambda: refunds.refund(self._state, capture_id, call.body, code=code).id)
        with self._state.lock:
            body = rendering.refund_body(self._state, self._state.refunds[ref])
        return Reply(status, _as_preferred(call, body))

    def _create_setup(self, call: Call) -> Reply:
        _check(call, schemas.CREATE_SETUP)
        _require_key(call)
        ref, status = self._once(call, lambda: vault.create_setup(self._state, call.body).id)
        with self._state.lock:
            return Reply(status, rendering.setup_body(self._state, self._state.setups[ref]))

    def _save_method(self, call: Call) -> Reply:
        _check(call, schemas.SAVE_METHOD)
        _require_key(call)
        ref, status = self._once(call, lambda: vault.save_method(self._state, call.body).id)
        with self._state.lock:
            return Reply(status, rendering.fetched_token_body(self._state, self._state.tokens[ref]))

    def _delete_method(self, call: Call) -> Reply:
        with self._state.lock:
            vault.delete_method(self._state, call.path.rpartition("/")[2])
        return Reply(204, None)

    def _fetch(self, call: Call) -> Reply:
        state, (kind, _, ref) = self._state, call.path.rpartition("/")
        with state.lock:
            match kind:
                case "/v2/checkout/orders" if ref in state.orders:
                    return Reply(200, rendering.order_body(state, state.orders[ref]))
                case "/v2/payments/captures" if ref in state.captures:
                    return Reply(200, rendering.capture_body(state, state.captures[ref]))
                case "/v2/payments/refunds" if ref in state.refunds:
                    return Reply(200, rendering.refund_body(state, state.refunds[ref]))
                case "/v3/vault/setup-tokens" if ref in state.setups:
                    return Reply(200, rendering.setup_body(state, state.setups[ref]))
                case "/v3/vault/payment-tokens" if ref in state.tokens:
                    return Reply(200, rendering.fetched_token_body(state, state.tokens[ref]))
                case "/v1/customer/disputes" if ref in state.disputes:
                    return Reply(200, rendering.dispute_body(state, state.disputes[ref]))
                case _:
                    raise unknown()

    def _order(self, call: Call, ref: str, status: int) -> Reply:
        """Answer with an order as it is now: a repeated call gets the latest, not a copy."""
        with self._state.lock:
            body = rendering.order_body(self._state, self._state.orders[ref])
        return Reply(status, _as_preferred(call, body))

    def _once(self, call: Call, work: Callable[[], str]) -> tuple[str, int]:
        """Do it, or return what the same key did before: 201 the first time, 200 afterwards. A refusal is not refund."""
        key, is_first = call.headers.get("paypal-request-id"), False
        if key is not None and len(key) > LONGEST_KEY:
            raise Refused(400, "INVALID_STRING_LENGTH", about="PayPal-Request-Id")

        def first() -> str:
            nonlocal is_first
            is_first = True
            with self._state.lock:
                return work()

        try:
            ref = self._remembered.once(key, (call.path, json.dumps(call.body, sort_keys=True)), first)
        except KeyUsedOtherwise:
            raise Refused(422, "PAYPAL_REQUEST_ID_PREVIOUSLY_USED") from None
        return ref, 201 if is_first else 200


def _check(call: Call, schema: schemas.Schema) -> None:
    if call.headers.get("content-type", "").partition(";")[0] != "application/json" or call.body is None:
        raise Refused(400, "MALFORMED_REQUEST_JSON")
    fault = schemas.fault_of(call.body, schema)
    if fault is not None:
        where, rule = fault
        raise Refused(
            400, "MISSING_REQUIRED_PARAMETER" if rule == "required" else "INVALID_PARAMETER_VALUE", about=where
        )


def _require_key(call: Call) -> None:
    if not call.headers.get("paypal-request-id"):
        raise Refused(400, "PAYPAL_REQUEST_ID_REQUIRED")


def _is_charge(body: Any) -> bool:
    try:
        return "vault_id" in body["payment_source"]["paypal"]
    except (KeyError, TypeError):
        return False


def _as_preferred(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    return body if call.headers.get("prefer") == "return=representation" else rendering.minimal(body)


def _decline_code(planned: Planned | None) -> str:
    if planned is None or planned.fault is not Fault.DECLINE:
        return ""
    return planned.code or "INSTRUMENT_DECLINED"


def _raise(error: Exception) -> Reply:
    raise error
