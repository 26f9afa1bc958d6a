"""An array of events: each counts by itself, and a bad one stops no other."""

from typing import Any

import orjson
import pytest

from messages.queues import MINUTE_USAGE
from messages.read import Event, Unreadable, read
from tests.messages.builders import HOLE, accepted, body, filled, nested, refused, usage

ODD: list[tuple[str, Any]] = [
    ("NotAnEvent", None),
    ("NotAnEvent", True),
    ("NotAnEvent", 1),
    ("NotAnEvent", 1.5),
    ("NotAnEvent", "usage"),
    ("NotAnEvent", []),
    ("NotAnEvent", [usage()]),
    ("UnknownType", {}),
    ("UnknownType", usage(type="screph.usage.reported.v2")),
    ("UnknownType", usage(type="screph.expiry_sweep.requested.v1", data={})),
    ("Invalid", usage(data={"seconds": -1})),
    ("Invalid", usage(data={"seconds": 60, "minutes": 1})),
    ("Invalid", usage(time=1_763_890_200)),
    ("Invalid", usage(subject="")),
    ("NulCharacter", usage(data={"seconds": 60, "feature": "\0"})),
    ("TooLarge", usage(extension="x" * 65_536)),
]


def read_all(bytes_: bytes) -> list[Event | Unreadable]:
    """What is in a body."""
    return read(bytes_, queue=MINUTE_USAGE)


def good_ids(items: list[Event | Unreadable]) -> list[str]:
    """The ids of the events that could be read."""
    return [item.envelope.id for item in items if isinstance(item, Event)]


class TestArray:
    def test_of_one_event_is_that_event(self) -> None:
        assert accepted(body([usage()])).envelope == accepted(body(usage())).envelope

    def test_keeps_the_order(self) -> None:
        ids = [f"usage-{number}" for number in range(100)]

        items = read_all(body([usage(id=id_) for id_ in ids]))

        assert good_ids(items) == ids

    def test_gives_each_event_a_body_of_its_own(self) -> None:
        events = [usage(id="a"), usage(id="b", traceparent="00")]

        items = read_all(body(events))

        assert [orjson.loads(item.body) for item in items] == events

    def test_does_not_join_repeats(self) -> None:
        items = read_all(body([usage(), usage()]))

        assert good_ids(items) == ["usage-1", "usage-1"]

    def test_holds_different_types(self) -> None:
        items = read_all(body([usage(), usage(type="screph.spend.requested.v1")]))

        assert [item.envelope.type for item in items if isinstance(item, Event)] == [
            "screph.usage.reported.v1",
            "screph.spend.requested.v1",
        ]

    def test_may_hold_100_events_and_not_101(self) -> None:
        bytes_ = body([usage(id=f"{number}") for number in range(101)])

        assert len(good_ids(read_all(body(orjson.loads(bytes_)[:100])))) == 100
        found = refused(bytes_)
        assert (found.code, found.body) == ("WrongArrayLength", bytes_)
        assert found.reason == "the array has 101 events; 1 to 100 are accepted"

    def test_may_be_of_1048576_bytes(self) -> None:
        items = read_all(body([usage(id="a"), usage(id="b")]).ljust(1_048_576))

        assert good_ids(items) == ["a", "b"]

    def test_may_not_be_empty(self) -> None:
        found = refused(b"[]")

        assert (found.code, found.body) == ("WrongArrayLength", b"[]")
        assert "has 0 events" in found.reason


class TestBadNeighbour:
    @pytest.mark.parametrize(("code", "bad"), ODD, ids=lambda value: str(value)[:60])
    def test_is_rejected_alone(self, code: str, bad: Any) -> None:
        items = read_all(body([usage(id="before"), bad, usage(id="after")]))

        assert good_ids(items) == ["before", "after"]
        assert isinstance(items[1], Unreadable)
        assert items[1].code == code
        assert orjson.loads(items[1].body) == bad
        assert items[1].reason

    def test_that_is_nested_too_deeply_is_rejected_with_the_whole_array(self) -> None:
        # It cannot be written as bytes of its own, and nothing may be lost.
        bytes_ = filled([usage(id="before"), usage(data=HOLE), usage(id="after")], nested(900))

        items = read_all(bytes_)

        assert good_ids(items) == ["before", "after"]
        assert isinstance(items[1], Unreadable)
        assert (items[1].code, items[1].body) == ("TooDeep", bytes_)

    def test_is_one_of_many(self) -> None:
        events = [bad for _, bad in ODD] + [usage(id=f"{number}") for number in range(50)]

        items = read_all(body(events))

        assert len(items) == len(events)
        assert [item.code for item in items if isinstance(item, Unreadable)] == [code for code, _ in ODD]
        assert good_ids(items) == [f"{number}" for number in range(50)]

    def test_may_be_everybody(self) -> None:
        items = read_all(body([usage(data={})] * 100))

        assert [item.code for item in items if isinstance(item, Unreadable)] == ["Invalid"] * 100

    @pytest.mark.parametrize("json", [r'"\ud800"', "1e400", nested(1_100)], ids=["surrogate", "huge", "deep"])
    def test_that_is_json_but_beyond_the_parser_is_rejected_alone(self, json: str) -> None:
        bad = usage(data={"seconds": 60, "metadata": {"x": HOLE}})

        items = read_all(filled([usage(id="before"), bad, usage(id="after")], json))

        assert good_ids(items) == ["before", "after"]
