"""What is declared on the broker: it decides whether a message can be lost where nobody polls (L1, L2, L9)."""

import json
from typing import Any

import pika
import pytest

from broker.inspection import inspect_queues
from broker.publisher import declare_topology
from broker.rabbit import SafeBroker
from broker.topology import INTAKES, dead_letter_queue, delay_queue
from broker.url import connection_url
from messages.queues import EXCHANGE_TYPES, INGRESS, INTERNAL
from tests.broker.queues import all_three, an_intake, channel, get_all, publish
from tests.servers.find import FoundRabbit
from tests.servers.rabbitmq import PrivateRabbit

EVERY_QUEUE = [name for queue in INTAKES for name in all_three(queue)]
WORK_QUEUES = [name for queue in INTAKES for name in (queue, delay_queue(queue))]
DEAD_LETTER_QUEUES = [dead_letter_queue(queue) for queue in INTAKES]


@pytest.fixture(scope="class")
def declared(rabbit: PrivateRabbit) -> dict[str, dict[str, Any]]:
    """Every queue's arguments, as the broker has them, on a virtual host that only a worker has touched."""
    broker = SafeBroker(rabbit.new_vhost("worker"), middleware=[])
    for queue in INTAKES:
        broker.declare_queue(queue, ensure=True)
    broker.close()
    columns = ("name", "durable", "arguments")
    listed = json.loads(rabbit.ctl("list_queues", "--vhost", "worker", *columns, "--formatter", "json"))
    return {
        each["name"]: {name: value for name, _, value in each["arguments"]} | {"durable": each["durable"]}
        for each in listed
    }


@pytest.fixture(scope="module")
def empty_url(rabbit: PrivateRabbit) -> str:
    """The URL of a virtual host without a queue."""
    return rabbit.new_vhost("empty")


@pytest.fixture(scope="module")
def full_url(rabbit: PrivateRabbit) -> str:
    """The URL of a virtual host where everything is declared as it should be."""
    url = rabbit.new_vhost("full")
    declare_topology(url)
    return url


class TestWhatAWorkerDeclares:
    @pytest.mark.parametrize("queue", EVERY_QUEUE)
    def test_every_queue_outlives_a_node(self, declared: dict[str, dict[str, Any]], queue: str) -> None:
        assert declared[queue]["x-queue-type"] == "quorum"
        assert declared[queue]["durable"] is True

    @pytest.mark.parametrize("queue", WORK_QUEUES)
    def test_a_full_queue_refuses_and_does_not_drop(self, declared: dict[str, dict[str, Any]], queue: str) -> None:
        assert declared[queue]["x-overflow"] == "reject-publish"

    @pytest.mark.parametrize("queue", WORK_QUEUES)
    def test_what_is_rejected_goes_to_its_dead_letters_at_least_once(
        self, declared: dict[str, dict[str, Any]], queue: str
    ) -> None:
        assert declared[queue]["x-dead-letter-exchange"] == ""
        assert declared[queue]["x-dead-letter-routing-key"] == f"{queue.removesuffix('.DQ')}.XQ"
        assert declared[queue]["x-dead-letter-strategy"] == "at-least-once"

    @pytest.mark.parametrize("queue", DEAD_LETTER_QUEUES)
    def test_a_dead_letter_does_not_expire(self, declared: dict[str, dict[str, Any]], queue: str) -> None:
        assert set(declared[queue]) == {"durable", "x-queue-type"}

    @pytest.mark.parametrize("queue", EVERY_QUEUE)
    def test_limits_that_differ_between_versions_are_left_to_policies(
        self, declared: dict[str, dict[str, Any]], queue: str
    ) -> None:
        assert {"x-delivery-limit", "x-max-length", "x-message-ttl", "x-expires"}.isdisjoint(declared[queue])

    def test_the_relay_declares_the_very_same(
        self, declared: dict[str, dict[str, Any]], rabbit: PrivateRabbit, full_url: str
    ) -> None:
        declare_topology(full_url)

        listed = json.loads(rabbit.ctl("list_queues", "--vhost", "full", "name", "--formatter", "json"))
        assert {each["name"] for each in listed} == declared.keys()
        assert inspect_queues(full_url) == []


class TestExchanges:
    @pytest.mark.parametrize(("exchange", "kind"), EXCHANGE_TYPES.items())
    def test_each_is_durable_and_of_its_kind(self, rabbit_server: FoundRabbit, exchange: str, kind: str) -> None:
        declare_topology(rabbit_server.url)

        with channel(rabbit_server.url) as opened:
            opened.exchange_declare(exchange, kind, durable=True)

    def test_a_producer_reaches_no_internal_queue_by_the_ingress_exchange(self, rabbit_server: FoundRabbit) -> None:
        declare_topology(rabbit_server.url)

        with pytest.raises(pika.exceptions.UnroutableError):
            publish(rabbit_server.url, "due", b"{}", exchange=INGRESS)


class TestInspection:
    def test_finds_nothing_wrong_where_all_is_right(self, full_url: str) -> None:
        assert inspect_queues(full_url) == []

    def test_says_which_queue_is_missing(self, full_url: str) -> None:
        with channel(full_url) as operator:
            operator.queue_delete("due.XQ")

        [fault] = inspect_queues(full_url)
        declare_topology(full_url)

        assert (fault.queue, fault.found) == ("due.XQ", "is not there")

    def test_says_which_queue_somebody_else_declared(self, full_url: str) -> None:
        with channel(full_url) as operator:
            operator.queue_delete("minute-usage.XQ")
            operator.queue_declare("minute-usage.XQ", durable=True, arguments={"x-message-ttl": 604_800_000})

        [fault] = inspect_queues(full_url)
        with channel(full_url) as operator:
            operator.queue_delete("minute-usage.XQ")
        declare_topology(full_url)

        assert (fault.queue, fault.found) == ("minute-usage.XQ", "has other arguments than it should")

    def test_changes_nothing(self, empty_url: str) -> None:
        assert {fault.queue for fault in inspect_queues(empty_url)} == set(EVERY_QUEUE)
        assert {fault.queue for fault in inspect_queues(empty_url)} == set(EVERY_QUEUE)

    def test_a_broker_out_of_reach_is_an_error_of_the_network(self) -> None:
        with pytest.raises(OSError, match="Connection"):
            inspect_queues("amqp://guest:guest@127.0.0.1:1/")


class TestSafeBroker:
    def test_publishes_with_confirms(self, rabbit_server: FoundRabbit) -> None:
        assert SafeBroker(rabbit_server.url).confirm_delivery is True

    def test_has_no_middleware_that_drops_or_interrupts(self, rabbit_server: FoundRabbit) -> None:
        names = [type(each).__name__ for each in SafeBroker(rabbit_server.url).middleware]

        assert names == ["Retries", "SkipStale", "Watchdog"]

    def test_consumes_from_the_exchange_of_its_intake_and_from_no_other(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url, exchange=INTERNAL) as intake:
            with pytest.raises(pika.exceptions.UnroutableError):
                publish(rabbit_server.url, intake.queue, b"from outside", exchange=INGRESS)

            assert get_all(rabbit_server.url, intake.queue) == []

    @pytest.mark.parametrize(
        ("url", "timeouts"),
        [
            ("amqp://host/", (15, 30, 5, 10)),
            ("amqp://host/?heartbeat=60", (60, 30, 5, 10)),
            ("amqp://host/vhost?blocked_connection_timeout=7&socket_timeout=1.5", (15, 7, 1.5, 10)),
        ],
    )
    def test_waits_for_nobody_without_a_limit(self, url: str, timeouts: tuple[float, ...]) -> None:
        bounded = connection_url(url)

        assert isinstance(bounded, str)
        found = pika.URLParameters(bounded)
        limits = (found.heartbeat, found.blocked_connection_timeout, found.socket_timeout, found.stack_timeout)
        assert limits == timeouts
        assert found.virtual_host == ("vhost" if "vhost" in url else "/")

    def test_knows_every_node_of_a_cluster(self) -> None:
        urls = connection_url("amqp://a/v; amqp://b/v?heartbeat=5 ;amqp://c/v;")

        assert isinstance(urls, list)
        assert [pika.URLParameters(url).host for url in urls] == ["a", "b", "c"]
        assert [pika.URLParameters(url).heartbeat for url in urls] == [15, 5, 15]

    def test_a_node_that_is_down_does_not_matter(self, rabbit_server: FoundRabbit) -> None:
        broker = SafeBroker(f"amqp://guest:guest@127.0.0.1:1/;{rabbit_server.url}", middleware=[])

        assert broker.connection.is_open
        broker.close()
