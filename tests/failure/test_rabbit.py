"""RabbitMQ is killed and comes back with what it had on disk."""

from tests.failure.installation import Installation
from tests.failure.load import make_load


class TestRabbitKilled:
    def test_keeps_what_it_confirmed_and_everybody_comes_back_to_it(self, installation: Installation) -> None:
        load = make_load(seed=301, events=3_500)
        worker, relay = installation.start("worker"), installation.start("relay")

        with installation.under(load) as producer:
            producer.go_to(1)
            producer.wait_until_beyond(0.4)
            installation.rabbit.kill()
            assert producer.confirmed < len(load.middle), "the load was over before the fault"
            installation.rabbit.start()

        installation.reckon(load)
        # Who is left without a broker waits for it and does not fall.
        assert (worker.falls, relay.falls) == ([], [])
        assert producer.interruptions > 0
