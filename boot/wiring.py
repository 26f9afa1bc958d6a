"""Wiring: every part made from the settings, in one place, and let go of in the right order."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from boot.clock import Clock, ShiftedClock, UnableToReadClock, utc_now
from boot.embedded import embedded_database_url
from boot.settings import Settings, UnableToStart
from broker.byte_budget import ByteBudget
from broker.drain import Drain, RabbitDrain
from broker.memory import MemoryBroker, MemoryDrain, MemoryPublisher
from broker.publication import Publisher
from broker.publisher import ConfirmedPublisher
from broker.rabbit import SafeBroker
from broker.topology import INTAKES, Intake
from domain.gateway.port import Gateway
from domain.minutes.rules import Rules
from store.engine import Engine as Engine  # what opens the web names it
from store.engine import UnableToConnect, open_engine
from store.migrate import migrate

WEB_STATEMENT_TIMEOUT_MS = 4_000
WEB_LOCK_TIMEOUT_MS = 2_000
"""Screph's program waits 10 s for an answer, and shows none of the user's minutes without one."""


@dataclass(slots=True)
class Wiring:
    """
    The parts that endpoints and workers are made of.

    `clock` is the one clock of the process. `stopping` is set when it is to end; `dead` names the parts that
    died, if that is why, and `refused` why a part could not start. Without an `amqp_url` the broker is in the
    process, and everything that carries messages shares the one in `broker`. `gateways` replace those that the
    settings name.
    """

    settings: Settings
    engine: Engine
    database_url: str
    amqp_url: str | None
    stopping: threading.Event = field(default_factory=threading.Event)
    dead: list[str] = field(default_factory=list)
    refused: list[UnableToStart] = field(default_factory=list)
    clock: Clock = utc_now
    gateways: Mapping[str, Gateway] | None = None
    _broker: SafeBroker | MemoryBroker | None = None

    @property
    def rules(self) -> Rules:
        """The settings that decide about minutes."""
        return self.settings.rules

    @property
    def is_embedded(self) -> bool:
        """Whether the broker is the one in the process."""
        return self.amqp_url is None

    @property
    def broker(self) -> SafeBroker | MemoryBroker:
        """The broker that Dramatiq's worker consumes; made when first asked for."""
        if self._broker is None:
            intakes = self._intakes()
            if self.amqp_url:
                budget = ByteBudget(self.settings.max_bytes_in_flight)
                self._broker = SafeBroker(self.amqp_url, intakes=intakes, budget=budget)
            else:
                self._broker = MemoryBroker(intakes=intakes)
        return self._broker

    def publisher(self) -> Publisher:
        """Return a publisher for one thread."""
        if self.amqp_url:
            return ConfirmedPublisher(self.amqp_url)
        assert isinstance(self.broker, MemoryBroker)
        return MemoryPublisher(self.broker)

    def drain(self) -> Drain:
        """Return a drain of the dead letters for one thread."""
        if self.amqp_url:
            return RabbitDrain(self.amqp_url)
        assert isinstance(self.broker, MemoryBroker)
        return MemoryDrain(self.broker)

    def _intakes(self) -> dict[str, Intake]:
        settings = self.settings
        return {
            queue: replace(intake, coalesce=settings.coalesce, prefetch=settings.prefetch)
            if intake.coalesce > 1
            else intake
            for queue, intake in INTAKES.items()
        }


@contextmanager
def wired(settings: Settings) -> Iterator[Wiring]:
    """
    Open every part; what is embedded is started, and its schema brought up to date.

    Raises:
        UnableToStart: a part cannot be opened.
        Unavailable: the database that the settings name cannot be reached.
    """
    clock = open_clock(settings)
    url = settings.database_url
    if url is None:
        url = embedded_database_url(settings.embedded_dir)
        migrate(url)
    try:
        engine = open_engine(
            url,
            pool_size=settings.worker_threads + settings.renewal_threads + 2,
            statement_timeout_ms=settings.statement_timeout_ms,
            access_secrets=settings.access_secret_list,
        )
    except UnableToConnect as error:
        raise UnableToStart(f"DATABASE_URL: {error}") from error
    wiring = Wiring(settings=settings, engine=engine, database_url=url, amqp_url=settings.amqp_url, clock=clock)
    try:
        yield wiring
    finally:
        wiring.stopping.set()
        if wiring._broker is not None:
            wiring._broker.close()
        engine.dispose()


@contextmanager
def web_engine(wiring: Wiring) -> Iterator[Engine]:
    """Open an engine for requests: people wait at the other end, so it gives up early; and it starves no worker."""
    engine = open_engine(
        wiring.database_url,
        pool_size=wiring.settings.web_threads,
        statement_timeout_ms=WEB_STATEMENT_TIMEOUT_MS,
        lock_timeout_ms=WEB_LOCK_TIMEOUT_MS,
        slow_statement_ms=wiring.settings.web_slow_statement_ms,
        access_secrets=wiring.settings.access_secret_list,
    )
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def readers_engine(wiring: Wiring) -> Iterator[Engine | None]:
    """Open an engine for what only reads, by a role that may do nothing else; None: the settings name none."""
    url = wiring.settings.database_read_url
    if url is None:
        yield None
        return
    engine = open_engine(
        url,
        pool_size=wiring.settings.web_threads,
        statement_timeout_ms=WEB_STATEMENT_TIMEOUT_MS,
        lock_timeout_ms=WEB_LOCK_TIMEOUT_MS,
        slow_statement_ms=wiring.settings.web_slow_statement_ms,
    )
    try:
        yield engine
    finally:
        engine.dispose()


def open_clock(settings: Settings) -> Clock:
    """
    Return the clock by which everything of this process goes.

    Raises:
        UnableToStart: the file of a test clock holds something else.
    """
    if settings.billing_clock is None:
        return utc_now
    try:
        return ShiftedClock(settings.billing_clock)
    except UnableToReadClock as error:
        raise UnableToStart(f"BILLING_CLOCK: {error}") from error
