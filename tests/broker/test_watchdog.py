"""A worker process with a dead thread, or killed: it ends, and what it had not acknowledged comes again (L5, L7)."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from broker.middleware import EXIT_DEAD_THREAD
from tests.broker.queues import an_intake, count, get_all, publish
from tests.broker.worker import PATIENCE_S
from tests.servers.find import FoundRabbit
from tests.servers.waiting import wait_until


class TestADeadThread:
    @pytest.mark.parametrize("crashes", ["worker-thread", "consumer-thread"])
    def test_ends_the_process_so_that_it_is_started_again(self, rabbit_server: FoundRabbit, crashes: str) -> None:
        with an_intake(rabbit_server.url) as intake:
            publish(rabbit_server.url, intake.queue, b"money")

            with _worker(rabbit_server.url, intake.queue, crashes) as process:
                assert process.wait(PATIENCE_S) == EXIT_DEAD_THREAD

            wait_until(lambda: count(rabbit_server.url, intake.queue) == 1, "it is back", limit_s=PATIENCE_S)


class TestAKilledWorker:
    def test_what_was_applied_is_gone_and_what_was_not_comes_back(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake:
            publish(rabbit_server.url, intake.queue, b"a", b"hold", b"b", b"hold", b"c")
            with _worker(rabbit_server.url, intake.queue, "nothing") as process:
                assert process.stdout is not None
                begun = sorted(process.stdout.readline().strip() for _ in range(5))
                publish(rabbit_server.url, intake.queue, b"d")
                assert process.stdout.readline().strip() == "d"

                process.kill()

            assert begun == ["a", "b", "c", "hold", "hold"]
            wait_until(lambda: count(rabbit_server.url, intake.queue) >= 2, "the rest is back", limit_s=PATIENCE_S)
            # The last one applied may have been killed between its end and its ack.
            back = get_all(rabbit_server.url, intake.queue)
            assert sorted(body for body in back if body != b"d") == [b"hold", b"hold"]


class TestASigterm:
    def test_ends_the_worker_well_and_not_as_a_dead_thread_does(self, rabbit_server: FoundRabbit) -> None:
        with an_intake(rabbit_server.url) as intake:
            publish(rabbit_server.url, intake.queue, b"a", b"hold")
            with _worker(rabbit_server.url, intake.queue, "nothing") as process:
                assert process.stdout is not None
                assert sorted(process.stdout.readline().strip() for _ in range(2)) == ["a", "hold"]

                process.send_signal(signal.SIGTERM)

                assert process.wait(PATIENCE_S) == 0
            assert count(rabbit_server.url, intake.queue) == 0


@contextmanager
def _worker(url: str, queue: str, crashes: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.broker.crashing_worker", url, queue, crashes],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
