"""
The admin pages and the counting where a business is large: `python -m bench --statistics [--scale 0.02]`.

At scale 1 there are a million accounts, five million orders and 52 million lines. With `--keep FOLDER` the data of its
server stay there, and a run that was ended goes on where it was; a second one measures at once.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import psycopg2
from rich.console import Console
from rich.table import Table

from bench.admin_pages import BEST, measure_admin, unmeasured
from bench.business import Size, fill
from bench.contest import LIMIT_SECONDS, Place, fill_ours, run_contest
from bench.contests import OURS
from bench.load import bodies, usage_events
from bench.servers import POSTGRES, Servers
from bench.sums import count_business, count_newest_day, count_until, counted_until, write_busy_quarter
from broker.publisher import declare_topology
from domain.statistics.bucket import QUARTER
from store.engine import Engine, open_engine
from store.migrate import migrate
from tests.servers.databases import create_database
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbit

BYTES_EACH_ACCOUNT = 50_000
"""Of disk, with indexes, the write-ahead log and what sorting needs."""

SETTINGS = {"shared_buffers": "2GB", "max_wal_size": "8GB", "effective_cache_size": "12GB"}

ROUNDS = 3

AT_WORK = 8_000
"""Usages after which a worker is at full speed, and its load is not at its end."""

BUSY_EACH_SECOND = 40
"""Usages a second in the busy quarter: 25 times as many as in an average one at scale 1."""

LIMITS_MS = {"list": 100.0, "figures": 200.0, "page": None}


def run_at_scale(scale: float, *, keep: Path | None = None, newest_only: bool = False) -> dict[str, float]:
    """
    Fill, measure, and return the figures.

    Args:
        scale: 1 is the whole business.
        keep: a folder in which the data stay; a fresh one, or that of an earlier run of the same scale.
        newest_only: count the newest day alone and measure sealing; a year takes an hour, and pages need it.

    Raises:
        OSError: the disk has too little room.
    """
    size = Size.of_scale(scale)
    if keep is None or not any(keep.glob("*")):
        _check_room(size, keep or Path("/tmp"))
    console = Console(stderr=True)
    began = time.monotonic()

    def say(stage: str) -> None:
        console.print(f"{time.monotonic() - began:7.0f} s  {stage}", soft_wrap=True)

    with _servers(keep) as running:
        url = _database(running)
        fill(url, size, say=say)
        engine = open_engine(url)
        if newest_only:
            say("the newest day, by the product's own counting")
            count_newest_day(engine, url)
        else:
            count_business(engine, url, say=say)
        figures: dict[str, float] = {
            "accounts": size.accounts,
            "orders": size.orders,
            "entries": size.lines,
            "fill_s": round(time.monotonic() - began),
        }
        if not newest_only:
            say("pages")
            figures |= measure_admin(engine, things_of(url))
            for path in unmeasured():
                say(f"not measured, for it is not known what to ask it for: {path}")
        say("sealing")
        figures |= _sealing(engine, url, size)
        figures |= _throughput(engine, Place(url, running.rabbit.url), size)
        engine.dispose()
        say("done")
    return figures


def _sealing(engine: Engine, url: str, size: Size) -> dict[str, float]:
    """Return how long an average quarter and a busy one take, in seconds."""
    usual = [count_until(engine, counted_until(url) + QUARTER) for _ in range(ROUNDS)]
    since = counted_until(url)
    usages = max(100, BUSY_EACH_SECOND * 900 * size.accounts // Size.of_scale(1).accounts)
    write_busy_quarter(url, since, usages=usages)
    busy = count_until(engine, since + QUARTER)
    return {"seal_s": round(median(usual), 3), "busy_usages": usages, "seal_busy_s": round(busy, 3)}


def _throughput(engine: Engine, place: Place, size: Size) -> dict[str, float]:
    """Return usages a second of one worker, with a quarter counted meanwhile and without, in turn."""
    declare_topology(place.amqp_url)
    count = 30_000 if size.accounts < 500_000 else 100_000
    # A second run in the same folder needs other ids.
    alone, beside, seed = [], [], time.time_ns()
    for number in range(ROUNDS):
        alone.append(_rate(place, size, count, seed=seed + 2 * number))
        counting = threading.Thread(target=_count_soon, args=(engine, place.database_url))
        counting.start()
        beside.append(_rate(place, size, count, seed=seed + 2 * number + 1))
        counting.join()
    return {
        "usages_alone_per_s": round(median(alone)),
        "usages_sealing_per_s": round(median(beside)),
        "sealing_vs_alone": round(median(beside) / median(alone), 3),
    }


def _rate(place: Place, size: Size, count: int, *, seed: int) -> float:
    events = usage_events(count, seed=seed, accounts=min(size.accounts, 100_000))
    return run_contest(place, OURS, queue=fill_ours(place, bodies(events)), count=count)


def _count_soon(engine: Engine, url: str) -> None:
    """Count one quarter when the worker is at work: far more often than one in 15 minutes."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        first = _last_message(cursor)
        deadline = time.monotonic() + LIMIT_SECONDS
        while _last_message(cursor) < first + AT_WORK and time.monotonic() < deadline:
            time.sleep(0.2)
    count_until(engine, counted_until(url) + QUARTER)


def _last_message(cursor: Any) -> int:
    cursor.execute("SELECT last_value FROM inbox_id_seq")
    [(number,)] = cursor.fetchall()
    return int(number)


def things_of(url: str) -> dict[str, str]:
    """Return the names of one of each thing that has a page."""
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, (SELECT id FROM orders WHERE account = account.number AND status = 'paid' LIMIT 1),"
            " (SELECT id FROM subscription WHERE account = account.number),"
            " (SELECT event_id FROM inbox WHERE id = account.last_entry_id AND inbox.account = account.number)"
            " FROM account WHERE number = 11"
        )
        row = cursor.fetchone()
        assert row is not None
        return dict(zip(("account", "order", "subscription", "usage"), map(str, row), strict=True))


@contextmanager
def _servers(keep: Path | None) -> Iterator[Servers]:
    with PrivatePostgres({**POSTGRES, **SETTINGS}, keep=keep) as postgres, PrivateRabbit() as rabbit:
        yield Servers(postgres, rabbit)


def _database(running: Servers) -> str:
    url = running.postgres.url.rsplit("/", 1)[0] + "/bench_business"
    with closing(psycopg2.connect(running.postgres.url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = 'bench_business'")
        is_there = cursor.fetchone() is not None
    if not is_there:
        url = create_database(running.postgres.url, "bench_business")
    migrate(url)
    return url


def _check_room(size: Size, folder: Path) -> None:
    while not folder.exists():
        folder = folder.parent
    free, needed = shutil.disk_usage(folder).free, size.accounts * BYTES_EACH_ACCOUNT
    if free < needed:
        raise OSError(f"{folder} has {free / 1e9:.0f} GB free, and about {needed / 1e9:.0f} GB are needed")


EXPECTED = {"seal_s": 1.0, "seal_busy_s": 1.0}


def print_at_scale(figures: dict[str, float]) -> None:
    """Print every figure with its limit; pages by how long they take."""
    table = Table(title="A large business, in one run", title_justify="left")
    for column in ("what", "figure", "at best", "expected"):
        table.add_column(column, justify="left" if column == "what" else "right")
    pages = {name: value for name, value in figures.items() if name.partition(":")[0] in LIMITS_MS}
    for name, value in figures.items():
        if ":" in name:
            continue
        wanted = _expected(name)
        is_met = wanted is None or (value >= wanted if name == "sealing_vs_alone" else value <= wanted)
        table.add_row(
            name, f"{value:,g}", "", "" if wanted is None else f"{wanted:g}" if is_met else f"[red]{wanted:g}[/]"
        )
    for name, value in sorted(pages.items(), key=lambda item: (item[0].split(":")[0], -item[1])):
        kind, _, address = name.partition(":")
        limit = LIMITS_MS[kind]
        wanted_text = "" if limit is None else f"<= {limit:g} ms"
        is_met = limit is None or value <= limit
        best = figures[f"{BEST}{name}"]
        met = wanted_text if is_met else f"[red]{wanted_text}[/]"
        table.add_row(f"{kind} {address}", f"{value:,.1f} ms", f"{best:,.1f} ms", met)
    Console().print(table)


def _expected(name: str) -> float | None:
    return 0.97 if name == "sealing_vs_alone" else EXPECTED.get(name)
