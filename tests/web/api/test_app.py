"""What holds for the whole API: health, headers, errors as problem details, an outage of the database."""

import requests

from store.engine import open_engine
from tests.asgi.running import running
from web.api.app import MAX_BODY_BYTES, create_api
from workers.context import Context

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


class TestHealth:
    def test_is_alive_and_ready_with_a_database(self, api: str) -> None:
        answers = [requests.get(f"{api}{path}", timeout=5) for path in ("/healthz", "/readyz")]

        assert [answer.text for answer in answers] == ["alive", "ready"]

    def test_is_alive_and_not_ready_without_one(self) -> None:
        with running(create_api(Context(open_engine(NOWHERE)))) as url:
            alive, ready = (requests.get(f"{url}{path}", timeout=8) for path in ("/healthz", "/readyz"))

        assert (alive.status_code, ready.status_code) == (200, 503)
        assert ready.headers["Retry-After"] == "1"
        assert ready.headers["Content-Type"] == "application/problem+json"
        assert (ready.json()["code"], "127.0.0.1" in ready.text) == ("unavailable", False)


class TestErrors:
    def test_are_problem_details_with_headers_of_security(self, api: str) -> None:
        answer = requests.get(f"{api}/nothing", timeout=5)

        assert answer.json() == {
            "type": "/docs/problems#not_found",
            "title": "There is nothing of this name.",
            "status": 404,
            "code": "not_found",
            "detail": "Not Found",
            "instance": "/nothing",
            "request_id": answer.headers["X-Request-Id"],
        }
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    def test_say_which_methods_there_are(self, api: str) -> None:
        answer = requests.post(f"{api}/healthz", timeout=5)

        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")

    def test_refuse_a_body_that_is_too_large(self, api: str) -> None:
        answer = requests.post(f"{api}/healthz", data=b"x" * (MAX_BODY_BYTES + 1), timeout=5)

        assert (answer.status_code, answer.json()["code"]) == (413, "content_too_large")

    def test_never_redirect(self, api: str) -> None:
        assert requests.get(f"{api}/healthz/", allow_redirects=False, timeout=5).status_code == 404

    def test_refuse_a_host_that_is_not_ours(self) -> None:
        app = create_api(Context(open_engine(NOWHERE)), hosts=("127.0.0.1",))
        with running(app) as url:
            answer = requests.get(f"{url}/healthz", headers={"Host": "evil.example"}, timeout=5)

        assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
