"""Problem details: each kind of error has its answer, and none says more than it should."""

from collections.abc import Iterator

import pytest
import requests
from fastapi import FastAPI

from asgi.problem_details import use_problem_details
from asgi.refusal import RequestRefused
from messages.errors import Unavailable
from tests.asgi.running import running


@pytest.fixture(scope="module")
def failing() -> Iterator[str]:
    """The address of an application whose endpoints fail in each way."""
    app = FastAPI()
    use_problem_details(app)

    @app.get("/healthz")
    def health() -> str:
        return "alive"

    @app.get("/number/{number}")
    def number(number: int) -> int:
        return number

    @app.get("/{kind}")
    def fail(kind: str) -> None:
        raise {
            "slow": RequestRefused(429, "too many requests", wait_seconds=1.2),
            "away": Unavailable("the database at 10.0.0.7 is away"),
            "bug": ZeroDivisionError("a secret"),
        }[kind]

    with running(app) as url:
        yield url


class TestProblemDetails:
    @pytest.mark.parametrize(
        ("path", "status", "code", "retry_after"),
        [
            ("/slow", 429, "rate_limited", "2"),
            ("/away", 503, "unavailable", "1"),
            ("/bug", 500, "internal", None),
            ("/a/b/c", 404, "not_found", None),
        ],
    )
    def test_have_a_code_and_say_when_to_come_again(
        self, failing: str, path: str, status: int, code: str, retry_after: str | None
    ) -> None:
        answer = requests.get(f"{failing}{path}", timeout=5)

        assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (status, status, code)
        assert answer.headers.get("Retry-After") == retry_after
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert "10.0.0.7" not in answer.text
        assert "secret" not in answer.text

    def test_point_at_each_wrong_value(self, failing: str) -> None:
        answer = requests.get(f"{failing}/number/many", timeout=5)

        assert answer.status_code == 422
        assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [
            ("/path/number", "int_parsing")
        ]
