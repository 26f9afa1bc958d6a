"""The scheduler: APScheduler keeps the time, the store's slots keep each tick to one."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from messages.errors import Unavailable
from scheduler.timetable import TIMETABLE, Tick
from store.engine import Engine
from workers.reminders import remind

log = logging.getLogger(__name__)


def run_scheduler(engine: Engine, stopping: threading.Event) -> None:
    """
    Remind until the process is to stop. Any number of hosts may do so: each tick is claimed by one.

    The jobs are in memory and are run at once at the start, so nothing depends on what another
    process, or this one before a restart, had in memory.
    """
    scheduler = BackgroundScheduler(
        timezone=UTC,
        # A late tick is run, and several missed ones are one: the defaults would skip after a second.
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for tick in TIMETABLE:
        scheduler.add_job(
            tick_once,
            "interval",
            args=(engine, tick),
            seconds=tick.every.total_seconds(),
            id=tick.job,
            next_run_time=datetime.now(UTC),
        )
    scheduler.start()
    stopping.wait()
    scheduler.shutdown(wait=True)


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
