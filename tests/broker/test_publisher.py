"""ConfirmedPublisher: what it calls confirmed is there, whatever happens meanwhile (L1)."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from broker.topology import Intake
from messages.queues import FACTS, INGRESS
from tests.broker.proxy import proxied
from tests.broker.queues import an_intake, channel, consume_all, count, fill, get_all
from tests.broker.worker import PATIENCE_S
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Killed:
    """The receipts from a RabbitMQ that was killed and started again, and what it had stored."""

    was_done: bool
    receipts: list[Receipt]
    stored: Counter[bytes]
    while_dead: list[Receipt]
    afterwards: list[Receipt]


class TestConfirmed:
    def test_returns_a_receipt_for_each_in_order(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, _publisher(rabbit_server.url) as publisher:
            wrong = Publication(INGRESS, "no-such-queue", "wrong", b"wrong")
            right = _publications(intake, 3)

            receipts = publisher.publish([right[0], wrong, right[1], wrong, right[2]])

            assert receipts == [
                Receipt.CONFIRMED,
                Receipt.UNROUTABLE,
                Receipt.CONFIRMED,
                Receipt.UNROUTABLE,
                Receipt.CONFIRMED,
            ]
            assert get_all(rabbit_server.url, intake.queue) == [b"0", b"1", b"2"]

    def test_publishes_many_more_than_its_window(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, _publisher(rabbit_server.url, window=7) as publisher:
            receipts = publisher.publish(_publications(intake, 1_000))

            assert receipts == [Receipt.CONFIRMED] * 1_000
            assert get_all(rabbit_server.url, intake.queue) == [b"%d" % number for number in range(1_000)]

    def test_publishes_again_and_again_over_one_connection(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url) as intake,
            proxied(rabbit_server.url) as proxy,
            _publisher(proxy.url) as publisher,
        ):
            for _ in range(5):
                assert publisher.publish(_publications(intake, 2)) == [Receipt.CONFIRMED] * 2

            assert len(proxy.lines) == 1

    def test_publishes_nothing(self, rabbit_server: FoundRabbit) -> None:
        with _publisher(rabbit_server.url) as publisher:
            assert publisher.publish([]) == []

    def test_publishes_persistently_with_its_id(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, _publisher(rabbit_server.url) as publisher:
            publisher.publish([Publication(INGRESS, intake.queue, "the-id", b"{}")])

            with channel(rabbit_server.url) as opened:
                _, properties, _ = opened.basic_get(intake.queue, auto_ack=True)
            assert (properties.message_id, properties.delivery_mode) == ("the-id", 2)

    def test_publishes_again_after_it_was_closed(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, _publisher(rabbit_server.url) as publisher:
            publisher.publish(_publications(intake, 1))
            publisher.close()
            publisher.close()

            assert publisher.publish(_publications(intake, 1)) == [Receipt.CONFIRMED]

    def test_publishes_after_a_long_rest(self, rabbit_server: FoundRabbit) -> None:
        # Two seconds are long for this heartbeat: without answers the broker would have closed it.
        with an_intake(rabbit_server.url) as intake, _publisher(f"{rabbit_server.url}?heartbeat=1") as publisher:
            publisher.publish(_publications(intake, 1))
            publisher.rest(3)

            assert publisher.publish(_publications(intake, 1)) == [Receipt.CONFIRMED]


class TestUnroutable:
    def test_a_mandatory_message_without_a_queue_is_unroutable_at_once(self, rabbit_server: FoundRabbit) -> None:
        with _publisher(rabbit_server.url) as publisher:
            declare_topology(rabbit_server.url)
            started = time.monotonic()

            receipts = publisher.publish([Publication(INGRESS, "no-such-queue", "1", b"{}")], patience_seconds=30)

            assert receipts == [Receipt.UNROUTABLE]
            assert time.monotonic() - started < 10

    def test_a_fact_that_nobody_listens_to_is_confirmed(self, rabbit_server: FoundRabbit) -> None:
        with _publisher(rabbit_server.url) as publisher:
            declare_topology(rabbit_server.url)

            receipts = publisher.publish([Publication(FACTS, "screph.nobody.v1", "1", b"{}", is_mandatory=False)])

            assert receipts == [Receipt.CONFIRMED]


class TestAMissingExchange:
    def test_that_is_none_of_ours_makes_a_message_unpublishable_at_once(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, _publisher(rabbit_server.url) as publisher:
            wrong = Publication("no-such-exchange", "x", "wrong", b"{}")
            started = time.monotonic()

            receipts = publisher.publish([wrong, *_publications(intake, 3), wrong], patience_seconds=60)

            assert receipts == [Receipt.UNPUBLISHABLE, *[Receipt.CONFIRMED] * 3, Receipt.UNPUBLISHABLE]
            assert time.monotonic() - started < 30

    def test_does_not_spoil_the_next_call(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake, _publisher(rabbit_server.url) as publisher:
            publisher.publish([Publication("no-such-exchange", "x", "1", b"{}")], patience_seconds=0.5)

            assert publisher.publish(_publications(intake, 2)) == [Receipt.CONFIRMED] * 2

    def test_is_tried_again_in_the_next_call(self, rabbit_server: FoundRabbit) -> None:
        late = Publication("test-late-exchange", "x", "1", b"{}", is_mandatory=False)
        with _publisher(rabbit_server.url) as publisher, channel(rabbit_server.url) as operator:
            first = publisher.publish([late])
            operator.exchange_declare("test-late-exchange", "direct")

            second = publisher.publish([late])

            operator.exchange_delete("test-late-exchange")
        assert (first, second) == ([Receipt.UNPUBLISHABLE], [Receipt.CONFIRMED])

    def test_of_ours_is_waited_for_and_holds_up_nobody(self, rabbit: PrivateRabbit) -> None:
        declare_topology(rabbit.url)
        # Not mandatory: an exchange is there some moments before its queues are bound again.
        ours = Publication(FACTS, "screph.nobody.v1", "1", b"{}", is_mandatory=False)
        with (
            an_intake(rabbit.url) as intake,
            _publisher(rabbit.url) as publisher,
            channel(rabbit.url) as operator,
        ):
            operator.exchange_delete(FACTS)
            while_missing = publisher.publish([ours, *_publications(intake, 3)], patience_seconds=2)
            publishing = _InBackground(publisher, [ours])
            declare_topology(rabbit.url)

            assert while_missing == [Receipt.CLOSED, *[Receipt.CONFIRMED] * 3]
            assert publishing.receipts() == [Receipt.CONFIRMED]


class TestAForbiddenExchange:
    def test_is_waited_for_and_holds_up_nobody(self, rabbit: PrivateRabbit) -> None:
        """What stood before it was published again each time, and what stood behind it never."""
        url = rabbit.new_vhost("forbidden")
        declare_topology(url)
        facts = [Publication(FACTS, "screph.nobody.v1", f"f{n}", b"{}", is_mandatory=False) for n in range(2)]
        with an_intake(url) as intake, _publisher(url) as publisher:
            others = _publications(intake, 4)
            rabbit.ctl("set_permissions", "--vhost", "forbidden", "guest", ".*", "^screph$", ".*")
            without_right = publisher.publish(
                [others[0], facts[0], *others[1:3], facts[1], others[3]], patience_seconds=3
            )
            published = count(url, intake.queue)
            publishing = _InBackground(publisher, facts)
            rabbit.ctl("set_permissions", "--vhost", "forbidden", "guest", ".*", ".*", ".*")

            confirmed, waits = Receipt.CONFIRMED, Receipt.CLOSED
            assert without_right == [confirmed, waits, confirmed, confirmed, waits, confirmed]
            # The one before the fact may be there twice: its confirm was lost with the channel.
            assert 4 <= published <= 8
            assert publishing.receipts() == [confirmed] * 2


class TestNacked:
    def test_a_full_queue_is_unconfirmed_and_bounded(self, limited: PrivateRabbit) -> None:
        with an_intake(limited.url, prefix="packed") as intake, _publisher(limited.url) as publisher:
            fill(limited.url, intake.queue)
            before = count(limited.url, intake.queue)
            started = time.monotonic()

            receipts = publisher.publish(_publications(intake, 3), patience_seconds=1)

            assert Receipt.UNCONFIRMED in receipts
            assert Receipt.UNROUTABLE not in receipts
            assert time.monotonic() - started < 5
            assert count(limited.url, intake.queue) - before == receipts.count(Receipt.CONFIRMED)

    def test_is_repeated_until_there_is_room(self, limited: PrivateRabbit) -> None:
        with an_intake(limited.url, prefix="packed") as intake, _publisher(limited.url) as publisher:
            fill(limited.url, intake.queue)
            publishing = _InBackground(publisher, _publications(intake, 5))
            got: Counter[bytes] = Counter()
            wait_until(
                lambda: bool(got.update(get_all(limited.url, intake.queue))) or len(got) == 6,
                "room was made for all",
                limit_s=PATIENCE_S,
            )

            assert publishing.receipts() == [Receipt.CONFIRMED] * 5
            assert got.keys() == {b"filler", b"0", b"1", b"2", b"3", b"4"}


class TestPatience:
    def test_is_bounded_where_nobody_answers(self) -> None:
        with _publisher("amqp://guest:guest@127.0.0.1:1/") as publisher:
            started = time.monotonic()

            receipts = publisher.publish([Publication(INGRESS, "x", "1", b"{}")], patience_seconds=1)

            assert receipts == [Receipt.UNCONFIRMED]
            assert time.monotonic() - started < 3

    def test_is_bounded_where_the_broker_does_not_confirm(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url) as intake,
            proxied(rabbit_server.url) as proxy,
            _publisher(proxy.url) as publisher,
        ):
            publisher.publish(_publications(intake, 1))
            proxy.lines[0].to_client.clear()
            started = time.monotonic()

            receipts = publisher.publish(_publications(intake, 2), patience_seconds=1)

            assert receipts == [Receipt.UNCONFIRMED] * 2
            assert time.monotonic() - started < 6

    def test_is_bounded_where_somebody_listens_and_says_nothing(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with _publisher(f"amqp://guest:guest@127.0.0.1:{port}/") as publisher:
                started = time.monotonic()

                receipts = publisher.publish([Publication(INGRESS, "x", "1", b"{}")], patience_seconds=1)

                assert receipts == [Receipt.UNCONFIRMED]
                assert time.monotonic() - started < 5
                silent.close()


class TestALostConnection:
    def test_everything_is_confirmed_over_the_next_one(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url) as intake,
            proxied(rabbit_server.url) as proxy,
            _publisher(proxy.url, window=50) as publisher,
        ):
            publishing = _InBackground(publisher, _publications(intake, 5_000))
            for progress in (300, 1_000, 2_000):
                _wait_for_progress(rabbit_server.url, intake, progress)
                lines = len(proxy.lines)
                proxy.lines[-1].cut()
                wait_until(partial(_has_more, proxy.lines, lines), "it connects again", limit_s=PATIENCE_S)

            assert publishing.receipts() == [Receipt.CONFIRMED] * 5_000
            stored = consume_all(rabbit_server.url, intake.queue)
            assert stored.keys() == {b"%d" % number for number in range(5_000)}

    def test_a_confirm_of_an_earlier_channel_confirms_nothing_of_a_later_one(self, rabbit_server: FoundRabbit) -> None:
        with (
            an_intake(rabbit_server.url) as intake,
            proxied(rabbit_server.url) as proxy,
            _publisher(proxy.url) as publisher,
        ):
            publisher.publish(_publications(intake, 1))
            first = proxy.lines[0]
            first.to_client.clear()
            # Reaches the broker, but its confirms (tags 2 to 4) stay on the way until we have the receipt "unconfirmed".
            assert publisher.publish(_publications(intake, 3), patience_seconds=0.2) == [Receipt.UNCONFIRMED] * 3
            wait_until(lambda: count(rabbit_server.url, intake.queue) == 4, "they arrived", limit_s=PATIENCE_S)

            # The next ones get tags 1 to 5 of a channel of their own, and do not reach the broker at all.
            later = [Publication(INGRESS, intake.queue, f"later-{n}", b"later %d" % n) for n in range(5)]
            proxy.hold_at = b"later-0"
            publishing = _InBackground(publisher, later)
            wait_until(lambda: len(proxy.lines) == 2, "it connects again", limit_s=PATIENCE_S)
            assert proxy.lines[1].is_held.wait(PATIENCE_S)
            first.to_client.set()
            assert first.has_ended.wait(PATIENCE_S)
            proxy.hold_at = None
            proxy.lines[1].cut()
            receipts = publishing.receipts()

            stored = get_all(rabbit_server.url, intake.queue)
            pairs = zip(later, receipts, strict=True)
            assert [
                each.body for each, receipt in pairs if receipt is Receipt.CONFIRMED and each.body not in stored
            ] == []


@pytest.fixture(scope="module")
def killed(rabbit: PrivateRabbit) -> Killed:
    """Kill a RabbitMQ while one publisher is in the middle of its work and another has a connection."""
    with (
        an_intake(rabbit.url) as intake,
        _publisher(rabbit.url, window=100) as busy,
        _publisher(rabbit.url) as idle,
    ):
        rabbit.sync()
        idle.publish(_publications(intake, 1))
        publishing = _InBackground(busy, _publications(intake, 4_000), patience_seconds=60)
        _wait_for_progress(rabbit.url, intake, 300)
        rabbit.kill()
        was_done = publishing.is_done()
        try:
            while_dead = idle.publish(_publications(intake, 2), patience_seconds=0.5)
        finally:
            rabbit.start()
        receipts = publishing.receipts()
        stored = consume_all(rabbit.url, intake.queue)
        return Killed(was_done, receipts, stored, while_dead, idle.publish(_publications(intake, 2)))


class TestADeadBroker:
    """L1: without confirms Dramatiq lost a third of what it had published when the broker was killed."""

    def test_nothing_confirmed_is_missing_although_the_broker_was_killed_meanwhile(self, killed: Killed) -> None:
        assert not killed.was_done, "the broker was killed too late to prove anything"
        confirmed = [n for n, receipt in enumerate(killed.receipts) if receipt is Receipt.CONFIRMED]
        assert [n for n in confirmed if b"%d" % n not in killed.stored] == []

    def test_everything_is_confirmed_once_it_is_back(self, killed: Killed) -> None:
        assert killed.receipts == [Receipt.CONFIRMED] * 4_000

    def test_nothing_is_confirmed_while_it_is_dead(self, killed: Killed) -> None:
        assert killed.while_dead == [Receipt.UNCONFIRMED] * 2

    def test_an_idle_publisher_goes_on_once_it_is_back(self, killed: Killed) -> None:
        assert killed.afterwards == [Receipt.CONFIRMED] * 2


class _InBackground:
    """One call of a publisher in a thread of its own."""

    def __init__(
        self,
        publisher: ConfirmedPublisher,
        publications: Sequence[Publication],
        *,
        patience_seconds: float = 30,
    ) -> None:
        self._receipts: list[Receipt] | None = None

        def work() -> None:
            self._receipts = publisher.publish(publications, patience_seconds=patience_seconds)

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def is_done(self) -> bool:
        return self._receipts is not None

    def receipts(self) -> list[Receipt]:
        self._thread.join(90)
        assert self._receipts is not None
        return self._receipts


def _publications(intake: Intake, number: int) -> list[Publication]:
    return [Publication(intake.exchanges[0], intake.queue, f"id-{n}", b"%d" % n) for n in range(number)]


@contextmanager
def _publisher(url: str, *, window: int = 500) -> Iterator[ConfirmedPublisher]:
    publisher = ConfirmedPublisher(url, window=window)
    yield publisher
    publisher.close()


def _wait_for_progress(url: str, intake: Intake, number: int) -> None:
    wait_until(lambda: count(url, intake.queue) >= number, f"{number} are published", limit_s=PATIENCE_S)


def _has_more(lines: Sequence[object], number: int) -> bool:
    return len(lines) > number
