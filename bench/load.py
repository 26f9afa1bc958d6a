"""The load: accounts with packages, and usage events that are the same in every contest."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Engine

from domain.minutes.rules import Rules
from messages.queues import MINUTE_USAGE
from messages.read import Event, read
from workers.context import Context
from workers.queues.minute_usage import handle

SOURCE = "bench"
ACCOUNTS = 2_000
PACKAGES_EACH = 2
RULES = Rules()


def account(number: int) -> str:
    """Return the id of an account of the load."""
    return f"user-{number:06}"


def grant_packages(engine: Engine, *, accounts: int = ACCOUNTS, each: int = PACKAGES_EACH) -> None:
    """Give every account its packages, far larger than the load can burn."""
    grants = [
        _event(
            f"grant-{number}-{turn}",
            "screph.package.grant_requested.v1",
            account(number),
            {"kind": "purchased" if turn else "promo", "minutes": 500_000},
        )
        for number in range(accounts)
        for turn in range(each)
    ]
    for start in range(0, len(grants), 100):
        body = orjson.dumps(grants[start : start + 100])
        handle(Context(engine, RULES), [event for event in read(body, queue=MINUTE_USAGE) if isinstance(event, Event)])


def usage_events(count: int, *, seed: int, accounts: int = ACCOUNTS) -> list[dict[str, Any]]:
    """
    Return usage events, all different, spread evenly over accounts.

    The ids are random (uuid4), which is the hardest case for the index of the inbox.
    """
    chance = random.Random(seed)
    return list(_usage_events(count, chance, accounts))


def _usage_events(count: int, chance: random.Random, accounts: int) -> Iterator[dict[str, Any]]:
    for _ in range(count):
        yield _event(
            str(UUID(int=chance.getrandbits(128), version=4)),
            "screph.usage.reported.v1",
            account(chance.randrange(accounts)),
            {
                "seconds": chance.randint(1, 60),
                "session_id": f"session-{chance.randrange(10_000)}",
                "feature": chance.choice(("recognise", "translate", "record")),
            },
        )


def bodies(events: list[dict[str, Any]], *, each: int = 1) -> list[bytes]:
    """Return events as bodies for the wire, one event or an array of `each` in a body."""
    if each == 1:
        return [orjson.dumps(event) for event in events]
    return [orjson.dumps(events[start : start + each]) for start in range(0, len(events), each)]


def _event(event_id: str, kind: str, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": SOURCE,
        "type": kind,
        "subject": subject,
        "time": datetime.now(UTC),
        "data": data,
    }
