"""Addresses with what cannot be printed: the application sees them without."""

import httpx
import pytest
from fastapi import FastAPI, Request

from asgi.printable import PrintableAddresses
from tests.asgi.running import running


class TestAddress:
    @pytest.mark.parametrize(
        ("sent", "path", "query"),
        [
            ("/pay/%00?code=a%00b", "/pay/\ufffd", {"code": "a\ufffdb"}),
            ("/a%0d%0ab%1bc", "/a\ufffd\ufffdb\ufffdc", {}),
            ("/order/%D1%84?code=%2500&next=%2Fbuy", "/order/ф", {"code": "%00", "next": "/buy"}),
            ("/", "/", {}),
        ],
    )
    def test_is_seen_without_what_cannot_be_printed(self, sent: str, path: str, query: dict[str, str]) -> None:
        app = FastAPI()

        def show(request: Request) -> dict[str, object]:
            return {"path": request.scope["path"], "query": dict(request.query_params)}

        app.add_api_route("/{anything:path}", show, methods=["GET"])
        with running(PrintableAddresses(app)) as url:
            seen = httpx.get(url + sent, trust_env=False).json()

        assert seen == {"path": path, "query": query}
