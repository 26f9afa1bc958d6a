"""The HTTP side of the API: access, form, schema, idempotency, faults."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response
from jsonschema import Draft202012Validator

from tests.doubles.faults import Broken, Fault, Faults, Planned, suffer
from tests.doubles.idempotency import KeyUsedOtherwise, Remembered
from tests.doubles.stripe import forms, returns, setups
from tests.doubles.stripe.account import Account
from tests.doubles.stripe.events import page_of
from tests.doubles.stripe.objects import ref
from tests.doubles.stripe.refusing import Refused, invalid
from tests.doubles.stripe.schemas import REQUESTS

SECRET_KEY = "sk_test_double"

ROUTES = (
    ("POST", r"/v1/checkout/sessions", "create_checkout", "create_checkout"),
    ("POST", r"/v1/checkout/sessions", "create_setup", "create_setup"),
    ("GET", r"/v1/checkout/sessions", "list_sessions", "find_session"),
    ("GET", r"/v1/checkout/sessions/(\w+)", "fetch_session", "fetch"),
    ("POST", r"/v1/customers", "create_customer", "create_customer"),
    ("POST", r"/v1/payment_intents", "charge", "charge"),
    ("GET", r"/v1/payment_intents", "list_intents", "find_charge"),
    ("GET", r"/v1/payment_intents/(\w+)", "fetch_intent", "fetch"),
    ("POST", r"/v1/payment_intents/(\w+)/cancel", "cancel", "cancel"),
    ("GET", r"/v1/setup_intents/(\w+)", "fetch_setup_intent", "fetch"),
    ("GET", r"/v1/payment_methods/(\w+)", "fetch_method", "fetch"),
    ("POST", r"/v1/payment_methods/(\w+)/detach", "forget_method", "forget_method"),
    ("POST", r"/v1/refunds", "refund", "refund"),
    ("GET", r"/v1/refunds", "list_refunds", "list_refunds"),
    ("GET", r"/v1/refunds/(\w+)", "fetch_refund", "fetch"),
    ("GET", r"/v1/disputes", "list_disputes", "list_disputes"),
    ("GET", r"/v1/disputes/(\w+)", "fetch_dispute", "fetch"),
    ("GET", r"/v1/events", "list_events", "list"),
)
"""Method, path, what it is, and the operation that it counts as."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """One call as it came, and what it was answered; `form` is the body or the query, values as text."""

    method: str
    path: str
    form: dict[str, Any]
    headers: dict[str, str]
    status: int
    answer: Any


@dataclass(slots=True)
class Switches:
    """
    How the account behaves.

    `hold_refunds` leaves refunds of the API pending. With `stores_500s` an error after the deed is stored
    under its key, as Stripe says it does; without, the answer was only lost on the way.
    """

    hold_refunds: bool = False
    stores_500s: bool = False


@dataclass(slots=True)
class Api:
    """Answers calls of one account's API."""

    account: Account
    faults: Faults
    switches: Switches
    counts: Counter[str] = field(default_factory=Counter)
    recorded: list[Recorded] = field(default_factory=list)
    _remembered: Remembered = field(default_factory=Remembered)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: Request, raw: bytes) -> Response:
        """Answer a call."""
        form: dict[str, Any] = {}
        number = ref("req")
        try:
            form = _form(request, raw)
            status, text = self._answered(request, form)
        except Refused as no:
            status, text = no.status, json.dumps(no.body)
        except Broken as broken:
            if not broken.is_json:
                return Response("<html><h1>Bad Gateway</h1></html>", broken.status, media_type="text/html")
            status, text = broken.status, _TROUBLE
        headers = {key: value for key, value in request.headers.items() if key != "authorization"}
        call = Recorded(request.method, request.url.path, form, headers, status, json.loads(text))
        with self._counting:
            self.recorded.append(call)
        return Response(text, status, media_type="application/json", headers={"Request-Id": number})

    def _answered(self, request: Request, form: dict[str, Any]) -> tuple[int, str]:
        if request.headers.get("authorization") != f"Bearer {SECRET_KEY}":
            raise Refused(401, "Invalid API Key provided: sk_test_***")
        kind, operation, refs = _route(request, form)
        with self._counting:
            self.counts[operation] += 1
        body = _checked(kind, form)
        planned = self.faults.next(operation)
        work = self._work(kind, refs, body, planned)
        if request.method != "POST":
            return suffer(planned, work)
        if planned and planned.fault is Fault.ERROR_AFTER_COMMIT and self.switches.stores_500s:
            planned, work = None, _kept_as_500(work)
        key = request.headers.get("idempotency-key")
        content = (request.url.path, json.dumps(form, sort_keys=True))
        try:
            answered: tuple[int, str] = suffer(planned, lambda: self._remembered.once(key, content, work))
        except KeyUsedOtherwise:
            words = "Keys for idempotent requests can only be used with the same parameters they were first used with."
            raise Refused(400, words, kind="idempotency_error") from None
        return answered

    def _work(
        self, kind: str, refs: tuple[str, ...], body: dict[str, Any], planned: Planned | None
    ) -> Callable[[], tuple[int, str]]:
        decline = (planned.code or "generic_decline") if planned and planned.fault is Fault.DECLINE else None

        def work() -> tuple[int, str]:
            with self.account.lock:
                try:
                    thing = self._done(kind, refs, body, decline)
                except Refused as no:
                    if not no.is_kept:
                        raise
                    return no.status, json.dumps(no.body)
                return 200, json.dumps(self.account.rendered(thing, body.get("expand", [])))

        return work

    def _done(self, kind: str, refs: tuple[str, ...], body: dict[str, Any], decline: str | None) -> dict[str, Any]:
        account = self.account
        match kind:
            case "create_checkout":
                return account.open_session(body)
            case "create_setup":
                return setups.open_setup(account, body)
            case "forget_method":
                return setups.detach(account, refs[0])
            case "create_customer":
                return account.open_customer(body)
            case "charge":
                return account.charge(body, decline)
            case "cancel":
                return account.cancel(refs[0], body)
            case "refund":
                return returns.open_refund(account, body, is_held=self.switches.hold_refunds)
            case "list_sessions":
                return account.sessions_of(body)
            case "list_refunds":
                return returns.refunds_of(account, body)
            case "list_disputes" | "list_intents":
                return _listed(account, kind, body)
            case "list_events":
                return account.events.page(body)
            case _:
                return account.found(f"{kind.removeprefix('fetch_')}s", refs[0], "id")


def _listed(account: Account, kind: str, body: dict[str, Any]) -> Any:
    if kind == "list_disputes":
        return page_of("/v1/disputes", list(account.disputes.values()), body)
    mine = [one for one in account.intents.values() if one["customer"] == body["customer"]]
    return page_of("/v1/payment_intents", mine, body)


_TROUBLE = json.dumps({"error": {"type": "api_error", "message": "Something went wrong on our end."}})


def _kept_as_500(work: Callable[[], tuple[int, str]]) -> Callable[[], tuple[int, str]]:
    def done() -> tuple[int, str]:
        work()
        return 500, _TROUBLE

    return done


def _form(request: Request, raw: bytes) -> dict[str, Any]:
    try:
        return forms.parsed(raw.decode() if request.method == "POST" else request.url.query)
    except ValueError as error:
        raise invalid(f"The form cannot be read: {error}") from error


def _route(request: Request, form: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    for method, path, kind, operation in ROUTES:
        matched = re.fullmatch(path, request.url.path)
        if method != request.method or not matched:
            continue
        if kind == "create_checkout" and form.get("mode") == "setup":
            continue
        return kind, operation, matched.groups()
    raise Refused(404, f"Unrecognized request URL ({request.method}: {request.url.path}).")


def _checked(kind: str, form: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = forms.typed(form, REQUESTS[kind])
    for error in Draft202012Validator(REQUESTS[kind]).iter_errors(body):
        path = [str(part) for part in error.absolute_path]
        if error.validator == "additionalProperties":
            raise invalid(f"Received unknown parameter: {error.message}", code="parameter_unknown")
        param = path[0] + "".join(f"[{part}]" for part in path[1:]) if path else None
        raise invalid(f"Invalid {param or 'request'}: {error.message}", param)
    return body
