"""The scheduler: APScheduler keeps the time, the store's slots keep each tick to one."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from messages.errors import Unavailable
from scheduler.timetable import TIMETABLE, Tick
from store.engine import Engine
from store.reading import reading
from store.slots import database_clock
from workers.reminders import remind

log = logging.getLogger(__name__)


MAX_CLOCK_ERROR = timedelta(minutes=5)
"""How far a host's clock may be off the database's; a fast one would claim the slots of hours to come."""


def utc_now() -> datetime:
    """Return the present moment by this host's clock."""
    return datetime.now(UTC)


def run_scheduler(engine: Engine, stopping: threading.Event, *, clock: Callable[[], datetime] = utc_now) -> None:
    """
    Remind until the process is to stop. Any number of hosts may do so: each tick is claimed by one.

    The jobs are in memory and are run at once at the start, so nothing depends on what another
    process, or this one before a restart, had in memory.

    Args:
        engine: the store.
        stopping: set when the process is to stop.
        clock: this host's clock.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # A late tick is run, and several missed ones are one: the defaults would skip after a second.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for tick in TIMETABLE:
        scheduler.add_job(
            tick_by_clock,
            "interval",
            args=(engine, tick, clock),
            seconds=tick.every.total_seconds(),
            id=tick.job,
            next_run_time=datetime.now(UTC),
        )
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=True)


def tick_by_clock(engine: Engine, tick: Tick, clock: Callable[[], datetime] = utc_now) -> bool:
    """
    Tick once for the present moment; False when that is done already, or when this host's clock is wrong.

    Args:
        engine: the store.
        tick: a line of the timetable.
        clock: this host's clock; more than 5 minutes off the database's nothing is claimed.
    """
    try:
        with reading(engine) as session:
            error = clock() - database_clock(session)
    except Unavailable as away:
        log.warning("tick %s is left to the next one, the store is away: %s", tick.job, away)
        return False
    if abs(error) > MAX_CLOCK_ERROR:
        log.error(
            "tick %s is left to other hosts: this host's clock is %d s %s the database's; set it right",
            tick.job,
            abs(error).total_seconds(),
            "ahead of" if error > timedelta() else "behind",
        )
        return False
    return tick_once(engine, tick, now=clock())


def tick_once(engine: Engine, tick: Tick, *, now: datetime | None = None) -> bool:
    """
    Claim the current slot of a tick and write its reminder; False when that is done already.

    Args:
        engine: the store.
        tick: a line of the timetable.
        now: aware UTC moment; the present without.
    """
    slot = slot_of(now or datetime.now(UTC), tick.every)
    try:
        return remind(engine, tick.reminder, job=tick.job, slot=slot)
    except Unavailable as error:
        log.warning("tick %s is left to the next one, the store is away: %s", tick.job, error)
        return False


def slot_of(now: datetime, every: timedelta) -> datetime:
    """Return the start of the interval in which a moment lies; the same on every host."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (now - midnight) // every * every
