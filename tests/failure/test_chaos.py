"""Everything at once, in an order that a seed decides."""

import random
from collections.abc import Callable, Iterable

from domain.ids import is_own_id
from messages.queues import INTERNAL
from tests.failure.installation import Installation
from tests.failure.listener import Listener
from tests.failure.load import make_load
from tests.failure.producer import Producer
from tests.failure.supervisor import Supervised
from tests.servers.waiting import wait_until

_SEED = 501


class TestEverythingAtOnce:
    def test_leaves_every_event_applied_once(self, installation: Installation, reminders: Listener) -> None:
        load = make_load(seed=_SEED, events=5_000)
        workers = [installation.start("worker"), installation.start("worker")]
        relays = [installation.start("relay"), installation.start("relay")]

        with installation.under(load) as producer:
            schedulers = [installation.start("scheduler"), installation.start("scheduler")]
            wait_until(lambda: bool(_slots(installation)), "a slot is claimed", limit_s=20)
            faults = _Faults(installation, workers, relays, schedulers).in_random_order()
            for number, fault in enumerate(faults, start=1):
                producer.go_to(number / (len(faults) + 1))
                _wait_until_the_load_goes_on(installation, producer)
                fault()

        installation.check_load(load)
        _assert_reminded_once(installation, reminders)


class _Faults:
    """What can happen; some of it while something else is away already."""

    def __init__(
        self,
        installation: Installation,
        workers: list[Supervised],
        relays: list[Supervised],
        schedulers: list[Supervised],
    ) -> None:
        self.installation = installation
        self.workers = workers
        self.relays = relays
        self.schedulers = schedulers
        self.random = random.Random(_SEED)

    def in_random_order(self) -> list[Callable[[], None]]:
        faults = [
            *[self.worker_killed] * 2,
            self.both_workers_killed,
            *[self.relay_killed] * 2,
            *[self.scheduler_killed] * 2,
            self.postgres_stopped,
            self.worker_killed_while_postgres_is_away,
            self.postgres_stopped_and_relay_killed_while_rabbit_is_away,
        ]
        return self.random.sample(faults, k=len(faults))

    def worker_killed(self) -> None:
        self.random.choice(self.workers).kill()

    def both_workers_killed(self) -> None:
        for worker in self.workers:
            worker.kill()

    def relay_killed(self) -> None:
        self.random.choice(self.relays).kill()

    def scheduler_killed(self) -> None:
        self.random.choice(self.schedulers).kill()

    def postgres_stopped(self) -> None:
        self.installation.postgres.stop_immediate()
        self.installation.postgres.start()

    def worker_killed_while_postgres_is_away(self) -> None:
        self.installation.postgres.stop_immediate()
        self.worker_killed()
        self.installation.postgres.start()

    def postgres_stopped_and_relay_killed_while_rabbit_is_away(self) -> None:
        self.installation.rabbit.kill()
        self.relay_killed()
        self.postgres_stopped()
        self.installation.rabbit.start()


def _wait_until_the_load_goes_on(installation: Installation, producer: Producer) -> None:
    """Return when messages are confirmed and events applied again, so that the next fault hits both."""
    applied, confirmed = installation.applied(), producer.confirmed
    wait_until(lambda: producer.confirmed > confirmed, "messages are confirmed again", limit_s=40)
    installation.wait_until_applied(applied + 1)


def _assert_reminded_once(installation: Installation, reminders: Listener) -> None:
    """Check that each slot has one reminder, that it came, and that what it asks for was done."""
    sent = _reminders(installation.witness.sent(INTERNAL))
    assert sorted(message_id for message_id, _ in sent) == _slots(installation)
    wait_until(lambda: set(reminders.heard) >= set(sent), "every reminder has come", limit_s=10)
    assert set(_reminders(reminders.heard)) == set(sent)
    swept = "SELECT count(*) FROM entry WHERE kind = 'expire' AND usage_id IS NULL"
    assert installation.witness.select(swept)[0][0] > 0


def _reminders(messages: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Leave out the notices that are owed: they go the same way, under ids of ours."""
    return [(message_id, body) for message_id, body in messages if not is_own_id(message_id)]


def _slots(installation: Installation) -> list[str]:
    """Return the id that the reminder of each claimed slot must have."""
    rows = installation.witness.select("SELECT job, slot FROM scheduler_slot")
    return sorted(f"{job}-{slot.isoformat()}" for job, slot in rows)
