"""Reading a body costs time in proportion to its length, whatever is in it."""

import orjson
import pytest

from messages.queues import MINUTE_USAGE
from messages.read import MAX_BODY_BYTES, Unreadable, read
from messages.splitting import split_array

SHAPES = {
    "quotes that never close": b'[\\"',
    "texts without an end": b'["\\\\',
    "open brackets": b"[",
    "open braces": b'{"a":',
    "brackets that close": b"[]",
    "commas": b"[,",
    "quotes": b'"',
    "back slashes": b"\\",
    "escaped quotes in an array": b'\\"',
    "white space": b" ",
    "zero bytes": b"\0",
    "digits": b"1",
    "half surrogate pairs": b'"\\ud800",',
    "bytes that are no UTF-8": b"\xff",
}


def body_of(unit: bytes, size: int) -> bytes:
    """A body that repeats one shape behind an opening bracket."""
    return (b"[" + unit * (size // len(unit) + 1))[:size]


class TestReading:
    # A reader that starts again at every quote needs minutes for one of these, and seconds for all if it is linear.
    @pytest.mark.timeout(30)
    @pytest.mark.parametrize("unit", SHAPES.values(), ids=SHAPES)
    def test_ends_for_the_largest_body(self, unit: bytes) -> None:
        [item] = read(body_of(unit, MAX_BODY_BYTES), queue=MINUTE_USAGE)

        assert isinstance(item, Unreadable)

    @pytest.mark.timeout(30)
    def test_ends_for_a_large_body_of_many_wrong_fields(self) -> None:
        data = {f"field_{number}": number for number in range(4_000)}
        event = {"specversion": "1.0", "id": "a", "source": "b", "type": "screph.usage.reported.v1", "data": data}

        [item] = read(orjson.dumps(event), queue=MINUTE_USAGE)

        assert isinstance(item, Unreadable)
        assert len(item.reason) < 1_000


class TestSplitting:
    @pytest.mark.parametrize(
        ("array", "elements"),
        [
            (b'[1,"a,b",{"c":[2,3]}]', [b"1", b'"a,b"', b'{"c":[2,3]}']),
            (rb'["\"",2]', [rb'"\""', b"2"]),
            (rb'["\\",2]', [rb'"\\"', b"2"]),
            (b" [ 1 , 2 ] ", [b"1", b"2"]),
        ],
    )
    def test_returns_each_element_as_it_came(self, array: bytes, elements: list[bytes]) -> None:
        assert split_array(array) == elements

    @pytest.mark.parametrize("array", [b'["a', b"[1", b"[1]]", b"1", b'["\\"]', b"[1] 2"])
    def test_returns_nothing_for_what_is_no_whole_array(self, array: bytes) -> None:
        assert split_array(array) is None
