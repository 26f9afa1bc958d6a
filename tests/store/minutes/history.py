"""What has happened, told as Screph's events and booked as a worker books them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE, MINUTE_USAGE
from messages.read import Event, read
from messages.write import write
from store.engine import Engine
from workers.context import Context
from workers.minutes.expire import Swept, sweep
from workers.outcome import Outcome
from workers.queues.minute_usage import handle

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

Json = dict[str, Any]


def grant(account: str, seconds: int, *, event_id: str, kind: str = "purchased", **more: Any) -> Json:
    """A package, live for three days and for ever unless said otherwise; moments in `more` are data."""
    data = {"kind": kind, "seconds": seconds, "activated_at": NOW - 3 * DAY} | more
    return _event("package.grant_requested", account, event_id, "screph", NOW, data)


def usage(account: str, seconds: int, *, event_id: str, source: str = "screph", at: datetime = NOW - HOUR) -> Json:
    """Usage that has happened."""
    return _event("usage.reported", account, event_id, source, at, {"seconds": seconds})


def spend(account: str, seconds: int, *, event_id: str) -> Json:
    """A request to spend."""
    return _event("spend.requested", account, event_id, "screph", NOW - HOUR, {"seconds": seconds})


def reversal(account: str, usage_id: str, *, event_id: str, our_fault: bool = False, at: datetime = NOW) -> Json:
    """A correction of a usage."""
    data = {"usage_id": usage_id, "reason": "a mistake", "our_fault": our_fault}
    return _event("usage.reversed", account, event_id, "screph", at, data)


def book(engine: Engine, *events: Json, now: datetime = NOW) -> list[Outcome]:
    """Apply events together, as one call of the worker does."""
    items = read(orjson.dumps(events), queue=MINUTE_USAGE)
    return list(handle(Context(engine, clock=lambda: now), [item for item in items if isinstance(item, Event)]))


def sweep_at(engine: Engine, now: datetime) -> Swept:
    """Run the expiry sweep as of one moment."""
    _, body = write(ExpirySweepRequested, {}, at=now, message_id=f"sweep-{now.isoformat()}")
    [reminder] = read(body, queue=DUE)
    assert isinstance(reminder, Event)
    return sweep(Context(engine, clock=lambda: now), reminder)


def _event(kind: str, account: str, event_id: str, source: str, at: datetime, data: Json) -> Json:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": source,
        "type": f"screph.{kind}.v1",
        "subject": account,
        "time": at,
        "data": data,
    }
