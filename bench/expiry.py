"""How many packages a second the sweep announces and books as expired, also where the table is ten times as large."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta

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

TURNS = 3
"""Small tables, and parts of the large one that are swept in turn with them: a busy machine slows both down."""

TURN = timedelta(days=4)
"""The parts end so far apart, longer than the late window, that one is booked before the next is announced."""

_FILL = """
    INSERT INTO account (id) SELECT 'user-' || number FROM generate_series(1, {accounts}) AS number;

    INSERT INTO package (id, account, kind, priority, activated_at, expires_at, granted_seconds, left_seconds,
                         announce_at)
    SELECT gen_random_uuid(), 1 + number % {accounts}, 'purchased', 100, now() - interval '100 days', ends_at, 600, 600,
           CASE WHEN lot = 0 THEN ends_at ELSE ends_at - interval '7 days' END
    FROM (SELECT number, (number / {accounts} + number) % {share} AS lot
          FROM generate_series(0, {packages} - 1) AS number ORDER BY random()) AS wanted,
         LATERAL (SELECT CASE WHEN lot = 0 THEN now() - interval '{turn}' * (1 + number % {turns})
                                                      - random() * interval '6 hours'
                              ELSE now() + interval '30 days' + random() * interval '300 days' END AS ends_at) AS life;
"""


class UnableToExpire(RuntimeError):
    """Not everything that was due was handled, so the figure would mean nothing."""


def measure_expiry(new_place: Callable[[str], Place], *, packages: int) -> dict[str, float]:
    """
    Return the packages per second of sweeps over a large table, and the ratio to those over a tenth of that.

    All tables are filled before, and swept in turn: a rate by itself is off by a half when the machine is busy.

    Args:
        new_place: makes an empty database of a name, beside those that are there.
        packages: of the large one; a tenth of them expires.
    """
    now = datetime.now(UTC)
    large = _Table(new_place("expiry_large"), packages=packages)
    small = [_Table(new_place(f"expiry_small_{number}"), packages=packages // TIMES) for number in range(TURNS)]
    for number, table in enumerate(small):
        table.sweep(now)
        large.sweep(now - timedelta(hours=12) - TURN * (TURNS - 1 - number))
    for table in (large, *small):
        table.close()
    small_rate = sum(table.due for table in small) / sum(table.seconds for table in small)
    rate = large.due / large.seconds
    return {"expire_per_s": round(rate, 1), "expire_growth": round(rate / small_rate, 2)}


class _Table:
    """A table of packages; `due` expire, and its sweeps have taken `seconds`."""

    def __init__(self, place: Place, *, packages: int) -> None:
        _fill(place.database_url, packages=packages)
        self.due = packages // SHARE
        self.seconds, self.swept = 0.0, Counter[str]()
        self._engine = open_engine(place.database_url)
        # Once in vain, so that connecting and reading the catalogue are not timed.
        self.sweep(datetime.now(UTC) - timedelta(days=50))
        self.seconds, self.swept = 0.0, Counter[str]()

    def sweep(self, now: datetime) -> None:
        """Let all expire that is due at a moment."""
        context = Context(self._engine, RULES, clock=lambda: now)
        started = time.perf_counter()
        done = sweep(context, _reminder(now))
        self.seconds += time.perf_counter() - started
        self.swept.update(announced=done.announced, booked=done.booked)

    def close(self) -> None:
        """
        Close its connections.

        Raises:
            UnableToExpire: not everything was handled.
        """
        self._engine.dispose()
        if self.swept != {"announced": self.due, "booked": self.due}:
            raise UnableToExpire(f"{self.due} packages were due, and the sweeps report {self.swept}")


def _reminder(at: datetime) -> Event:
    _, body = write(ExpirySweepRequested, {}, at=at, message_id=f"sweep {at}")
    [event] = read(body, queue=DUE)
    assert isinstance(event, Event)
    return event


def _fill(database_url: str, *, packages: int) -> None:
    """Write accounts and packages by SQL, and let the server come to rest."""
    numbers = {"packages": int(packages), "accounts": int(packages) // PACKAGES_EACH, "share": SHARE, "turns": TURNS}
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(_FILL.format(**numbers, turn=f"{TURN.days} days"))
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")
