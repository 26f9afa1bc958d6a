"""One trace from a request over HTTP to the ledger and to what follows; and neither spans nor logs tell a secret."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from messages.queues import MINUTE_USAGE, SALES
from tests.journeys import test_purchases
from tests.journeys.billing import COMMAND, LIMIT_SECONDS, Billing
from tests.servers.collector import Collector, Received, collecting
from tests.servers.databases import select
from tests.servers.find import FoundPostgres, FoundRabbit
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.workers.events import body, registered

MAIL = "anna.buyer@mail.example"
WRONG_PATH_SECRET = "wrong-secret-of-a-path-42"
OF_THE_REQUEST = "4bf92f3577b34da6a3ce929d0e0e4736"
REQUEST_ID = "request-of-this-test"


@dataclass(frozen=True, slots=True)
class Journey:
    """What a whole purchase has left: spans, the lines of the log, and secrets that must be in neither."""

    collector: Collector
    log: str
    database_url: str
    secrets: dict[str, str]

    def lines(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]


@contextmanager
def running(settings: dict[str, str], log: Path) -> Iterator[Billing]:
    """Run everything in one process, with its log in a file."""
    billing = Billing(settings)
    with log.open("wb") as written:
        process = subprocess.Popen([*COMMAND, "run"], env=billing.environment, stderr=written)
        try:
            yield billing
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT_SECONDS) == 0
        finally:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def journey(
    postgres_server: FoundPostgres,
    migrated_database: str,
    rabbit_server: FoundRabbit,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Journey]:
    """A buyer asks for a link by the API, pays, and gets minutes; somebody spends; strangers try things."""
    url, log = postgres_server.new_database(copy_of=migrated_database), tmp_path_factory.mktemp("traces") / "log"
    webhooks, api, portal = ReservedPort(), ReservedPort(), ReservedPort()
    with collecting() as collector, test_purchases.doubles(f"http://127.0.0.1:{webhooks.number}/webhooks") as made:
        settings = {
            "DATABASE_URL": url,
            "AMQP_URL": rabbit_server.url,
            "WEBHOOKS_PORT": str(webhooks.number),
            "WEB_API_PORT": str(api.number),
            "WEB_PORTAL_PORT": str(portal.number),
            "PORTAL_URL": f"http://127.0.0.1:{portal.number}",
            **made,
            "GATEWAYS": "sandbox",
            "GATEWAY_ROUTES": "*=sandbox",
            "LOG_FORMAT": "json",
            "LOG_LEVEL": "DEBUG",
            "MAIL_FOLDER": str(log.parent / "mails"),
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-token=token-of-the-collector",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        test_purchases.TestBuyers.offer(url)
        with running(settings, log) as billing:
            _register(rabbit_server.url)
            wait_until(lambda: _count(url, "account WHERE email IS NOT NULL") == 1, "she is known", limit_s=30)
            token = billing.json("tokens", "create", "--account", "anna")["token"]
            order = _order(f"http://127.0.0.1:{api.number}", token)
            test_purchases.TestBuyers.pay(made, "sandbox", test_purchases.TestBuyers.checkout_ref(url, order["id"]))
            wait_until(lambda: test_purchases.TestBuyers.states(url) == {"anna": "paid"}, "it is paid", limit_s=30)
            _strange_requests(webhooks.number, portal.number, api.number, token)
            wait_until(lambda: _count(url, "outbox") == 0, "all has left", limit_s=30)
        for port in (webhooks, api, portal):
            port.release()
    secrets = {"the token": token, "the mail address": MAIL, "a secret in a path": WRONG_PATH_SECRET} | {
        name: value for name, value in made.items() if ("SECRET" in name or "KEY" in name) and len(value) > 8
    }
    yield Journey(collector, log.read_text(encoding="utf-8"), url, secrets)
    postgres_server.drop_database(url)


def _register(amqp_url: str) -> None:
    event = registered("anna", email=MAIL)
    publisher = ConfirmedPublisher(amqp_url)
    receipts = publisher.publish([Publication(SALES, MINUTE_USAGE, event["id"], body(event))], patience_seconds=30)
    assert receipts == [Receipt.CONFIRMED]
    publisher.close()


def _order(api: str, token: str) -> dict[str, Any]:
    answer = httpx.post(
        f"{api}/api/v1/orders",
        json={"product_id": "starter", "currency": "RUB"},
        headers={
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": "an-order",
            "X-Request-Id": REQUEST_ID,
            "traceparent": f"00-{OF_THE_REQUEST}-00f067aa0ba902b7-01",
        },
        timeout=20,
        trust_env=False,
    )
    assert answer.status_code < 300, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _strange_requests(webhooks: int, portal: int, api: int, token: str) -> None:
    """What must leave no secret: wrong links, wrong bodies, mail addresses where none are wanted."""
    with httpx.Client(timeout=10, trust_env=False, headers={"authorization": f"Bearer {token}"}) as client:
        client.post(f"http://127.0.0.1:{webhooks}/webhooks/sandbox/{WRONG_PATH_SECRET}", content=b"{")
        client.post(f"http://127.0.0.1:{webhooks}/webhooks/sandbox", content=b"{")
        client.get(f"http://127.0.0.1:{portal}/enter/{WRONG_PATH_SECRET}")
        client.get(f"http://127.0.0.1:{portal}/history?mail={MAIL}")
        client.get(f"http://127.0.0.1:{api}/api/v1/profile?token={token}&email={MAIL}")
        client.post(f"http://127.0.0.1:{api}/api/v1/orders", json={"product_id": MAIL})


def _count(url: str, table: str) -> int:
    return int(select(url, f"SELECT count(*) FROM {table}")[0][0])


def one(spans: list[Received], name: str) -> Received:
    """The one span of a name."""
    [found] = [span for span in spans if span.name == name]
    return found


class TestOneTrace:
    def test_reaches_from_the_webhook_to_the_ledger_and_the_notice(self, journey: Journey) -> None:
        [(traceparent, grants)] = select(
            journey.database_url,
            """
            SELECT inbox.traceparent, count(entry.id) FROM inbox JOIN entry ON entry.message_id = inbox.id
            WHERE inbox.type = 'screph.payment.paid.v1' AND entry.kind = 'grant' GROUP BY 1
            """,
        )
        trace = journey.collector.of_trace(traceparent[3:35])

        request = one(trace, "POST /webhooks/{gateway}")
        handled = one(trace, "handle webhook")
        assert grants == 1
        assert request.parent_id == ""
        # The message carried the request's span through RabbitMQ, and the ledger names the worker's.
        assert handled.parent_id == request.span_id
        assert traceparent[36:52] == handled.span_id
        # What the worker read of the gateway lies within it, and the notice that the payment owes follows from it.
        assert {span.parent_id for span in trace if span.attributes.get("http.route") is None} >= {handled.span_id}
        assert any(span.name.startswith("sandbox ") and span.parent_id == handled.span_id for span in trace)
        assert handled.span_id in {span.parent_id for span in trace if span.name == "handle notice"}

    def test_goes_on_with_the_one_that_a_caller_has_begun(self, journey: Journey) -> None:
        trace = journey.collector.of_trace(OF_THE_REQUEST)

        request = one(trace, "POST /api/v1/orders")
        handled = one(trace, "handle purchase")
        assert request.parent_id == "00f067aa0ba902b7"
        assert handled.parent_id == request.span_id
        assert one(trace, "sandbox create_checkout").parent_id == handled.span_id
        assert handled.service == "billing-run"

    def test_is_found_in_the_log_with_the_request_and_the_messages(self, journey: Journey) -> None:
        of_request = [line for line in journey.lines() if line.get("request_id") == REQUEST_ID]
        with_messages = [line for line in journey.lines() if line.get("messages")]

        assert all(line["trace_id"] == OF_THE_REQUEST for line in of_request)
        assert all(line["queue"] and re.fullmatch(r"[0-9a-f]{32}", line["trace_id"]) for line in with_messages)
        assert of_request or with_messages

    def test_is_told_to_the_collector_with_what_it_wants(self, journey: Journey) -> None:
        assert {headers.get("x-token") for headers in journey.collector.headers} == {"token-of-the-collector"}


class TestSecrets:
    def test_are_in_no_span(self, journey: Journey) -> None:
        sent = b"".join(journey.collector.bodies)

        assert len(journey.collector.spans) > 10
        assert {name for name, secret in journey.secrets.items() if secret.encode() in sent} == set()
        assert "/enter" not in {span.attributes.get("http.route", "")[:6] for span in journey.collector.spans}
        # Requests have a route and no path.
        assert {span.attributes.get("url.path", "***") for span in journey.collector.spans} == {"***"}
        assert {span.attributes.get("url.query", "***") for span in journey.collector.spans} == {"***"}

    def test_are_in_no_line_of_the_log(self, journey: Journey) -> None:
        assert len(journey.lines()) > 10
        assert {name for name, secret in journey.secrets.items() if secret in journey.log} == set()
        assert re.findall(r"[\w.+-]+@[\w-]+\.[a-z]{2,}", journey.log) == []

    def test_of_servers_stand_in_no_line_either(self, journey: Journey) -> None:
        passwords = {
            match[1]
            for url in (journey.database_url, os.environ.get("TEST_AMQP_URL", ""))
            if (match := re.search(r"://[^:/]+:([^@]+)@", url))
        }

        assert {password for password in passwords if f":{password}@" in journey.log} == set()
