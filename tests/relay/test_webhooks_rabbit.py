"""The webhook endpoint before a real RabbitMQ: 200 only after the confirm, and nothing is lost or altered."""

import base64
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from broker.publisher import ConfirmedPublisher
from broker.topology import INTAKES
from gateways.sandbox.webhooks import SandboxWebhookReader
from messages.payments.requests import WebhookReceived
from messages.queues import WEBHOOK
from messages.read import Event, read
from tests.broker.proxy import proxied
from tests.broker.queues import channel, count, declare, get_all, purge
from tests.doubles.sandbox.double import SECRET as DOUBLES_SECRET
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import checkout_request, gateway_of
from tests.relay.webhook_endpoint import an_event, running_endpoint
from tests.servers.find import FoundRabbit
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until


@pytest.fixture
def rabbit_url(rabbit_server: FoundRabbit) -> Iterator[str]:
    """The URL of a RabbitMQ whose queue of webhooks is there and empty."""
    declare(rabbit_server.url, INTAKES[WEBHOOK])
    purge(rabbit_server.url, WEBHOOK)
    yield rabbit_server.url
    purge(rabbit_server.url, WEBHOOK)


class TestPublished:
    def test_carries_the_bytes_and_what_they_are_about(self, rabbit_url: str) -> None:
        body = an_event() + b"\r\n\t"
        with running_endpoint(lambda: ConfirmedPublisher(rabbit_url)) as endpoint:
            assert endpoint.post_signed(body).status_code == 200

        with channel(rabbit_url) as opened:
            _, properties, message = opened.basic_get(WEBHOOK, auto_ack=True)
        event = WebhookReceived.model_validate_json(message)
        assert (properties.message_id, properties.delivery_mode) == ("sbx_evt_1", 2)
        assert (event.id, event.source, event.type) == (
            "sbx_evt_1",
            "gateway/sandbox",
            "screph.webhook.received.v1",
        )
        assert datetime.now(UTC) - event.time < timedelta(minutes=1)
        assert b'"subject":"sbx_co_1"' in message
        assert base64.b64decode(event.data.body_base64) == body
        assert event.data.model_dump(exclude={"body_base64"}) == {
            "gateway": "sandbox",
            "subject": "checkout",
            "ref": "sbx_co_1",
            "event": "checkout.paid",
            "is_signed": True,
        }

    def test_a_repeat_is_two_messages_with_one_id(self, rabbit_url: str) -> None:
        with running_endpoint(lambda: ConfirmedPublisher(rabbit_url)) as endpoint:
            assert [endpoint.post_signed(an_event()).status_code for _ in range(2)] == [200, 200]

        messages = [WebhookReceived.model_validate_json(one) for one in get_all(rabbit_url, WEBHOOK)]
        assert [(one.source, one.id) for one in messages] == [("gateway/sandbox", "sbx_evt_1")] * 2

    def test_the_largest_body_is_one_that_the_worker_reads(self, rabbit_url: str) -> None:
        with running_endpoint(lambda: ConfirmedPublisher(rabbit_url)) as endpoint:
            assert endpoint.post_signed(an_event(size=262_144)).status_code == 200

        (message,) = get_all(rabbit_url, WEBHOOK)
        (event,) = read(message, queue=WEBHOOK)
        assert isinstance(event, Event)
        assert len(base64.b64decode(event.envelope.data.body_base64)) == 262_144

    def test_what_is_refused_does_not_arrive(self, rabbit_url: str) -> None:
        with running_endpoint(lambda: ConfirmedPublisher(rabbit_url)) as endpoint:
            assert endpoint.post(an_event()).status_code == 400

        assert count(rabbit_url, WEBHOOK) == 0

    def test_the_sandboxs_own_webhooks_arrive(self, rabbit_url: str) -> None:
        readers = {"sandbox": SandboxWebhookReader(DOUBLES_SECRET)}
        with running_endpoint(lambda: ConfirmedPublisher(rabbit_url), readers) as endpoint:
            with SandboxDouble(webhook_url=f"{endpoint.url}/webhooks/sandbox") as double:
                checkout = gateway_of(double).create_checkout(checkout_request(saves_method=True), "co-1")
                httpx.post(f"{checkout.redirect_url}/pay")
                wait_until(lambda: double.deliveries.is_idle, "its webhooks are delivered", limit_s=10)

                # The second event, that a method was saved, is of a kind that we ignore and still answered with 200.
                assert double.deliveries.answers == [200, 200]

        messages = [WebhookReceived.model_validate_json(one) for one in get_all(rabbit_url, WEBHOOK)]
        assert [(one.data.event, one.data.ref) for one in messages] == [("checkout.paid", checkout.ref)]


class TestConfirm:
    def test_nothing_is_answered_before_it(self, rabbit_url: str) -> None:
        with proxied(rabbit_url) as proxy, running_endpoint(lambda: ConfirmedPublisher(proxy.url)) as endpoint:
            assert endpoint.post_signed(an_event("first")).status_code == 200
            proxy.lines[-1].hold_answers_at = b"held-back"
            answers: list[int] = []
            sender = threading.Thread(
                target=lambda: answers.append(endpoint.post_signed(an_event("held-back")).status_code)
            )
            sender.start()
            wait_until(lambda: count(rabbit_url, WEBHOOK) == 2, "the broker has it", limit_s=10)

            sender.join(0.5)
            assert answers == []
            proxy.lines[-1].to_client.set()
            sender.join(10)
            assert answers == [200]

    def test_a_line_that_breaks_before_it_costs_a_repeat_and_no_webhook(self, rabbit_url: str) -> None:
        with proxied(rabbit_url) as proxy, running_endpoint(lambda: ConfirmedPublisher(proxy.url)) as endpoint:
            assert endpoint.post_signed(an_event("first")).status_code == 200
            line = proxy.lines[-1]
            line.hold_answers_at = b"cut-off"
            answers: list[int] = []
            sender = threading.Thread(
                target=lambda: answers.append(endpoint.post_signed(an_event("cut-off")).status_code)
            )
            sender.start()
            wait_until(lambda: count(rabbit_url, WEBHOOK) == 2, "the broker has it", limit_s=10)
            line.cut()
            sender.join(10)

        assert answers == [200]
        messages = [WebhookReceived.model_validate_json(one) for one in get_all(rabbit_url, WEBHOOK)]
        assert [one.id for one in messages] == ["first", "cut-off", "cut-off"]

    def test_a_line_that_broke_while_nothing_happened_is_no_loss(self, rabbit_url: str) -> None:
        with proxied(rabbit_url) as proxy, running_endpoint(lambda: ConfirmedPublisher(proxy.url)) as endpoint:
            assert endpoint.post_signed(an_event("first")).status_code == 200
            proxy.lines[-1].cut()

            assert endpoint.post_signed(an_event("second")).status_code == 200

        assert count(rabbit_url, WEBHOOK) == 2


class TestBrokerAway:
    def test_is_answered_with_503_while_the_endpoint_keeps_answering(self) -> None:
        nobody = ReservedPort()
        with running_endpoint(lambda: ConfirmedPublisher(f"amqp://guest:guest@127.0.0.1:{nobody.number}/")) as endpoint:
            assert endpoint.post_signed(an_event()).status_code == 503
            assert httpx.get(f"{endpoint.url}/healthz").status_code == 200
            assert endpoint.post(an_event()).status_code == 400
        nobody.release()

    def test_a_queue_that_is_not_there_is_answered_with_503(self, rabbit_url: str) -> None:
        with channel(rabbit_url) as opened_channel:
            opened_channel.queue_delete(WEBHOOK)
        with running_endpoint(lambda: ConfirmedPublisher(rabbit_url)) as endpoint:
            assert endpoint.post_signed(an_event()).status_code == 503

            declare(rabbit_url, INTAKES[WEBHOOK])
            assert endpoint.post_signed(an_event()).status_code == 200
        assert count(rabbit_url, WEBHOOK) == 1
