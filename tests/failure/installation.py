"""An installation of the product: its processes, the load they get, and the check afterwards."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson

from broker.publication import Publication
from tests.failure.listener import Listener
from tests.failure.load import Load
from tests.failure.load_check import LoadCheck
from tests.failure.producer import Producer
from tests.failure.supervisor import Supervised, billing, environment_for
from tests.failure.witness import Witness
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit
from tests.servers.rabbitmq_cluster import PrivateRabbitCluster
from tests.servers.waiting import UnableToWait, wait_until

OUR_QUEUES = ("minute-usage", "minute-usage.DQ", "minute-usage.XQ", "due", "due.DQ", "due.XQ")

_OPEN_LIMIT_S = 30
_GROW_LIMIT_S = 40
_SETTLE_LIMIT_S = 60
_END_LIMIT_S = 30
_ASK_EVERY_S = 0.2

# Smaller than usual, so that a load is many transactions and a fault has many seams to fall into. With a limit of what
# is forgiven on a day, what is owed would depend on the order in which messages come.
_SETTINGS = {"COALESCE": "40", "PREFETCH": "200", "FORGIVE_DAILY_SECONDS": "86400"}


class Installation:
    """The processes of one test on a database of their own and the package's broker."""

    def __init__(
        self,
        database_url: str,
        postgres: PrivatePostgres,
        rabbit: PrivateRabbit | PrivateRabbitCluster,
        facts: Listener,
        folder: Path,
    ) -> None:
        self.database_url = database_url
        self.postgres = postgres
        self.rabbit = rabbit
        self.facts = facts
        self.witness = Witness(database_url)
        self.processes: list[Supervised] = []
        self.folder = folder

    def start(
        self, name: str, *, command: tuple[str, ...] | None = None, settings: dict[str, str] | None = None
    ) -> Supervised:
        """Start one of the product's processes, and start it again whenever it ends; `settings` are added to its own."""
        process = Supervised(
            name,
            command=command or billing(name),
            environment=environment_for(self.database_url, self.rabbit.url, **_SETTINGS, **(settings or {})),
            folder=self.folder / f"{len(self.processes) + 1}-{name}",
        )
        self.processes.append(process)
        return process

    @contextmanager
    def under(self, load: Load) -> Iterator[Producer]:
        """Let the load's openings be applied, give a producer of its middle, and let it finish in the end."""
        granted = 0
        for opening in load.openings:
            granted += sum(len(orjson.loads(one.body)) for one in opening)
            with self._producing(opening):
                pass
            self.wait_until_applied(granted, limit_s=_OPEN_LIMIT_S)
        with self._producing(load.middle) as producer:
            yield producer

    @contextmanager
    def _producing(self, publications: Sequence[Publication]) -> Iterator[Producer]:
        producer = Producer(self.rabbit.url, publications)
        try:
            yield producer
            producer.finish()
        finally:
            producer.stop()

    def wait_until_applied(self, events: int, *, limit_s: float = _GROW_LIMIT_S) -> None:
        """Return when at least so many events are in the inbox."""
        wait_until(
            lambda: (self.witness.applied() or 0) >= events, f"{events} events are in the inbox", limit_s=limit_s
        )

    def wait_until_more_is_applied(self) -> int:
        """Return when workers have applied more than they had, with how many events are in the inbox then."""
        before = self.applied()
        self.wait_until_applied(before + 1)
        return self.applied()

    def applied(self) -> int:
        """Return how many events are in the inbox, while the database is there."""
        applied = self.witness.applied()
        assert applied is not None, "the database is away"
        return applied

    def end(self) -> dict[str, int]:
        """Tell every process to end by SIGTERM and return their exit codes."""
        for process in self.processes:
            process.tell_to_end()
        return {
            f"{at}-{process.name}": process.wait_for_end(limit_s=_END_LIMIT_S)
            for at, process in enumerate(self.processes, start=1)
        }

    def remove(self) -> None:
        """End every process at once."""
        for process in self.processes:
            process.remove()

    def check_load(self, load: Load) -> None:
        """Wait until everything of a load is settled, end the processes in order, and compare."""
        check = LoadCheck(load, self.witness, self.facts.heard)
        self._wait_until_nothing_is(check.outstanding, else_show=check.differences)
        self._wait_until_nothing_is(self.undelivered, else_show=list)

        codes = self.end()

        assert set(codes.values()) == {0}, f"processes ended otherwise than well: {codes}"
        # Who is left alone, without a broker or a database, waits and does not fall.
        falls = {process.name: process.falls for process in self.processes if process.falls}
        assert not falls, f"processes fell without being killed: {falls}"
        assert self.undelivered() == ""
        differences = check.differences()
        assert not differences, "\n".join(differences)

    def undelivered(self) -> str:
        """Say what is in our queues, taken by somebody or not; empty when they are."""
        counts = self.rabbit.depths()
        return "; ".join(f"{counts.get(queue)} in {queue}" for queue in OUR_QUEUES if counts.get(queue) != 0)

    def _wait_until_nothing_is(self, outstanding: Callable[[], str], *, else_show: Callable[[], list[str]]) -> None:
        rest = ""

        def is_nothing() -> bool:
            nonlocal rest
            # Asked less often than the waiting would: each time costs the processes some of their time.
            time.sleep(_ASK_EVERY_S)
            rest = outstanding()
            return not rest

        try:
            wait_until(is_nothing, "everything is settled", limit_s=_SETTLE_LIMIT_S)
        except UnableToWait as error:
            raise AssertionError("\n".join([f"{error}: {rest}", *else_show()])) from error
