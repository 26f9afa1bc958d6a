"""`billing metrics`, and `/metrics` of the other processes."""

import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.journeys.billing import Billing
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

LIMIT_S = 30


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody has."""
    reserved = ReservedPort()
    yield reserved.number
    reserved.release()


def scrape(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Every sample, by its name and labels; empty while nobody listens."""
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
    except httpx.HTTPError:
        return {}
    families = text_string_to_metric_families(answer.text)
    return {(each.name, tuple(sorted(each.labels.items()))): each.value for one in families for each in one.samples}


def up(port: int) -> float | None:
    """Whether the exporter could read its figures; None while nobody listens."""
    return scrape(port).get(("billing_exporter_up", ()))


class TestTheExporter:
    def test_serves_what_the_tables_say(self, database_url: str, port: int) -> None:
        billing = Billing({"DATABASE_URL": database_url, "METRICS_PORT": str(port)})
        billing("grant", "anna", "--minutes", "10")

        with billing.running("metrics"):
            wait_until(lambda: up(port) is not None, "the figures are served", limit_s=LIMIT_S)
            found = scrape(port)

        assert found["billing_exporter_up", ()] == 1
        assert found["billing_outbox_messages", ()] > 0
        assert found["billing_outbox_oldest_age_seconds", ()] >= 0
        assert found["billing_job_interval_seconds", (("job_name", "expiry-sweep"),)] == 60
        # Prometheus has labels of these names itself, and would rename ours.
        assert {name for _, labels in found for name, _ in labels} & {"job", "instance"} == set()

    def test_asks_the_database_no_more_often_than_it_should(self, database_url: str, port: int) -> None:
        billing = Billing({"DATABASE_URL": database_url, "METRICS_PORT": str(port)})
        with billing.running("metrics"):
            wait_until(lambda: up(port) == 1, "the figures are served", limit_s=LIMIT_S)
            before = scrape(port)["billing_outbox_messages", ()]
            billing("grant", "anna", "--minutes", "10")
            again = scrape(port)["billing_outbox_messages", ()]

        assert before == again == 0

    def test_says_so_when_the_database_is_away(self, port: int) -> None:
        nowhere = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "METRICS_PORT": str(port)}

        with Billing(nowhere).running("metrics"):
            wait_until(lambda: up(port) is not None, "it answers all the same", limit_s=LIMIT_S)
            found = scrape(port)

        assert found["billing_exporter_up", ()] == 0
        assert [name for name, _ in found if name.startswith("billing_outbox")] == []

    def test_refuses_a_port_that_is_taken(self, database_url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            number = taken.getsockname()[1]
            done = Billing({"DATABASE_URL": database_url, "METRICS_PORT": str(number)})("metrics")

        assert done.returncode == 2
        assert f"nobody can listen at 127.0.0.1, port {number}" in done.stderr
        assert "METRICS_PORT names another port" in done.stderr


class TestAProcess:
    def test_serves_what_it_has_counted(self, database_url: str, port: int) -> None:
        web = ReservedPort()
        settings = {"DATABASE_URL": database_url, "METRICS_PORT": str(port), "WEB_API_PORT": str(web.number)}

        with Billing(settings).running("web", "--apps", "api"):
            wait_until(lambda: bool(scrape(port)), "it is measured", limit_s=LIMIT_S)
            wait_until(lambda: _answers(web.number), "it answers", limit_s=LIMIT_S)
            found = scrape(port)
        web.release()

        labels = (("app", "api"), ("method", "GET"), ("route", "/healthz"), ("status", "200"))
        assert found["billing_http_requests_total", labels] >= 1
        assert ("billing_exporter_up", ()) not in found

    def test_is_not_measured_unless_somebody_asks(self, database_url: str, port: int) -> None:
        with Billing({"DATABASE_URL": database_url}).running("scheduler"):
            time.sleep(3)
            assert scrape(port) == {}


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
