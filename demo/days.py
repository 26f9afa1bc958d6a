"""Time in the demonstration: the test clock is moved, the scheduler ticks, and everything that is due is done."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from boot.clock import ShiftedClock, move_clock
from boot.wiring import Wiring
from broker.memory import MemoryBroker
from broker.publication import Publication, Publisher
from demo.shop import UnableToShow
from relay.outbox import relay_batch
from scheduler.main import Ticker
from scheduler.timetable import TIMETABLE

WAIT_SECONDS = 120


@dataclass(slots=True)
class Days:
    """
    The days of a demonstration, on the clock that BILLING_CLOCK names a file for.

    `reminders` counts what the scheduler has reminded the workers of.
    """

    wiring: Wiring
    file: Path
    publisher: Publisher
    reminders: int = 0
    _ticker: Ticker = field(init=False)

    def __post_init__(self) -> None:
        self._ticker = Ticker(self.wiring.engine, clock=self.wiring.clock)

    @property
    def now(self) -> datetime:
        """The present moment of the story, aware UTC."""
        return self.wiring.clock()

    def publish(self, *publications: Publication) -> None:
        """Publish as Screph does, and wait until everything that follows from it is done."""
        self.publisher.publish(publications)
        self.settle()

    def go_by(self, by: timedelta) -> None:
        """Let time go by, and let the scheduler remind the workers of what is due then."""
        move_clock(self.file, by)
        self.reminders += sum(self._ticker.tick(tick) for tick in TIMETABLE)
        self.settle()

    def settle(self) -> None:
        """
        Move what was committed to the queues, until nothing follows from it any more.

        Raises:
            UnableToShow: it took too long.
        """
        broker = self.wiring.broker
        assert isinstance(broker, MemoryBroker)
        while True:
            if not broker.wait_until_idle(WAIT_SECONDS):
                raise UnableToShow(f"messages were still under way after {WAIT_SECONDS} s")
            if not relay_batch(self.wiring.engine, self.publisher):
                return


def open_days(wiring: Wiring, file: Path, publisher: Publisher, *, begin: datetime) -> Days:
    """Set the clock of a wiring to a moment, from which it goes on, and return its days."""
    file.write_text(begin.isoformat() + "\n", encoding="utf-8")
    wiring.clock = ShiftedClock(file)
    return Days(wiring, file, publisher)
