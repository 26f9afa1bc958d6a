"""What strangers send to the webhook endpoint: refused, logged, and nothing is published."""

import json
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateways.sandbox.signature import HEADER, sign
from tests.doubles.delivery import Webhook
from tests.doubles.sandbox.double import SECRET
from tests.doubles.stripe.events import signed
from tests.gateways.contract.harness import GatewayHarness, lowered
from tests.gateways.contract.marks import SIGNING, UNSIGNED, only
from tests.relay.webhook_endpoint import RecordingPublisher, RunningEndpoint, running_endpoint

AGE = timedelta(days=5)
THEN = int(time.time() - AGE.total_seconds())

SIGNED_LONG_AGO: dict[str, Callable[[Any, Webhook], Webhook]] = {
    "stripe": lambda _, webhook: signed(webhook.event, webhook.body, at=THEN),
    "paypal": lambda double, webhook: double.webhook(json.loads(webhook.body), sent_at=datetime.now(UTC) - AGE),
    "sandbox": lambda _, webhook: Webhook(webhook.event, webhook.body, {HEADER: sign(SECRET, webhook.body, at=THEN)}),
}


@pytest.fixture
def publisher() -> RecordingPublisher:
    """What the endpoint publishes with."""
    return RecordingPublisher()


@pytest.fixture
def endpoint(
    harness: GatewayHarness, publisher: RecordingPublisher, caplog: pytest.LogCaptureFixture
) -> Iterator[RunningEndpoint]:
    """The endpoint, with the gateway's own reader."""
    caplog.set_level(logging.WARNING, "relay")
    with running_endpoint(lambda: publisher, {harness.able.name: harness.reader}, max_body_bytes=64_000) as endpoint:
        yield endpoint


def post(endpoint: RunningEndpoint, harness: GatewayHarness, webhook: Webhook, **changes: Any) -> int:
    """Post a webhook as it came, or with another body or more headers; return the status."""
    headers = lowered(webhook.headers) | changes.get("headers", {})
    return endpoint.post(
        changes.get("body", webhook.body), path=f"/webhooks/{harness.able.name}", headers=headers
    ).status_code


def told(harness: GatewayHarness) -> Webhook:
    """Return a webhook of a payment that is about something."""
    harness.paid()
    return next(webhook for webhook in harness.webhooks() if harness.read(webhook) is not None)


class TestStrangers:
    def test_one_that_is_true_is_published_and_a_replay_says_the_same(
        self, harness: GatewayHarness, endpoint: RunningEndpoint, publisher: RecordingPublisher
    ) -> None:
        webhook = told(harness)

        assert [post(endpoint, harness, webhook), post(endpoint, harness, webhook)] == [200, 200]

        # The inbox knows the second by its id, which is the hint's.
        assert len(publisher.ids) == 2
        assert len(set(publisher.ids)) == 1

    @SIGNING
    def test_a_forged_one_is_refused(
        self,
        harness: GatewayHarness,
        endpoint: RunningEndpoint,
        publisher: RecordingPublisher,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        webhook = told(harness)
        forged = webhook.body.replace(b'"id"', b'"iD"', 1)
        assert forged != webhook.body

        assert post(endpoint, harness, webhook, body=forged) == 400
        assert publisher.ids == []
        assert f"a webhook of {harness.able.name} from 127.0.0.1 is refused with 400" in caplog.text

    @SIGNING
    def test_one_that_was_serialised_anew_is_refused(
        self, harness: GatewayHarness, endpoint: RunningEndpoint, publisher: RecordingPublisher
    ) -> None:
        webhook = told(harness)
        anew = json.dumps(json.loads(webhook.body), indent=1).encode()
        assert anew != webhook.body

        assert post(endpoint, harness, webhook, body=anew) == 400
        assert publisher.ids == []

    @SIGNING
    def test_one_that_was_signed_long_ago_is_refused(
        self, harness: GatewayHarness, endpoint: RunningEndpoint, publisher: RecordingPublisher
    ) -> None:
        old = SIGNED_LONG_AGO[harness.able.name](harness.double, told(harness))

        assert post(endpoint, harness, old) == 400
        assert publisher.ids == []

    @only(lambda able: able.name == "paypal")
    @pytest.mark.parametrize(
        "host",
        [
            "api.paypal.com.evil.example",
            "api-paypal.com",
            "evil.example/api.paypal.com",
            "api.paypal.com@evil.example",
            "xn--pypal-4ve.com",
        ],
    )
    def test_a_certificate_of_a_look_alike_is_not_fetched(
        self,
        harness: GatewayHarness,
        endpoint: RunningEndpoint,
        publisher: RecordingPublisher,
        host: str,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        webhook = told(harness)
        address = f"https://{host}/v1/notifications/certs/CERT-360caa42"

        assert post(endpoint, harness, webhook, headers={"paypal-cert-url": address}) == 400
        assert publisher.ids == []
        assert "is refused with 400: " in caplog.text
        assert "certificate" in caplog.text

    @UNSIGNED
    def test_one_from_a_foreign_address_is_refused(
        self, harness: GatewayHarness, publisher: RecordingPublisher
    ) -> None:
        webhook = told(harness)
        with running_endpoint(
            lambda: publisher, {harness.able.name: harness.reader}, trusted_proxies=("127.0.0.0/8",)
        ) as behind_a_proxy:
            status = post(behind_a_proxy, harness, webhook, headers={"X-Forwarded-For": "203.0.113.7"})

        assert status == 403
        assert publisher.ids == []

    def test_one_that_is_too_large_is_refused(
        self,
        harness: GatewayHarness,
        endpoint: RunningEndpoint,
        publisher: RecordingPublisher,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        assert post(endpoint, harness, told(harness), body=b"{" + b" " * 64_000) == 413
        assert publisher.ids == []
        assert "is refused with 413" in caplog.text
