"""What strangers send to the webhook endpoint: refused, logged, and nothing is published."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.doubles.delivery import Webhook
from tests.gateways.contract.harness import GatewayHarness, lowered
from tests.gateways.contract.marks import SIGNING, UNSIGNED, WITH_LOOK_ALIKES
from tests.relay.webhook_endpoint import RecordingPublisher, RunningEndpoint, running_endpoint


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


def useful_webhook(harness: GatewayHarness) -> Webhook:
    """Return a webhook of a payment that is about something."""
    harness.paid()
    return next(webhook for webhook in harness.webhooks() if harness.read(webhook) is not None)


class TestStrangers:
    def test_one_that_is_true_is_published_and_a_replay_says_the_same(
        self, harness: GatewayHarness, endpoint: RunningEndpoint, publisher: RecordingPublisher
    ) -> None:
        webhook = useful_webhook(harness)

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
        webhook = useful_webhook(harness)
        forged = webhook.body.replace(b'"id"', b'"iD"', 1)
        assert forged != webhook.body

        assert post(endpoint, harness, webhook, body=forged) == 400
        assert publisher.ids == []
        assert f"a webhook of {harness.able.name} from 127.0.0.1 is refused with 400" in caplog.text

    @SIGNING
    def test_one_that_was_serialised_again_is_refused(
        self, harness: GatewayHarness, endpoint: RunningEndpoint, publisher: RecordingPublisher
    ) -> None:
        webhook = useful_webhook(harness)
        again = json.dumps(json.loads(webhook.body), indent=1).encode()
        assert again != webhook.body

        assert post(endpoint, harness, webhook, body=again) == 400
        assert publisher.ids == []

    @SIGNING
    def test_one_that_was_signed_long_ago_is_refused(
        self, harness: GatewayHarness, endpoint: RunningEndpoint, publisher: RecordingPublisher
    ) -> None:
        assert harness.able.signed_long_ago is not None
        old = harness.able.signed_long_ago(harness.double, useful_webhook(harness))

        assert post(endpoint, harness, old) == 400
        assert publisher.ids == []

    @WITH_LOOK_ALIKES
    def test_a_certificate_of_a_look_alike_is_not_fetched(
        self,
        harness: GatewayHarness,
        endpoint: RunningEndpoint,
        publisher: RecordingPublisher,
        headers: Mapping[str, str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        webhook = useful_webhook(harness)

        assert post(endpoint, harness, webhook, headers=dict(headers)) == 400
        assert publisher.ids == []
        assert "is refused with 400: " in caplog.text
        assert "certificate" in caplog.text

    @UNSIGNED
    def test_one_from_a_foreign_address_is_refused(
        self, harness: GatewayHarness, publisher: RecordingPublisher
    ) -> None:
        webhook = useful_webhook(harness)
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
        assert post(endpoint, harness, useful_webhook(harness), body=b"{" + b" " * 64_000) == 413
        assert publisher.ids == []
        assert "is refused with 413" in caplog.text
