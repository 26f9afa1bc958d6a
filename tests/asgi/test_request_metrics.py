"""What is counted of requests: templates of routes, never paths; and each answer names its request."""

import threading
from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Response
from prometheus_client import REGISTRY

from asgi.request_id import HEADER, REQUEST_ID
from asgi.request_metrics import RequestMetrics
from tests.doubles.server import Served
from tests.servers.waiting import wait_until

APP = "counted"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """An application with a path that holds a secret, one that says its id, and one with a bug."""
    app = FastAPI()
    app.add_api_route("/enter/{token}", lambda token: {"ok": True})
    app.add_api_route("/id", lambda: {"id": REQUEST_ID.get(), "thread": threading.current_thread().name})
    app.add_api_route("/stream", lambda: Response("data: 1", media_type="text/event-stream"))
    app.add_api_route("/bug", lambda: 1 // 0)
    with Served(RequestMetrics(app, APP)) as served:
        yield served.url


def count(route: str, status: int, method: str = "GET") -> float:
    """How many requests were counted under some labels."""
    labels = {"app": APP, "route": route, "method": method, "status": str(status)}
    return REGISTRY.get_sample_value("billing_http_requests_total", labels) or 0.0


class TestRequestMetrics:
    def test_counts_by_template_and_keeps_what_the_path_holds_out(self, url: str) -> None:
        before = count("/enter/{token}", 200)

        for secret in ("first-secret", "second-secret"):
            httpx.get(f"{url}/enter/{secret}")

        wait_until(lambda: count("/enter/{token}", 200) == before + 2, "it is counted", limit_s=10)
        labels = {value for family in REGISTRY.collect() for each in family.samples for value in each.labels.values()}
        assert [label for label in labels if "secret" in label] == []

    def test_counts_whatever_leads_nowhere_together(self, url: str) -> None:
        before = count("none", 404)

        for path in ("/a", "/b", "/.env"):
            httpx.get(url + path)

        wait_until(lambda: count("none", 404) == before + 3, "it is counted", limit_s=10)

    def test_counts_methods_that_nobody_knows_together(self, url: str) -> None:
        before = count("none", 404, method="other")

        httpx.request("BREW", f"{url}/coffee")

        wait_until(lambda: count("none", 404, method="other") == before + 1, "it is counted", limit_s=10)

    def test_counts_a_bug_as_500(self, url: str) -> None:
        before = count("/bug", 500)

        assert httpx.get(f"{url}/bug").status_code == 500
        wait_until(lambda: count("/bug", 500) == before + 1, "it is counted", limit_s=10)

    def test_times_each(self, url: str) -> None:
        httpx.get(f"{url}/id")

        labels = {"app": APP, "route": "/id", "method": "GET"}
        wait_until(
            lambda: (REGISTRY.get_sample_value("billing_http_request_duration_seconds_sum", labels) or 0) > 0,
            "it is timed",
            limit_s=10,
        )

    def test_does_not_time_streams_which_are_open_as_long_as_a_page(self, url: str) -> None:
        httpx.get(f"{url}/stream")

        labels = {"app": APP, "route": "/stream", "method": "GET"}
        wait_until(lambda: count("/stream", 200) >= 1, "it is counted", limit_s=10)
        assert REGISTRY.get_sample_value("billing_http_request_duration_seconds_count", labels) is None

    def test_has_nothing_in_flight_when_all_are_answered(self, url: str) -> None:
        httpx.get(f"{url}/bug")

        # An answer is there a moment before its request is over.
        labels = {"app": APP}
        wait_until(
            lambda: REGISTRY.get_sample_value("billing_http_requests_in_flight", labels) == 0,
            "nothing is in flight",
            limit_s=10,
        )


class TestTheId:
    def test_is_in_the_answer_and_in_the_thread_that_answers(self, url: str) -> None:
        answer = httpx.get(f"{url}/id")

        assert answer.json()["id"] == answer.headers[HEADER]
        assert answer.json()["thread"] != "MainThread"

    def test_is_another_each_time(self, url: str) -> None:
        ids = {httpx.get(f"{url}/nothing").headers[HEADER] for _ in range(3)}

        assert len(ids) == 3
