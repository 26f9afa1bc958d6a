"""A channel on which something was refused is closed: it may remember a quorum queue without a leader for ever."""

from contextlib import closing
from typing import Any

from broker.publication import Publication, Receipt
from broker.publisher import ConfirmedPublisher
from messages.queues import INGRESS
from tests.broker.queues import an_intake, count
from tests.servers.rabbitmq import PrivateRabbit


class _CountingPublisher(ConfirmedPublisher):
    """Records each channel that is ready for publications."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.channels: list[Any] = []

    def _on_ready(self, channel: Any) -> None:
        self.channels.append(channel)
        super()._on_ready(channel)


class TestARefusal:
    def test_is_followed_by_a_new_channel_on_the_same_connection(self, limited: PrivateRabbit) -> None:
        with (
            an_intake(limited.url, prefix="packed") as refusing,
            an_intake(limited.url) as taking,
            closing(_CountingPublisher(limited.url)) as publisher,
        ):
            refused = Publication(INGRESS, refusing.queue, "refused", b"{}")
            taken = Publication(INGRESS, taking.queue, "taken", b"{}")

            # The first message finds room; a queue is full only once it holds more than its limit.
            publisher.publish([refused], patience_seconds=1)
            first = publisher.publish([refused, taken], patience_seconds=2)
            second = publisher.publish([taken], patience_seconds=2)

            assert first == [Receipt.UNCONFIRMED, Receipt.CONFIRMED]
            assert second == [Receipt.CONFIRMED]
            assert count(limited.url, taking.queue) == 2
            assert len(publisher.channels) >= 3
            assert len({id(each.connection) for each in publisher.channels}) == 1
            assert not any(each.is_open for each in publisher.channels[:-1])

    def test_that_never_comes_costs_no_channel(self, limited: PrivateRabbit) -> None:
        with an_intake(limited.url) as taking, closing(_CountingPublisher(limited.url)) as publisher:
            for n in range(3):
                publisher.publish([Publication(INGRESS, taking.queue, f"{n}", b"{}")])

            assert len(publisher.channels) == 1
