"""Latency: from before an event is published until a reader of the store sees what it did."""

import threading
import time
from statistics import quantiles

import psycopg2

from bench.contest import Place, UnableToFinish, worker_process
from bench.load import bodies, usage_events
from broker.publication import Publication
from broker.publisher import ConfirmedPublisher
from messages.queues import INGRESS, MINUTE_USAGE

SECONDS = 15
WARM_UP_SECONDS = 4
TICK_SECONDS = 0.005
LOOK_EVERY_SECONDS = 0.002
LOOK = "SELECT id, event_id FROM inbox WHERE id > %s AND id <= %s"
LOOK_AHEAD = 2000
"""The upper bound keeps PostgreSQL on the index. Without it, on a table too new to have statistics, each look read the
whole table, and the looking took a fifth of the machine from what it looked at."""


def measure_latency(place: Place, *, events_per_second: float) -> tuple[float, float]:
    """
    Publish at a steady rate and return the median and the 99th percentile in milliseconds.

    The reader looks every two milliseconds, which counts against us.
    """
    count = int(events_per_second * (SECONDS + WARM_UP_SECONDS))
    events = usage_events(count, seed=30)
    published: dict[str, float] = {}
    seen: dict[str, float] = {}
    ended = threading.Event()
    reader = threading.Thread(target=_watch, args=(place.database_url, seen, ended), daemon=True)
    with worker_process(place, ["cli", "worker"]):
        time.sleep(3)
        reader.start()
        _publish(place, [event["id"] for event in events], bodies(events), events_per_second, published)
        deadline = time.monotonic() + 30
        while len(seen) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        ended.set()
        reader.join()
    if len(seen) < count:
        raise UnableToFinish(f"only {len(seen)} of {count} events became visible")
    warm = int(events_per_second * WARM_UP_SECONDS)
    waits_ms = [1000 * (seen[event["id"]] - published[event["id"]]) for event in events[warm:]]
    cuts = quantiles(waits_ms, n=100)
    return cuts[49], cuts[98]


def _publish(place: Place, ids: list[str], load: list[bytes], rate: float, published: dict[str, float]) -> None:
    publisher = ConfirmedPublisher(place.amqp_url)
    publisher.rest(0)
    started, sent = time.perf_counter(), 0
    while sent < len(load):
        due = min(len(load), int((time.perf_counter() - started) * rate))
        if due > sent:
            now = time.perf_counter()
            published.update(dict.fromkeys(ids[sent:due], now))
            publisher.publish(
                [Publication(INGRESS, MINUTE_USAGE, ids[place], load[place]) for place in range(sent, due)]
            )
            sent = due
        time.sleep(TICK_SECONDS)
    publisher.close()


def _watch(database_url: str, seen: dict[str, float], ended: threading.Event) -> None:
    connection = psycopg2.connect(database_url)
    connection.autocommit = True
    cursor = connection.cursor()
    # What is there already are the load's packages.
    cursor.execute("SELECT max(id) FROM inbox")
    ((from_id,),) = cursor.fetchall()
    ahead: set[int] = set()
    while not ended.wait(LOOK_EVERY_SECONDS):
        cursor.execute(LOOK, (from_id, from_id + LOOK_AHEAD))
        rows = cursor.fetchall()
        now = time.perf_counter()
        for _, event_id in rows:
            seen.setdefault(event_id, now)
        # Ids are given before the commit, so a lower one may become visible after a higher one.
        ahead.update(number for number, _ in rows)
        while from_id + 1 in ahead:
            from_id += 1
            ahead.remove(from_id)
    connection.close()
