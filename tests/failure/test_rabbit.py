"""RabbitMQ is killed and comes back with what it had on disk."""

from tests.failure.installation import Installation
from tests.failure.load import make_load


class TestRabbitKilled:
    def test_keeps_what_it_confirmed_and_everybody_comes_back_to_it(self, installation: Installation) -> None:
        load = make_load(seed=301, events=3_500)
        installation.start("worker")
        installation.start("relay")

        with installation.under(load) as producer:
            producer.go_to(1)
            producer.wait_until_beyond(0.4)
            installation.rabbit.kill()
            assert producer.confirmed < len(load.middle), "the load was over before the fault"
            installation.rabbit.start()

        installation.check_load(load)
        assert producer.interruptions > 0
