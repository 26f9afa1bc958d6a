"""How many packages a second the sweep announces and books as expired, also where the table is ten times as large."""

import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from statistics import median

import psycopg2

from bench.contest import Place
from bench.load import RULES
from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE
from messages.read import Event, read
from messages.write import write
from store.engine import open_engine
from workers.context import Context
from workers.minutes.expire import sweep

TIMES = 10
PACKAGES_EACH = 4
SHARE = 10
"""One package in so many expires; those lie scattered over the whole table, no two of them on one account."""

ROUNDS = 3
"""Of the small table, whose sweep takes a second or so; the median counts."""

_FILL = """
    INSERT INTO account (id) SELECT 'user-' || number FROM generate_series(1, {accounts}) AS number;

    INSERT INTO package (id, account, kind, priority, activated_at, expires_at, granted_seconds, left_seconds,
                         announce_at)
    SELECT gen_random_uuid(), 1 + number % {accounts}, 'purchased', 100, now() - interval '100 days', ends_at, 600, 600,
           CASE WHEN lot = 0 THEN ends_at ELSE ends_at - interval '7 days' END
    FROM (SELECT number, (number / {accounts} + number) % {share} AS lot
          FROM generate_series(0, {packages} - 1) AS number ORDER BY random()) AS wanted,
         LATERAL (SELECT CASE WHEN lot = 0 THEN now() - interval '4 days' - random() * interval '1 day'
                              ELSE now() + interval '30 days' + random() * interval '300 days' END AS ends_at) AS life;
"""


class UnableToExpire(RuntimeError):
    """Not everything that was due was handled, so the figure would mean nothing."""


def measure_expiry(new_place: Callable[[str], Place], *, packages: int) -> dict[str, float]:
    """
    Return the packages per second of a sweep over a large table, and its ratio to one over a tenth of that.

    Args:
        new_place: makes an empty database of a name.
        packages: of the large one; a tenth of them expires.
    """
    small = [_rate(new_place(f"expiry_small_{number}"), packages=packages // TIMES) for number in range(ROUNDS)]
    rate = _rate(new_place("expiry_large"), packages=packages)
    return {"expire_per_s": round(rate, 1), "expire_growth": round(rate / median(small), 2)}


def _rate(place: Place, *, packages: int) -> float:
    _fill(place.database_url, packages=packages)
    engine = open_engine(place.database_url)
    now = datetime.now(UTC)
    # Once in vain, so that connecting and reading the catalogue are not timed.
    sweep(Context(engine, RULES, clock=lambda: now - timedelta(days=50)), _reminder(now, "in vain"))
    started = time.perf_counter()
    swept = sweep(Context(engine, RULES, clock=lambda: now), _reminder(now, "in earnest"))
    seconds = time.perf_counter() - started
    engine.dispose()
    due = packages // SHARE
    if (swept.announced, swept.booked) != (due, due):
        raise UnableToExpire(f"{due} packages were due, and the sweep reports {swept}")
    return due / seconds


def _reminder(at: datetime, message_id: str) -> Event:
    _, body = write(ExpirySweepRequested, {}, at=at, message_id=message_id)
    [event] = read(body, queue=DUE)
    assert isinstance(event, Event)
    return event


def _fill(database_url: str, *, packages: int) -> None:
    """Write accounts and packages by SQL, and let the server come to rest."""
    numbers = {"packages": int(packages), "accounts": int(packages) // PACKAGES_EACH, "share": SHARE}
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_FILL.format(**numbers))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
