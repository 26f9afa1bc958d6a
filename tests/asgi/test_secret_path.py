"""A secret in the path: checked and masked before the application, its server's log or a tracer sees it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi import FastAPI
from opentelemetry.trace import INVALID_SPAN, Span, Tracer, TracerProvider
from starlette.types import Receive, Scope, Send

from asgi.secret_path import SecretPath

SECRET = "an-unguessable-part"
KNOWN = ("webhooks", "healthz", "stripe")


class TestMasking:
    @pytest.mark.parametrize(
        ("path", "masked"),
        [
            (f"/webhooks/stripe/{SECRET}", "/webhooks/stripe/***"),
            (f"/webhooks/stripe/{SECRET}x", "/webhooks/stripe/***"),
            (f"/webhooks/stripe/{SECRET}/", "/webhooks/stripe/***/"),
            (f"/webhooks/{SECRET}", "/webhooks/***"),
            (f"/webhooks/{SECRET}/stripe", "/webhooks/***/stripe"),
            (f"/webhooks/paypal/{SECRET}", "/webhooks/***/***"),
            (f"/{SECRET}", "/***"),
            (f"/Webhooks/stripe/{SECRET}", "/***/stripe/***"),
            (f"//webhooks//stripe//{SECRET}", "//webhooks//stripe//***"),
            (f"http://host/webhooks/stripe/{SECRET}", "***//***/webhooks/stripe/***"),
            (f"/webhooks/stripe/{SECRET}\n\ud800\0", "/webhooks/stripe/***"),
            ("/healthz", "/healthz"),
            ("/webhooks/stripe", "/webhooks/stripe"),
            ("/", "/"),
            ("", ""),
        ],
    )
    def test_leaves_known_words_alone_in_the_path(self, path: str, masked: str) -> None:
        seen = _seen(path)

        assert (seen["path"], seen["raw_path"]) == (masked, masked.encode())
        assert SECRET not in repr(seen)

    def test_drops_the_query(self) -> None:
        seen = _seen("/webhooks/stripe", query=SECRET.encode())

        assert seen["query_string"] == b""

    def test_masks_the_scope_of_the_server_as_well_for_its_access_log(self) -> None:
        scope = _scope(f"/webhooks/stripe/{SECRET}")

        assert _pass_on(scope) is scope
        assert SECRET not in repr(scope)

    def test_leaves_a_scope_without_a_path_alone(self) -> None:
        assert _pass_on({"type": "lifespan"}) == {"type": "lifespan"}


class TestVerdict:
    @pytest.mark.parametrize(
        ("path", "is_right"),
        [
            (f"/webhooks/stripe/{SECRET}", True),
            ("/webhooks/stripe", False),
            ("/webhooks/stripe/", False),
            (f"/webhooks/stripe/{SECRET[:-1]}", False),
            (f"/webhooks/stripe/{SECRET}x", False),
            (f"/webhooks/stripe/{SECRET}/{SECRET}", False),
            ("/webhooks/stripe/***", False),
            ("/webhooks/stripe/\ud800", False),
        ],
    )
    def test_is_right_for_the_secret_alone(self, path: str, is_right: bool) -> None:
        assert _seen(path)["state"] == {"has_path_secret": is_right}

    @pytest.mark.parametrize(("path", "is_right"), [("/webhooks/stripe", True), ("/webhooks/stripe/x", False)])
    def test_wants_nothing_where_no_secret_is_set(self, path: str, is_right: bool) -> None:
        assert _seen(path, secret=None)["state"] == {"has_path_secret": is_right}


class TestTracing:
    def test_a_span_of_fastapi_holds_the_masked_path(self) -> None:
        spans = _Spans()
        app = FastAPI(telemetry={"tracer_provider": spans})
        app.add_api_route("/webhooks/{gateway}/***", lambda: None, methods=["POST"])

        status = _request(SecretPath(app, secret=SECRET, known=KNOWN), f"/webhooks/stripe/{SECRET}", b"token=1")

        assert status == 200
        [span] = [attributes for attributes in spans.started if "url.path" in attributes]
        assert span["url.path"] == "/webhooks/stripe/***"
        assert SECRET not in repr(spans.started)
        assert "url.query" not in span


class _Spans(TracerProvider, Tracer):
    """A tracer that records with which attributes its spans began; the SDK itself is not installed."""

    def __init__(self) -> None:
        self.started: list[dict[str, Any]] = []

    def get_tracer(self, *_: Any, **__: Any) -> Tracer:
        return self

    def start_span(self, name: str, *_: Any, **options: Any) -> Span:
        self.started.append({"name": name, **(options.get("attributes") or {})})
        return INVALID_SPAN

    @contextmanager
    def start_as_current_span(self, name: str, *_: Any, **options: Any) -> Iterator[Span]:
        yield self.start_span(name, **options)


def _scope(path: str, query: bytes = b"") -> Scope:
    raw = path.encode("utf-8", "surrogatepass")
    return {"type": "http", "method": "POST", "path": path, "raw_path": raw, "query_string": query, "headers": []}


def _seen(path: str, *, query: bytes = b"", secret: str | None = SECRET) -> Scope:
    """The scope that an application behind it sees."""
    return _pass_on(_scope(path, query), secret)


def _pass_on(scope: Scope, secret: str | None = SECRET) -> Scope:
    seen: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    async def nothing(*_: Any) -> Any:
        raise AssertionError("nothing is sent or received")

    asyncio.run(SecretPath(app, secret=secret, known=KNOWN)(scope, nothing, nothing))
    return seen[0]


def _request(app: SecretPath, path: str, query: bytes) -> int:
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    asyncio.run(app(_scope(path, query), receive, send))
    return statuses[0]
