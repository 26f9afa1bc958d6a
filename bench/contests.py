"""The five contests of one run, in turn, on the same servers."""

from contextlib import closing
from statistics import median

import psycopg2

from bench.ceiling import measure_ceiling
from bench.contest import Place, fill_ours, fill_stock, run_contest
from bench.load import bodies, grant_packages, usage_events
from bench.servers import Servers
from broker.publisher import declare_topology
from store.engine import open_engine
from store.migrate import migrate

OURS = ["cli", "worker"]
BATCH = 333
"""Events that the ceiling writes in one transaction: as ours does, which cuts 1 000 messages into three lanes."""

QUICK_ROUNDS, FULL_ROUNDS = 2, 3
"""Of ours and the ceiling, in turn; the median counts, for one round by itself is off by a tenth either way."""

QUICK = {"idiomatic": 1_500, "plain_sql": 4_000, "single": 45_000, "arrays": 40_000, "ceiling": 30_000}
FULL = {"idiomatic": 6_000, "plain_sql": 15_000, "single": 100_000, "arrays": 150_000, "ceiling": 100_000}


def run_contests(running: Servers, *, quick: bool) -> dict[str, float]:
    """Return events per second of each contestant, and the ratios between them."""
    counts = QUICK if quick else FULL
    declare_topology(running.rabbit.url)
    speed = {}
    for seed, module in enumerate(("idiomatic", "plain_sql"), 1):
        place = new_place(running, module)
        queue = fill_stock(place, module, bodies(usage_events(counts[module], seed=seed)))
        speed[module] = run_contest(place, ["bench.worker", module], queue=queue, count=counts[module])
    numbers = range(QUICK_ROUNDS if quick else FULL_ROUNDS)
    rounds = [_round(running, counts, seed=3 + number) for number in numbers]
    for name in ("single", "arrays", "ceiling"):
        speed[name] = median(one[name] for one in rounds)
    return {name: round(value, 1) for name, value in speed.items()} | {
        "single_vs_idiomatic": round(speed["single"] / speed["idiomatic"], 2),
        "single_vs_plain_sql": round(speed["single"] / speed["plain_sql"], 2),
        "single_vs_ceiling": round(speed["single"] / speed["ceiling"], 2),
        "arrays_vs_ceiling": round(speed["arrays"] / speed["ceiling"], 2),
    }


def _round(running: Servers, counts: dict[str, int], *, seed: int) -> dict[str, float]:
    """Return what ours and the ceiling do, one after the other."""
    speed = {}
    for name, each in {"single": 1, "arrays": 50}.items():
        place = new_place(running, name)
        queue = fill_ours(place, bodies(usage_events(counts[name], seed=seed), each=each))
        speed[name] = run_contest(place, OURS, queue=queue, count=counts[name])
    place = new_place(running, "ceiling")
    engine = open_engine(place.database_url)
    speed["ceiling"] = measure_ceiling(engine, count=counts["ceiling"], batch=BATCH, seed=seed)
    engine.dispose()
    return speed


def new_place(running: Servers, name: str, *, is_stocked: bool = True, is_alone: bool = True) -> Place:
    """
    Return a fresh database, beside the one broker; with the load's packages unless it is not to be stocked.

    What the contest before has left is dropped and written out first: vacuuming it would otherwise cost
    the next one, the ceiling most of all, a fifth of its figure.
    """
    if is_alone:
        _clear_away(running.postgres.url)
    url = running.postgres.new_database(f"bench_{name}")
    migrate(url)
    if is_stocked:
        engine = open_engine(url)
        grant_packages(engine)
        engine.dispose()
    _checkpoint(running.postgres.url)
    return Place(url, running.rabbit.url)


def _clear_away(server_url: str) -> None:
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench_%'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _checkpoint(server_url: str) -> None:
    with closing(psycopg2.connect(server_url)) as connection:
        connection.autocommit = True
        connection.cursor().execute("CHECKPOINT")
