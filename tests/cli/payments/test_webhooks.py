"""`billing webhooks`: a process of its own that knows RabbitMQ and its readers, and no database."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from broker.topology import INTAKES
from gateways.sandbox.signature import HEADER, sign
from messages.queues import WEBHOOK
from messages.read import Event, read
from tests.broker.queues import declare, get_all, purge
from tests.journeys.billing import Billing
from tests.servers.find import FoundRabbit
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until

SECRET = "what-the-sandbox-signs-with"
PATH_SECRET = "an-unguessable-part-of-it"
GATEWAY = {"GATEWAYS": "sandbox", "ENVIRONMENT": "development", "SANDBOX_WEBHOOK_SECRET": SECRET}


@pytest.fixture
def rabbit_url(rabbit_server: FoundRabbit) -> Iterator[str]:
    declare(rabbit_server.url, INTAKES[WEBHOOK])
    purge(rabbit_server.url, WEBHOOK)
    yield rabbit_server.url
    purge(rabbit_server.url, WEBHOOK)


@pytest.fixture
def port() -> Iterator[int]:
    reserved = ReservedPort()
    yield reserved.number
    reserved.release()


def answers(url: str) -> bool:
    """Tell whether the endpoint answers."""
    try:
        return httpx.get(url).status_code == 200
    except httpx.TransportError:
        return False


class TestWebhooks:
    def test_are_taken_verified_and_published_without_a_database(
        self, rabbit_url: str, port: int, tmp_path: Path
    ) -> None:
        folder = tmp_path / "embedded"
        settings = {
            "AMQP_URL": rabbit_url,
            "EMBEDDED_DIR": str(folder),
            "WEBHOOKS_PORT": str(port),
            "WEBHOOKS_PATH_SECRET": PATH_SECRET,
            "WEBHOOKS_MAX_BYTES": "2048",
            **GATEWAY,
        }
        endpoint = f"http://127.0.0.1:{port}"
        body = json.dumps({"id": "sbx_evt_1", "type": "payment.paid", "ref": "sbx_pay_1"}).encode()
        signed = {HEADER: sign(SECRET, body, at=int(time.time()))}
        forged = {HEADER: sign("another secret", body, at=int(time.time()))}

        with Billing(settings).running("webhooks"):
            wait_until(lambda: answers(f"{endpoint}/healthz"), "the endpoint answers", limit_s=30)
            taken = httpx.post(f"{endpoint}/webhooks/sandbox/{PATH_SECRET}", content=body, headers=signed)
            refused = httpx.post(f"{endpoint}/webhooks/sandbox/{PATH_SECRET}", content=body, headers=forged)
            lost = httpx.post(f"{endpoint}/webhooks/sandbox", content=body, headers=signed)
            too_large = httpx.post(f"{endpoint}/webhooks/sandbox/{PATH_SECRET}", content=b" " * 2_049, headers=signed)

        assert [one.status_code for one in (taken, refused, lost, too_large)] == [200, 400, 404, 413]
        [waiting] = get_all(rabbit_url, WEBHOOK)
        [event] = read(waiting, queue=WEBHOOK)
        assert isinstance(event, Event)
        assert (event.envelope.source, event.envelope.id, event.envelope.data.ref) == (
            "gateway/sandbox",
            "sbx_evt_1",
            "sbx_pay_1",
        )
        assert not folder.exists()

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            (GATEWAY, "needs AMQP_URL"),
            ({"AMQP_URL": "amqp://127.0.0.1:1/"}, "needs at least one gateway in GATEWAYS"),
            ({"AMQP_URL": "amqp://127.0.0.1:1/", **GATEWAY, "ENVIRONMENT": "production"}, "is for development"),
            ({"AMQP_URL": "amqp://127.0.0.1:1/", **GATEWAY, "WEBHOOKS_PATH_SECRET": "short"}, "16 to 128"),
            ({"AMQP_URL": "amqp://127.0.0.1:1/", **GATEWAY, "WEBHOOKS_TRUSTED_PROXIES": "us"}, "is not a network"),
            ({"AMQP_URL": "amqp://127.0.0.1:1/", "GATEWAYS": "stripe"}, "STRIPE_WEBHOOK_SECRETS is not set"),
        ],
    )
    def test_are_not_taken_where_a_setting_is_missing_or_wrong(self, settings: dict[str, str], said: str) -> None:
        done = Billing(settings)("webhooks")

        assert done.returncode == 2
        assert said in done.stderr
        assert "Traceback" not in done.stderr
