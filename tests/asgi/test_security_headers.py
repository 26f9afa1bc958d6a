"""Security headers stand on every answer, also where nobody thought of them."""

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Response

from asgi.security_headers import BARE, SecurityHeaders
from tests.doubles.server import Served


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An application with an endpoint that sets a header itself and one with a bug."""
    app = FastAPI()
    app.add_api_route("/own", lambda: Response(headers={"cache-control": "max-age=60"}))
    app.add_api_route("/bug", lambda: 1 // 0)
    with Served(SecurityHeaders(app)) as served:
        yield served.url


class TestSecurityHeaders:
    @pytest.mark.parametrize(("path", "status"), [("/docs", 200), ("/nothing", 404), ("/bug", 500)])
    def test_are_on_pages_and_errors_alike(self, url: str, path: str, status: int) -> None:
        answer = httpx.get(f"{url}{path}")

        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in BARE} == BARE

    def test_of_the_endpoint_itself_stay(self, url: str) -> None:
        answer = httpx.get(f"{url}/own")

        assert answer.headers.get_list("cache-control") == ["max-age=60"]
        assert answer.headers["x-content-type-options"] == "nosniff"
