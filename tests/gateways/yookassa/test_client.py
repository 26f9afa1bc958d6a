"""The SDK's client, isolated: each shop's own credentials, nothing of the process, no redirects."""

from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import yookassa
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse

from domain.gateway.errors import UnableToReach
from gateways.yookassa.client import YooKassaClient
from tests.doubles.server import Served

SHOPS = [(str(100_500 + number), f"test_{number}") for number in range(5)]


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """Serve what answers with the headers and the body of each call."""
    app = FastAPI()

    @app.post("/v3/payments")
    async def answer(request: Request) -> JSONResponse:
        return JSONResponse({"headers": dict(request.headers), "body": await request.json()})

    @app.get("/v3/payments/{ref}")
    def lead_elsewhere(ref: str) -> RedirectResponse:
        return RedirectResponse("/v3/elsewhere")

    with Served(app) as served:
        yield f"{served.url}/v3"


class TestTheClient:
    def test_sends_each_shops_own_credentials_whatever_the_process_has_set(
        self, echo: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(yookassa.Configuration, "account_id", "1")
        monkeypatch.setattr(yookassa.Configuration, "secret_key", "another")
        clients = [YooKassaClient(echo, shop) for shop in SHOPS]

        with ThreadPoolExecutor(5) as pool:
            answers = list(pool.map(lambda client: client.post("/payments", {"a": 1}, "co-1"), clients * 4))

        sent = [answer.body["headers"]["authorization"] for answer in answers]
        assert sent == ["Basic " + b64encode(f"{shop}:{key}".encode()).decode() for shop, key in SHOPS] * 4

    def test_is_the_sdks_and_adds_nothing_to_a_body(self, echo: str) -> None:
        answer = YooKassaClient(echo, SHOPS[0]).post("/payments", {"metadata": {"order_id": "o-1"}}, "co-1")

        assert "YooKassa.Python/3.13" in answer.body["headers"]["ym-user-agent"]
        assert answer.body["headers"]["idempotence-key"] == "co-1"
        assert answer.body["body"] == {"metadata": {"order_id": "o-1"}}

    def test_follows_no_redirect(self, echo: str) -> None:
        with pytest.raises(UnableToReach, match="answered 307"):
            YooKassaClient(echo, SHOPS[0]).fetch("/payments", "2203aa1d")
