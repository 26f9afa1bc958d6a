"""What no worker may accept, with the code under which it must be dead-lettered."""

from datetime import timedelta
from typing import Any

import orjson

from tests.failure.events import Author, Event, key_of

Fault = tuple[Any, str]
"""An element, good for a body of its own and for a place in an array, and the code of its fault."""


def bad_elements(author: Author, known: list[Event]) -> list[Fault]:
    """
    Return elements that are JSON, each with another fault.

    Args:
        author: writes the events that are then spoilt.
        known: usages of several accounts that are booked before the load begins.
    """
    account = known[0]["subject"]

    def spoilt(**changes: Any) -> Event:
        return author.usage(account) | changes

    def length(**data: Any) -> Event:
        return spoilt(data=data)

    original, foreign = known[0], known[1]
    future = (author.now + timedelta(hours=1)).isoformat()
    return [
        (length(seconds=0), "Invalid"),
        (length(seconds=-60), "Invalid"),
        (length(seconds=10**12), "Invalid"),
        (length(seconds="60"), "Invalid"),
        (length(seconds=1.5), "Invalid"),
        (length(seconds=60, minutes=1), "Invalid"),
        (length(second=60), "Invalid"),
        (length(seconds=60, feature="bell\u0000"), "NulCharacter"),
        (length(seconds=60, metadata={"blob": "x" * 70_000}), "TooLarge"),
        (length(seconds=60, metadata={"blob": "x" * 5_000}), "Invalid"),
        (spoilt(data=None), "Invalid"),
        (spoilt(subject=""), "Invalid"),
        (spoilt(subject="a" * 65), "Invalid"),
        (spoilt(specversion="2.0"), "Invalid"),
        (spoilt(time=author.now.replace(tzinfo=None).isoformat()), "Invalid"),
        (spoilt(time="yesterday"), "Invalid"),
        (spoilt(time=future), "FromTheFuture"),
        (spoilt(type="screph.usage.reported.v9"), "UnknownType"),
        (spoilt(type="screph.balance.changed.v1"), "UnknownType"),
        (spoilt(type=["screph.usage.reported.v1"]), "UnknownType"),
        (original | {"data": {"seconds": 599}}, "SameIdOtherContent"),
        (original | {"subject": foreign["subject"]}, "SameIdOtherContent"),
        (author.correction(foreign) | {"subject": original["subject"]}, "OtherAccount"),
        ("no event", "NotAnEvent"),
        (4711, "NotAnEvent"),
        (None, "NotAnEvent"),
        ({}, "UnknownType"),
    ]


def bad_bodies(author: Author, known: list[Event]) -> list[tuple[bytes, str]]:
    """Return bodies that are wrong as a whole."""
    whole = orjson.dumps(author.usage(known[0]["subject"]))
    crowd = [{"id": f"{number}", "source": key_of(known[0])[0]} for number in range(101)]
    return [
        (b"\xff\xfe\x00 not a text", "NotJson"),
        (whole[:-20], "NotJson"),
        (b"", "NotJson"),
        (b"\x00", "NotJson"),
        (b"[" * 5_000 + b"]" * 5_000, "NotJson"),
        (b"[]", "WrongArrayLength"),
        (orjson.dumps(crowd), "WrongArrayLength"),
        (b" " * 1_100_000 + whole, "TooLarge"),
    ]
