"""The webhook door without a broker: what it lets in, what it refuses, and with what words."""

import logging
import re
import threading

import httpx
import pytest

import relay.http
from broker.publication import Receipt
from domain.gateway.errors import UnableToReach
from gateways.sandbox.signature import HEADER, sign
from relay.serving import PartDied
from tests.relay.endpoints import SECRET, ByAddress, Dying, Noting, Raising, an_event, opened
from tests.servers.waiting import wait_until

PATH_SECRET = "a-secret-of-the-path"


class TestLetIn:
    def test_what_is_signed_is_published_and_answered_with_200(self) -> None:
        publisher = Noting()
        with opened(lambda: publisher) as door:
            answer = door.post_signed(an_event())

        assert (answer.status_code, answer.content) == (200, b"")
        assert publisher.ids == ["sbx_evt_1"]
        assert publisher.threads == {"publishing"}
        assert publisher.is_closed

    def test_a_repeat_is_published_again_with_the_same_id(self) -> None:
        publisher = Noting()
        with opened(lambda: publisher) as door:
            answers = [door.post_signed(an_event()).status_code for _ in range(2)]

        assert answers == [200, 200]
        assert publisher.ids == ["sbx_evt_1", "sbx_evt_1"]

    def test_an_unknown_event_is_answered_with_200_and_not_published(self, caplog: pytest.LogCaptureFixture) -> None:
        publisher = Noting()
        with caplog.at_level(logging.INFO, "relay.http"), opened(lambda: publisher) as door:
            answer = door.post_signed(an_event(kind="weather.changed"))

        assert answer.status_code == 200
        assert publisher.ids == []
        assert "nothing to us" in caplog.text

    def test_fifty_at_once_are_each_published_once_and_together(self) -> None:
        publisher = Noting()
        publisher.may_go.clear()
        with opened(lambda: publisher) as door:
            answers: list[int] = []
            threads = [
                threading.Thread(target=lambda n=n: answers.append(door.post_signed(an_event(f"e{n}")).status_code))
                for n in range(50)
            ]
            threads[0].start()
            assert publisher.has_begun.wait(10)
            for thread in threads[1:]:
                thread.start()
            wait_until(lambda: door.publishing.waiting == 49, "the others wait", limit_s=10)
            publisher.may_go.set()
            for thread in threads:
                thread.join(10)

        assert answers == [200] * 50
        assert sorted(publisher.ids) == sorted(f"e{n}" for n in range(50))
        assert [len(batch) for batch in publisher.batches] == [1, 49]


class TestRefused:
    @pytest.mark.parametrize("header", ["", "t=1,v1=00", sign("wrong", an_event(), at=1), sign(SECRET, b"other", at=1)])
    def test_a_forgery_with_400(self, header: str) -> None:
        publisher = Noting()
        with opened(lambda: publisher) as door:
            answer = door.post(an_event(), headers={HEADER: header})

        assert (answer.status_code, answer.content) == (400, b"")
        assert publisher.ids == []

    def test_a_foreign_address_with_403(self) -> None:
        publisher = Noting()
        with opened(lambda: publisher, {"byaddress": ByAddress("185.71.76.5")}) as door:
            foreign = door.post(b"p1", path="/webhooks/byaddress")
            disguised = door.post(b"p1", path="/webhooks/byaddress", headers={"X-Forwarded-For": "185.71.76.5"})

        assert [foreign.status_code, disguised.status_code] == [403, 403]
        assert publisher.ids == []

    def test_what_cannot_be_verified_now_with_503(self) -> None:
        publisher = Noting()
        with opened(lambda: publisher, {"raising": Raising(UnableToReach("no certificate"))}) as door:
            answer = door.post(b"{}", path="/webhooks/raising")

        assert answer.status_code == 503
        assert publisher.ids == []

    def test_a_bug_of_a_reader_with_500_so_that_the_gateway_comes_again(self) -> None:
        publisher = Noting()
        with opened(lambda: publisher, {"raising": Raising(ZeroDivisionError())}) as door:
            answer = door.post(b"{}", path="/webhooks/raising")

            assert answer.status_code == 500
            assert httpx.get(f"{door.url}/healthz").status_code == 200
        assert publisher.ids == []

    @pytest.mark.parametrize(
        "path",
        ["/webhooks/stripe", "/webhooks/sandbox/", "/webhooks/sandbox/x", "/webhooks/", "/webhooks", "/", "/docs"],
    )
    def test_an_address_that_is_none_with_404(self, path: str) -> None:
        publisher = Noting()
        with opened(lambda: publisher) as door:
            assert door.post_signed(an_event(), path=path).status_code == 404
        assert publisher.ids == []

    def test_another_method_with_405(self) -> None:
        with opened(Noting) as door:
            assert httpx.get(f"{door.url}/webhooks/sandbox").status_code == 405

    def test_in_one_line_without_the_body_and_the_secret(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG), opened(Noting, path_secret=PATH_SECRET) as door:
            door.post(b"card 4242", path=f"/webhooks/sandbox/{PATH_SECRET}", headers={HEADER: "t=1,v1=00"})
            door.post(b"card 4242", path=f"/webhooks/%0Aforged%20line{'x' * 1000}/{PATH_SECRET}")

        lines = [
            one.getMessage() for one in caplog.records if one.name.startswith("relay") and "refused" in one.message
        ]
        assert lines[0] == (
            "a webhook of sandbox from 127.0.0.1 is refused with 400:"
            " the signature does not fit the body and the secret"
        )
        assert len(lines) == 2
        assert re.fullmatch(r"a webhook of \?forged linex{200,300} from 127.0.0.1 is refused with 404: .*", lines[1])
        assert "4242" not in caplog.text
        assert PATH_SECRET not in "".join(one.getMessage() for one in caplog.records if not one.name.startswith("http"))


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
        publisher = Noting()
        with opened(lambda: publisher, path_secret=PATH_SECRET) as door:
            assert door.post_signed(an_event(), path=path).status_code == status
        assert len(publisher.ids) == (status == 200)


class TestBrokerAway:
    @pytest.mark.parametrize("receipt", [Receipt.UNCONFIRMED, Receipt.UNROUTABLE])
    def test_what_is_not_confirmed_is_answered_with_503(self, receipt: Receipt) -> None:
        with opened(lambda: Noting(receipt)) as door:
            assert door.post_signed(an_event()).status_code == 503

    def test_who_has_waited_long_enough_is_sent_away_and_not_published_later(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay.http, "CONFIRM_SECONDS", 0.3)
        publisher = Noting()
        publisher.may_go.clear()
        with opened(lambda: publisher) as door:
            under_way = door.post_signed(an_event("under-way"))
            waiting = door.post_signed(an_event("waiting"))
            publisher.may_go.set()
            after = door.post_signed(an_event("after"))

        assert [under_way.status_code, waiting.status_code, after.status_code] == [503, 503, 200]
        assert publisher.ids == ["under-way", "after"]

    def test_a_publisher_that_dies_ends_the_door(self) -> None:
        with opened(Dying) as door:
            assert door.post_signed(an_event()).status_code == 503
            door.thread.join(10)

            assert not door.thread.is_alive()
            assert [type(error) for error in door.errors] == [PartDied]

    def test_what_is_under_way_at_the_end_is_finished(self) -> None:
        publisher = Noting()
        publisher.may_go.clear()
        answers: list[int] = []
        with opened(lambda: publisher) as door:
            sender = threading.Thread(target=lambda: answers.append(door.post_signed(an_event()).status_code))
            sender.start()
            assert publisher.has_begun.wait(10)
            door.stopping.set()
            publisher.may_go.set()
            sender.join(10)

        assert answers == [200]
        assert publisher.is_closed
