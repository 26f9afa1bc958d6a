"""RabbitMQ is killed and comes back with what it had on disk."""

from contextlib import closing

import pika

from messages.registry import MINUTE_USAGE
from tests.failure.installation import Installation
from tests.failure.load import make_load
from tests.servers.waiting import wait_until


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

    def test_gets_no_word_about_the_new_channel_from_work_that_came_over_the_old(
        self, installation: Installation
    ) -> None:
        load = make_load(seed=302, events=2_000)
        holding, gone = installation.start("worker"), installation.start("worker")
        installation.start("relay")

        with installation.under(load) as producer:
            gone.wait_until_ready()
            producer.go_to(0.5)
            installation.wait_until_applied(installation.applied() + 1)
            # Without a database the work is held; without a broker its tags lose their meaning; without the
            # other worker the same tags stand for other messages afterwards.
            installation.postgres.stop_immediate()
            holding.wait_until_it_says("for the store")
            installation.rabbit.kill()
            gone.kill()
            installation.rabbit.start()
            _wait_for_consumers(installation, 2)
            installation.postgres.start()
            installation.wait_until_applied(installation.applied() + 1)
            holding.kill()

        installation.reckon(load)


def _wait_for_consumers(installation: Installation, count: int) -> None:
    with closing(pika.BlockingConnection(pika.URLParameters(installation.rabbit.url))) as connection:
        channel = connection.channel()
        wait_until(
            lambda: channel.queue_declare(MINUTE_USAGE, passive=True).method.consumer_count >= count,
            f"{count} workers take from {MINUTE_USAGE} again",
            limit_s=30,
        )
