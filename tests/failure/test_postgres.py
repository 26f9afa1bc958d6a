"""PostgreSQL is stopped at once and comes back with what it had on disk."""

from tests.failure.installation import Installation
from tests.failure.load import make_load


class TestPostgresStopped:
    def test_keeps_what_was_acknowledged_and_everybody_waits_for_it(self, installation: Installation) -> None:
        load = make_load(seed=401, events=3_500)
        worker, relay = installation.start("worker"), installation.start("relay")

        with installation.under(load) as producer:
            for stop, share in enumerate((0.3, 0.5, 0.7), start=1):
                producer.go_to(share)
                installation.wait_until_applied(installation.applied() + 30 * stop)
                before = worker.log, relay.log
                installation.postgres.stop_immediate()
                producer.go_to(share + 0.1)
                worker.wait_until_it_says("for the store", after=before[0])
                relay.wait_until_it_says("the outbox waits for the store", after=before[1])
                installation.postgres.start()

        installation.check_load(load)
