"""How many bytes one usage takes for ever, by table and index, with random ids and with ids in time."""

import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg2

from bench.contest import Place
from bench.load import RULES, bodies, usage_events
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from store.engine import open_engine
from workers.context import Context
from workers.queues.minute_usage import handle

BATCH = 333
KEPT = ("account", "package", "entry", "inbox")
"""The outbox is not among them: its rows leave."""

_SIZES = """
    SELECT pg_class.relname, pg_relation_size(pg_class.oid)
    FROM pg_class LEFT JOIN pg_index ON indexrelid = pg_class.oid
    WHERE coalesce(indrelid, pg_class.oid) = ANY(CAST(%s AS regclass[]))
"""


def measure_density(place: Place, *, count: int, name: str, is_ordered: bool) -> dict[str, float]:
    """
    Book usages and return what the store has grown by, per usage.

    Args:
        place: a database with the load's packages.
        count: how many usages.
        name: what the figures are called.
        is_ordered: with UUIDv7 instead of UUIDv4 as ids.
    """
    events = usage_events(count, seed=40)
    if is_ordered:
        _order(events)
    before = _sizes(place.database_url)
    engine = open_engine(place.database_url)
    context = Context(engine, RULES)
    for start in range(0, count, BATCH):
        batch = [read(body, queue=MINUTE_USAGE) for body in bodies(events[start : start + BATCH])]
        handle(context, [item for items in batch for item in items if isinstance(item, Event)])
    engine.dispose()
    grown = {part: (size - before[part]) / count for part, size in _sizes(place.database_url).items()}
    figures = {f"{name}_{part}": round(size, 1) for part, size in sorted(grown.items()) if size >= 0.5}
    return {name: round(sum(grown.values()), 1)} | figures


def _order(events: list[dict[str, Any]]) -> None:
    """Give events UUIDv7 ids, five in a millisecond."""
    began = int(time.time() * 1000)
    for number, event in enumerate(events):
        random = UUID(event["id"]).int & ((1 << 62) - 1)
        moment = began + number // 5
        event["id"] = str(UUID(int=moment << 80 | 7 << 76 | (random % 4096) << 64 | 2 << 62 | random))
        event["time"] = datetime.now(UTC)


def _sizes(database_url: str) -> dict[str, int]:
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute(_SIZES, (list(KEPT),))
        return dict(cursor.fetchall())
