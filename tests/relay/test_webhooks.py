"""The webhook endpoint without a broker: what it lets in, what it refuses, and with what words."""

import logging
import re
import threading

import httpx
import pytest

import relay.webhooks
from asgi.serving import PartDied
from broker.publication import Receipt
from domain.gateway.errors import UnableToReach, Unverified
from domain.gateway.webhook import WebhookReader
from gateways.sandbox.signature import HEADER, sign
from gateways.sandbox.webhooks import SandboxWebhookReader
from tests.relay.webhook_endpoint import (
    SECRET,
    AddressReader,
    CrashingPublisher,
    RaisingReader,
    RecordingPublisher,
    an_event,
    running_endpoint,
)
from tests.servers.waiting import wait_until

PATH_SECRET = "a-secret-of-the-path"


class TestLetIn:
    def test_what_is_signed_is_published_and_answered_with_200(self) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher) as endpoint:
            answer = endpoint.post_signed(an_event())

        assert (answer.status_code, answer.content) == (200, b"")
        assert publisher.ids == ["sbx_evt_1"]
        assert publisher.threads == {"publishing"}
        assert publisher.is_closed

    def test_a_repeat_is_published_again_with_the_same_id(self) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher) as endpoint:
            answers = [endpoint.post_signed(an_event()).status_code for _ in range(2)]

        assert answers == [200, 200]
        assert publisher.ids == ["sbx_evt_1", "sbx_evt_1"]

    def test_an_unknown_event_is_answered_with_200_and_not_published(self, caplog: pytest.LogCaptureFixture) -> None:
        publisher = RecordingPublisher()
        with caplog.at_level(logging.INFO, "relay.webhooks"), running_endpoint(lambda: publisher) as endpoint:
            answer = endpoint.post_signed(an_event(kind="weather.changed"))

        assert answer.status_code == 200
        assert publisher.ids == []
        assert "of a kind that we ignore" in caplog.text

    def test_fifty_at_once_are_each_published_once_and_together(self) -> None:
        publisher = RecordingPublisher()
        publisher.may_go.clear()
        with running_endpoint(lambda: publisher) as endpoint:
            answers: list[int] = []
            threads = [
                threading.Thread(target=lambda n=n: answers.append(endpoint.post_signed(an_event(f"e{n}")).status_code))
                for n in range(50)
            ]
            threads[0].start()
            assert publisher.has_begun.wait(10)
            for thread in threads[1:]:
                thread.start()
            wait_until(lambda: endpoint.publisher.waiting == 49, "the others wait", limit_s=10)
            publisher.may_go.set()
            for thread in threads:
                thread.join(10)

        assert answers == [200] * 50
        assert sorted(publisher.ids) == sorted(f"e{n}" for n in range(50))
        assert [len(batch) for batch in publisher.batches] == [1, 49]


class TestRefused:
    @pytest.mark.parametrize("header", ["", "t=1,v1=00", sign("wrong", an_event(), at=1), sign(SECRET, b"other", at=1)])
    def test_a_forgery_with_400(self, header: str) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher) as endpoint:
            answer = endpoint.post(an_event(), headers={HEADER: header})

        assert (answer.status_code, answer.content) == (400, b"")
        assert publisher.ids == []

    def test_a_foreign_address_with_403(self) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher, {"byaddress": AddressReader("185.71.76.5")}) as endpoint:
            foreign = endpoint.post(b"p1", path="/webhooks/byaddress")
            disguised = endpoint.post(b"p1", path="/webhooks/byaddress", headers={"X-Forwarded-For": "185.71.76.5"})

        assert [foreign.status_code, disguised.status_code] == [403, 403]
        assert publisher.ids == []

    def test_what_cannot_be_verified_now_with_503(self) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(
            lambda: publisher, {"raising": RaisingReader(UnableToReach("no certificate"))}
        ) as endpoint:
            answer = endpoint.post(b"{}", path="/webhooks/raising")

        assert answer.status_code == 503
        assert publisher.ids == []

    def test_a_bug_of_a_reader_with_500_so_that_the_gateway_comes_again(self) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher, {"raising": RaisingReader(ZeroDivisionError())}) as endpoint:
            answer = endpoint.post(b"{}", path="/webhooks/raising")

            assert answer.status_code == 500
            assert httpx.get(f"{endpoint.url}/healthz").status_code == 200
        assert publisher.ids == []

    @pytest.mark.parametrize(
        "path",
        ["/webhooks/stripe", "/webhooks/sandbox/", "/webhooks/sandbox/x", "/webhooks/", "/webhooks", "/", "/docs"],
    )
    def test_an_address_that_is_none_with_404(self, path: str) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher) as endpoint:
            assert endpoint.post_signed(an_event(), path=path).status_code == 404
        assert publisher.ids == []

    def test_another_method_with_405(self) -> None:
        with running_endpoint(RecordingPublisher) as endpoint:
            assert httpx.get(f"{endpoint.url}/webhooks/sandbox").status_code == 405

    def test_in_one_line_without_the_body(self, caplog: pytest.LogCaptureFixture) -> None:
        readers: dict[str, WebhookReader] = {
            "sandbox": SandboxWebhookReader(SECRET),
            "raising": RaisingReader(Unverified(f"a\nforged line{'x' * 1000}")),
        }
        with caplog.at_level(logging.DEBUG), running_endpoint(RecordingPublisher, readers) as endpoint:
            endpoint.post(b"card-holder", headers={HEADER: "t=1,v1=00"})
            endpoint.post(b"card-holder", path="/webhooks/raising")
            endpoint.post(b"card-holder", path=f"/webhooks/%0Aforged%20line{'x' * 1000}")

        lines = [
            one.getMessage() for one in caplog.records if one.name.startswith("relay") and "refused" in one.message
        ]
        assert lines[0] == (
            "a webhook of sandbox from 127.0.0.1 is refused with 400:"
            " the signature does not fit the body and the secret"
        )
        assert re.fullmatch(
            r"a webhook of raising from 127.0.0.1 is refused with 400: a\?forged linex{200,300}", lines[1]
        )
        assert lines[2].startswith("a webhook of *** from 127.0.0.1 is refused with 404: ")
        assert "forged" not in lines[2]
        assert len(lines) == 3
        assert "holder" not in caplog.text


class TestSecretInTheAddress:
    @pytest.mark.parametrize(
        ("path", "status"),
        [
            (f"/webhooks/sandbox/{PATH_SECRET}", 200),
            (f"/webhooks/stripe/{PATH_SECRET}", 404),
            ("/webhooks/sandbox", 404),
            ("/webhooks/sandbox/", 404),
            (f"/webhooks/sandbox/{PATH_SECRET}x", 404),
            (f"/webhooks/sandbox/{PATH_SECRET}/x", 404),
            ("/webhooks/sandbox/%D0%BA%FF", 404),
        ],
    )
    def test_must_be_there_and_right(self, path: str, status: int) -> None:
        publisher = RecordingPublisher()
        with running_endpoint(lambda: publisher, path_secret=PATH_SECRET) as endpoint:
            assert endpoint.post_signed(an_event(), path=path).status_code == status
        assert len(publisher.ids) == (status == 200)


class TestBrokerAway:
    @pytest.mark.parametrize("receipt", [Receipt.UNCONFIRMED, Receipt.UNROUTABLE])
    def test_what_is_not_confirmed_is_answered_with_503(self, receipt: Receipt) -> None:
        with running_endpoint(lambda: RecordingPublisher(receipt)) as endpoint:
            assert endpoint.post_signed(an_event()).status_code == 503

    def test_who_has_waited_long_enough_is_sent_away_and_not_published_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay.webhooks, "CONFIRM_SECONDS", 0.3)
        publisher = RecordingPublisher()
        publisher.may_go.clear()
        with running_endpoint(lambda: publisher) as endpoint:
            under_way = endpoint.post_signed(an_event("under-way"))
            waiting = endpoint.post_signed(an_event("waiting"))
            publisher.may_go.set()
            after = endpoint.post_signed(an_event("after"))

        assert [under_way.status_code, waiting.status_code, after.status_code] == [503, 503, 200]
        assert publisher.ids == ["under-way", "after"]

    def test_a_publisher_that_dies_ends_the_endpoint(self) -> None:
        with running_endpoint(CrashingPublisher) as endpoint:
            assert endpoint.post_signed(an_event()).status_code == 503
            endpoint.thread.join(10)

            assert not endpoint.thread.is_alive()
            assert [type(error) for error in endpoint.errors] == [PartDied]

    def test_what_is_under_way_at_the_end_is_finished(self) -> None:
        publisher = RecordingPublisher()
        publisher.may_go.clear()
        answers: list[int] = []
        with running_endpoint(lambda: publisher) as endpoint:
            sender = threading.Thread(target=lambda: answers.append(endpoint.post_signed(an_event()).status_code))
            sender.start()
            assert publisher.has_begun.wait(10)
            endpoint.stopping.set()
            publisher.may_go.set()
            sender.join(10)

        assert answers == [200]
        assert publisher.is_closed
