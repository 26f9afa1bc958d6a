"""The actors, wired as in a process of their own, with the broker in the process."""

from collections.abc import Iterator
from contextlib import contextmanager

from boot.settings import Settings
from boot.wiring import Wiring
from broker.memory import MemoryBroker
from messages.minutes.reminders import ExpirySweepRequested
from messages.registry import INTAKE
from messages.write import write
from tests.workers.deliveries import delivery, due
from tests.workers.events import DAY, NOW, grant, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.actors import register, start

_PATIENCE_S = 10


class TestActors:
    def test_each_queue_has_one_that_is_named_as_it_is(self, harness: MinutesHarness) -> None:
        broker = register(_wiring(harness))

        assert broker.get_declared_actors() == set(INTAKE)
        assert {broker.get_actor(name).queue_name for name in INTAKE} == set(INTAKE)

    def test_what_is_put_in_is_applied(self, harness: MinutesHarness) -> None:
        with _working(harness) as broker:
            broker.put(delivery(grant(harness.account, 600), usage(harness.account, 60)))
            # Two calls may be under way at once, and then either may be first.
            assert broker.wait_until_idle(_PATIENCE_S)
            broker.put(delivery(usage(harness.account, 40)))
            assert broker.wait_until_idle(_PATIENCE_S)

        assert harness.balance().available_seconds == 500

    def test_a_correction_that_came_too_early_is_tried_again(self, harness: MinutesHarness) -> None:
        used = usage(harness.account, 100)

        with _working(harness) as broker:
            broker.put(delivery(reversal(harness.account, used["id"])))
            broker.put(delivery(usage(harness.account, 70)))
            broker.put(delivery(used))
            assert broker.wait_until_idle(_PATIENCE_S)

        assert harness.balance().debt_seconds == 70
        assert len(harness.facts("usage.reversed")) == 1
        assert not broker.dead_deliveries

    def test_what_cannot_be_read_is_dead_lettered_and_not_tried_again(self, harness: MinutesHarness) -> None:
        nonsense = b"nonsense about " + harness.account.encode()

        with _working(harness) as broker:
            broker.put(delivery(nonsense))
            broker.put(delivery(usage(harness.account, 70)))
            assert broker.wait_until_idle(_PATIENCE_S)

        [letter] = harness.letters()
        assert (letter["code"], letter["seen"], bytes(letter["body"])) == ("NotJson", 1, nonsense)
        assert harness.balance().debt_seconds == 70
        assert not broker.dead_deliveries

    def test_a_reminder_is_done(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 60, activated_at=NOW - 9 * DAY, expires_at=NOW - 4 * DAY))
        _, reminder = write(ExpirySweepRequested, {}, at=NOW)

        with _working(own_harness) as broker:
            broker.put(due(reminder))
            assert broker.wait_until_idle(_PATIENCE_S)

        assert own_harness.entries() == [("grant", 60), ("expire", -60)]


def _wiring(harness: MinutesHarness) -> Wiring:
    """The parts of a process, for which it is always the tests' present."""
    return Wiring(Settings(), harness.engine, str(harness.engine.url), amqp_url=None, clock=lambda: NOW)


@contextmanager
def _working(harness: MinutesHarness) -> Iterator[MemoryBroker]:
    """Work for a while."""
    wiring = _wiring(harness)
    worker = start(wiring)
    assert isinstance(wiring.broker, MemoryBroker)
    try:
        yield wiring.broker
    finally:
        worker.stop()
