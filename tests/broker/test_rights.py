"""What each user of RabbitMQ may do, by the very definitions of deploy/: whoever reports usage can move no money."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pika
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker, UnroutableError

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher, declare_topology
from messages.queues import (
    EXCHANGE_TYPES,
    FACTS,
    INGRESS,
    INTERNAL,
    MINUTE_USAGE,
    PROMOTION,
    PURCHASE,
    QUEUES,
    SALES,
    SUBSCRIPTION,
    WEBHOOK,
    WEBHOOKS,
)
from tests.broker.queues import channel, get_all, publish
from tests.servers.rabbitmq import PrivateRabbit

DEFINITIONS = Path(__file__).parents[2] / "deploy" / "rabbitmq" / "definitions.sh"
PASSWORDS = {
    "billing": "BILLING_AMQP_PASSWORD",
    "screph": "SCREPH_AMQP_PASSWORD",
    "screph-sales": "SALES_AMQP_PASSWORD",
    "webhooks": "WEBHOOKS_AMQP_PASSWORD",
}
MAY_WRITE = {"screph": INGRESS, "screph-sales": SALES, "webhooks": WEBHOOKS}
REACHES = {INGRESS: {MINUTE_USAGE}, SALES: {MINUTE_USAGE, PURCHASE, SUBSCRIPTION, PROMOTION}, WEBHOOKS: {WEBHOOK}}

FORBIDDEN: dict[str, Callable[[BlockingChannel], object]] = {
    "declaring a queue": lambda opened: opened.queue_declare("mine", durable=True),
    "declaring a queue that the server names": lambda opened: opened.queue_declare(""),
    "declaring a queue that dead-letters into another's": lambda opened: opened.queue_declare(
        "mine", arguments={"x-dead-letter-exchange": SALES, "x-message-ttl": 1}
    ),
    "declaring its exchange with an alternate": lambda opened: opened.exchange_declare(
        INGRESS, "direct", durable=True, arguments={"alternate-exchange": SALES}
    ),
    "binding an exchange to another": lambda opened: opened.exchange_bind(SALES, INGRESS, PURCHASE),
    "unbinding": lambda opened: opened.queue_unbind(MINUTE_USAGE, INGRESS, MINUTE_USAGE),
    "deleting an exchange": lambda opened: opened.exchange_delete(INGRESS),
    "declaring an exchange": lambda opened: opened.exchange_declare("mine", "direct"),
    "binding": lambda opened: opened.queue_bind(PURCHASE, INGRESS, PURCHASE),
    "reading": lambda opened: opened.basic_get(MINUTE_USAGE),
    "consuming": lambda opened: opened.basic_consume(MINUTE_USAGE, print),
    "deleting": lambda opened: opened.queue_delete(MINUTE_USAGE),
    "purging": lambda opened: opened.queue_purge(MINUTE_USAGE),
}


@pytest.fixture(scope="module")
def shipped(rabbit: PrivateRabbit) -> Iterator[PrivateRabbit]:
    """A RabbitMQ with the users and rights of deploy/, to which the workers have come."""
    environment = os.environ | {name: f"password-of-{user}" for user, name in PASSWORDS.items()}
    printed = subprocess.run(
        ["sh", DEFINITIONS], env=environment | {"RABBITMQ_VERSION": "3.10.0"}, capture_output=True, check=True
    ).stdout
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        file.write(printed)
        file.flush()
        Path(file.name).chmod(0o644)
        rabbit.ctl("import_definitions", file.name)
    declare_topology(rabbit.url)
    yield rabbit
    with channel(rabbit.url) as opened:
        for queue in QUEUES:
            opened.queue_purge(queue)
    for user in PASSWORDS:
        rabbit.evaluate(f'ok = rabbit_auth_backend_internal:delete_user(<<"{user}">>, <<"tests">>)')


def _url(rabbit: PrivateRabbit, user: str) -> str:
    return rabbit.url.replace("guest:guest", f"{user}:password-of-{user}")


class TestAUserOfProducers:
    @pytest.mark.parametrize("user", MAY_WRITE)
    @pytest.mark.parametrize("exchange", [*EXCHANGE_TYPES, "", "amq.direct", "amq.topic"])
    def test_may_write_to_its_own_exchange_alone(self, shipped: PrivateRabbit, user: str, exchange: str) -> None:
        if exchange == MAY_WRITE[user]:
            queue = next(iter(REACHES[exchange]))
            publish(_url(shipped, user), queue, b"{}", exchange=exchange)
            assert get_all(shipped.url, queue) == [b"{}"]
            return

        with pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
            publish(_url(shipped, user), MINUTE_USAGE, b"{}", exchange=exchange)

    @pytest.mark.parametrize("user", MAY_WRITE)
    @pytest.mark.parametrize("what", FORBIDDEN)
    def test_may_do_nothing_else(self, shipped: PrivateRabbit, user: str, what: str) -> None:
        with channel(_url(shipped, user)) as opened, pytest.raises(ChannelClosedByBroker, match="ACCESS_REFUSED"):
            FORBIDDEN[what](opened)

    @pytest.mark.parametrize("user", MAY_WRITE)
    @pytest.mark.parametrize("header", ["CC", "BCC"])
    def test_reaches_no_further_queue_by_a_copy(self, shipped: PrivateRabbit, user: str, header: str) -> None:
        exchange = MAY_WRITE[user]
        queue = next(iter(REACHES[exchange]))
        copies = pika.BasicProperties(headers={header: [*QUEUES, *(f"{name}.DQ" for name in QUEUES)]})

        with channel(_url(shipped, user)) as opened:
            opened.confirm_delivery()
            opened.basic_publish(exchange, queue, b"{}", copies, mandatory=True)

        assert {name for name in QUEUES if get_all(shipped.url, name)} == REACHES[exchange]
        assert not any(get_all(shipped.url, f"{name}.DQ") for name in QUEUES)

    @pytest.mark.parametrize("user", MAY_WRITE)
    def test_speaks_in_no_other_name(self, shipped: PrivateRabbit, user: str) -> None:
        exchange = MAY_WRITE[user]

        with channel(_url(shipped, user)) as opened, pytest.raises(ChannelClosedByBroker, match="PRECONDITION_FAILED"):
            opened.confirm_delivery()
            opened.basic_publish(
                exchange, next(iter(REACHES[exchange])), b"{}", pika.BasicProperties(user_id="billing")
            )


class TestAnExchange:
    @pytest.mark.parametrize("exchange", REACHES)
    @pytest.mark.parametrize("queue", QUEUES)
    def test_feeds_the_queues_of_its_users_alone(self, shipped: PrivateRabbit, exchange: str, queue: str) -> None:
        if queue in REACHES[exchange]:
            publish(shipped.url, queue, b"{}", exchange=exchange)
            assert get_all(shipped.url, queue) == [b"{}"]
            return

        with pytest.raises(UnroutableError):
            publish(shipped.url, queue, b"{}", exchange=exchange)

    def test_is_there_for_every_name_that_the_program_uses(self, shipped: PrivateRabbit) -> None:
        listed = shipped.ctl("list_exchanges", "name", "--silent").split()

        assert {INGRESS, SALES, WEBHOOKS, INTERNAL, FACTS} <= set(listed)


class TestTheWebhookEndpoint:
    def test_needs_no_more_than_its_user_may(self, shipped: PrivateRabbit) -> None:
        publisher = ConfirmedPublisher(_url(shipped, "webhooks"))

        receipts = publisher.publish([Publication(WEBHOOKS, WEBHOOK, "1", b"{}")], patience_seconds=10)

        publisher.close()
        assert receipts == [Receipt.CONFIRMED]
        assert get_all(shipped.url, WEBHOOK) == [b"{}"]


class TestOurProcesses:
    def test_may_declare_and_consume_everything(self, shipped: PrivateRabbit) -> None:
        declare_topology(_url(shipped, "billing"))

        with channel(_url(shipped, "billing")) as opened:
            for queue in QUEUES:
                assert opened.basic_get(queue)[0] is None
