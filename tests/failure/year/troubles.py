"""What goes wrong with the processes and servers of a simulated year, in the middle of a day's work."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from tests.failure.installation import Installation
from tests.failure.supervisor import Supervised


class Troubles:
    """
    Kills and stops, each over by the end of its day.

    Args:
        installation: its servers.
        processes: of the product, by name.
        chance: decides whom it hits, and when in a day.
    """

    def __init__(
        self, installation: Installation, processes: Mapping[str, Sequence[Supervised]], chance: random.Random
    ) -> None:
        self.happened: Counter[str] = Counter()
        self._installation = installation
        self._processes = processes
        self._chance = chance

    @contextmanager
    def during(self, name: str | None) -> Iterator[None]:
        """Let something go wrong while the block lasts; None: nothing does."""
        if name is None:
            yield
            return
        self.happened[name] += 1
        strike: Callable[[], None] = getattr(self, f"_{name}")
        # Each time at another moment of the day's work, which is what a fault falls into.
        after_s, failures = self._chance.uniform(0.1, 1.2), list[BaseException]()

        def work() -> None:
            time.sleep(after_s)
            try:
                strike()
            except BaseException as error:  # noqa: BLE001 - shown where the test can see it
                failures.append(error)

        thread = threading.Thread(target=work, name=name)
        thread.start()
        yield
        thread.join()
        if failures:
            raise failures[0]

    def _worker_killed(self) -> None:
        self._chance.choice(self._processes["worker"]).kill()

    def _all_workers_killed(self) -> None:
        for worker in self._processes["worker"]:
            worker.kill()

    def _scheduler_killed(self) -> None:
        self._chance.choice(self._processes["scheduler"]).kill()

    def _relay_killed(self) -> None:
        self._chance.choice(self._processes["relay"]).kill()

    def _postgres_stopped(self) -> None:
        self._installation.postgres.stop_immediate()
        self._installation.postgres.start()

    def _rabbit_killed(self) -> None:
        self._installation.rabbit.kill()
        self._installation.rabbit.start()
