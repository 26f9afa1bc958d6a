"""The scheduler: APScheduler keeps the time, the store's slots keep each tick to one."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from boot.clock import Clock, utc_now
from messages.errors import Unavailable
from scheduler.timetable import TIMETABLE, Tick
from store.engine import Engine
from store.reading import reading
from store.slots import database_clock
from workers.reminders import remind

log = logging.getLogger(__name__)


MAX_CLOCK_ERROR = timedelta(minutes=5)
"""How far a host's clock may be off the database's; a fast one would claim the slots of hours to come."""

CHECK_EVERY = timedelta(minutes=1)
"""A slot is claimed within so long of its begin, also that of a day."""

CHECK_TEST_CLOCK_EVERY = timedelta(seconds=1)
"""A test clock jumps, and whoever moved it waits for what is due then."""


class Ticker:
    """
    Ticks by the clocks of one host, each slot once, however many tickers there are.

    Args:
        engine: the store.
        clock: says which slot it is; a test clock may be far from the host's.
        host_clock: this host's own, which is held against the database's.
    """

    def __init__(self, engine: Engine, *, clock: Clock = utc_now, host_clock: Clock = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        self._host_clock = host_clock
        self._done: dict[str, datetime] = {}

    def tick(self, tick: Tick) -> bool:
        """
        Claim the present slot of a tick and write its reminder.

        Returns:
            False when that is done already, here or elsewhere; also when this host's clock is more than 5 minutes off
            the database's, or the store is away: then it is left to other hosts, and to the next call.
        """
        slot = slot_of(self._clock(), tick.every)
        if self._done.get(tick.job) == slot:
            return False
        try:
            if not self._is_clock_right(tick):
                return False
            reminded = remind(self._engine, tick.reminder, job=tick.job, slot=slot)
        except Unavailable as error:
            log.warning("tick %s is left to the next one, the store is away: %s", tick.job, error)
            return False
        self._done[tick.job] = slot
        return reminded

    def _is_clock_right(self, tick: Tick) -> bool:
        with reading(self._engine) as session:
            error = self._host_clock() - database_clock(session)
        if abs(error) <= MAX_CLOCK_ERROR:
            return True
        log.error(
            "tick %s is left to other hosts: this host's clock is %d s %s the database's; set it right",
            tick.job,
            abs(error).total_seconds(),
            "ahead of" if error > timedelta() else "behind",
        )
        return False


def run_scheduler(
    engine: Engine,
    stopping: threading.Event,
    *,
    clock: Clock = utc_now,
    host_clock: Clock = utc_now,
    check_every: timedelta = CHECK_EVERY,
) -> None:
    """
    Remind until the process is to stop. Any number of hosts may do so: each tick is claimed by one.

    The jobs are in memory and are run at once at the start, so nothing depends on what another
    process, or this one before a restart, had in memory.

    Args:
        engine: the store.
        stopping: set when the process is to stop.
        clock: says which slot it is.
        host_clock: this host's own.
        check_every: how often the clock is read for each tick; more often where the interval is shorter.
    """
    ticker = Ticker(engine, clock=clock, host_clock=host_clock)
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # A late tick is run, and several missed ones are one: the defaults would skip after a second.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for tick in TIMETABLE:
        scheduler.add_job(
            ticker.tick,
            "interval",
            args=(tick,),
            seconds=min(tick.every, check_every).total_seconds(),
            id=tick.job,
            next_run_time=datetime.now(UTC),
        )
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=True)


def slot_of(now: datetime, every: timedelta) -> datetime:
    """Return the start of the interval in which a moment lies; the same on every host."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // every * every
