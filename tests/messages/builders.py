"""Events as a producer would send them, with everything filled in that a test is not about."""

from typing import Any

import orjson

from messages.queues import MINUTE_USAGE
from messages.read import Event, Unreadable, read

HOLE = "\N{BLACK SQUARE}"
"""Stands in an event where JSON goes that cannot be written as a Python value; see `filled`."""


def usage(**changes: Any) -> dict[str, Any]:
    """A good `usage.reported`, with some of its attributes changed."""
    return {
        "specversion": "1.0",
        "id": "usage-1",
        "source": "screph-desktop",
        "type": "screph.usage.reported.v1",
        "subject": "4711",
        "time": "2026-11-23T09:30:00Z",
        "data": {"seconds": 60},
    } | changes


def body(event: Any) -> bytes:
    """An event, or a list of events, as bytes."""
    return orjson.dumps(event)


def filled(event: Any, json: str | bytes) -> bytes:
    """An event as bytes, with raw JSON put where the HOLE is."""
    hole = orjson.dumps(HOLE)
    assert body(event).count(hole) == 1
    return body(event).replace(hole, json.encode() if isinstance(json, str) else json)


def nested(depth: int) -> str:
    """JSON of arrays in arrays."""
    return "[" * depth + "]" * depth


def accepted(bytes_: bytes) -> Event:
    """The one event that a body holds."""
    [item] = read(bytes_, queue=MINUTE_USAGE)
    assert isinstance(item, Event), item
    return item


def refused(bytes_: bytes, queue: str = MINUTE_USAGE) -> Unreadable:
    """The one thing in a body that cannot be read."""
    [item] = read(bytes_, queue=queue)
    assert isinstance(item, Unreadable), item
    return item
