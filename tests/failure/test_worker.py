"""Workers that are killed, and workers that are asked to end, in the middle of their work."""

from tests.failure.installation import Installation
from tests.failure.load import make_load

_MORE = (1, 40, 90, 160)
"""How far a worker gets with its share of the load before each kill, in events."""


class TestWorkerKilled:
    def test_a_single_one_started_anew_loses_nothing_and_repeats_nothing(self, installation: Installation) -> None:
        load = make_load(seed=101, events=3_500)
        worker = installation.start("worker")
        installation.start("relay")

        with installation.under(load) as producer:
            for kill, more in enumerate(_MORE, start=1):
                producer.go_to(kill / (len(_MORE) + 1))
                installation.wait_until_applied(installation.applied() + more)
                worker.kill()

        installation.check_load(load)
        assert worker.starts == 1 + len(_MORE)

    def test_one_of_two_killed_again_and_again_leaves_its_work_to_the_other(self, installation: Installation) -> None:
        load = make_load(seed=102, events=3_500)
        steady, shaky = installation.start("worker"), installation.start("worker")
        installation.start("relay")

        with installation.under(load) as producer:
            for kill, more in enumerate(_MORE, start=1):
                shaky.wait_until_ready()
                producer.go_to(kill / (len(_MORE) + 1))
                installation.wait_until_applied(installation.applied() + more)
                shaky.kill()

        installation.check_load(load)
        assert (steady.starts, shaky.starts) == (1, 1 + len(_MORE))


class TestWorkerToldToEnd:
    def test_ends_well_in_the_middle_of_the_load(self, installation: Installation) -> None:
        load = make_load(seed=103, events=2_000)
        worker = installation.start("worker")
        installation.start("relay")

        with installation.under(load) as producer:
            producer.go_to(0.6)
            installation.wait_until_applied(installation.applied() + 100)
            worker.tell_to_end()
            assert worker.wait_for_end(limit_s=30) == 0
            assert installation.applied() < len(load.events)
            installation.start("worker")

        installation.check_load(load)

    def test_ends_well_while_the_database_is_away(self, installation: Installation) -> None:
        load = make_load(seed=104, events=800)
        worker = installation.start("worker")
        installation.start("relay")

        with installation.under(load) as producer:
            producer.go_to(0.6)
            installation.wait_until_applied(installation.applied() + 20)
            installation.postgres.stop_immediate()
            worker.wait_until_it_says("for the store")
            worker.tell_to_end()
            assert worker.wait_for_end(limit_s=30) == 0
            installation.postgres.start()
            installation.start("worker")

        installation.check_load(load)
