"""Events as Screph would send them, with everything filled in that a test is not about."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from messages.queues import MINUTE_USAGE
from messages.read import Event, Unreadable, read

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

SOURCE = "screph-test"

Json = dict[str, Any]


def event(
    kind: str,
    account: str,
    data: Json,
    *,
    event_id: str | None = None,
    source: str = SOURCE,
    at: datetime = NOW - HOUR,
) -> Json:
    """An event of any type; an hour old and with an id of its own unless said otherwise."""
    return {
        "specversion": "1.0",
        "id": event_id or uuid.uuid4().hex,
        "source": source,
        "type": f"screph.{kind}.v1",
        "subject": account,
        "time": at.isoformat(),
        "data": data,
    }


def usage(account: str, seconds: int, *, more: Json | None = None, **envelope: Any) -> Json:
    """Usage that has happened; `more` is data."""
    return event("usage.reported", account, {"seconds": seconds, **(more or {})}, **envelope)


def spend(account: str, seconds: int, **envelope: Any) -> Json:
    """A request to spend."""
    return event("spend.requested", account, {"seconds": seconds}, **envelope)


def grant(
    account: str,
    seconds: int,
    *,
    kind: str = "purchased",
    activated_at: datetime | None = NOW - DAY,
    expires_at: datetime | None = None,
    priority: int | None = None,
    **envelope: Any,
) -> Json:
    """A package for an account, live since yesterday and for ever."""
    data: Json = {"kind": kind, "seconds": seconds}
    if activated_at is not None:
        data["activated_at"] = activated_at.isoformat()
    if expires_at is not None:
        data["expires_at"] = expires_at.isoformat()
    if priority is not None:
        data["priority"] = priority
    return event("package.grant_requested", account, data, **envelope)


def reversal(account: str, usage_id: str, *, our_fault: bool = False, usage_source: str = SOURCE, **more: Any) -> Json:
    """A correction of a usage."""
    data = {"usage_id": usage_id, "usage_source": usage_source, "reason": "a mistake", "our_fault": our_fault}
    return event("usage.reversed", account, data, **more)


def registered(account: str, *, at: datetime = NOW, **known: str) -> Json:
    """What Screph says about a user."""
    return event("account.registered", account, dict(known), at=at)


def body(*events: Json) -> bytes:
    """One event as bytes; several as an array."""
    return orjson.dumps(events[0] if len(events) == 1 else list(events))


def read_all(*bodies: bytes | Json) -> list[Event | Unreadable]:
    """What is in some bodies, in order, as the worker reads it."""
    return [
        item for each in bodies for item in read(each if isinstance(each, bytes) else body(each), queue=MINUTE_USAGE)
    ]
