"""Whatever arrives, reading answers and never raises: a raised error would stop the neighbours."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from messages.queues import DUE, MINUTE_USAGE
from messages.read import Event, Unreadable, read
from messages.registry import INTAKE
from tests.messages.builders import body, usage

bounded = settings(max_examples=300, derandomize=True, deadline=None, database=None)
queues = st.sampled_from([MINUTE_USAGE, DUE])

# Of the standard library, not orjson: it also writes NaN, lone surrogates and numbers of any size.
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=9), inner, max_size=4)
    ),
    max_leaves=12,
)
types = st.sampled_from([type_ for types in INTAKE.values() for type_ in types])
attributes = st.sampled_from(["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"])
data = st.dictionaries(
    st.sampled_from(["seconds", "minutes", "session_id", "feature", "metadata", "kind", "expires_at", "usage_id"]),
    anything | st.integers(1, 60) | st.just("2026-11-23T09:30:00Z"),
    max_size=5,
)


def dumped(value: Any) -> bytes:
    """JSON, or nearly so, as the least careful producer writes it."""
    return json.dumps(value).encode()


def check(bytes_: bytes, queue: str) -> None:
    """Read, and check what every answer owes."""
    items = read(bytes_, queue=queue)

    assert 1 <= len(items) <= 100
    for item in items:
        if isinstance(item, Event):
            assert item.envelope.type in INTAKE[queue]
            assert len(item.sha256) == 32
            assert item.body
        else:
            assert isinstance(item, Unreadable)
            assert item.code.isidentifier()
            assert len(item.reason) > 10
            assert item.body or not bytes_
            for part in (item.source, item.message_id):
                assert part is None or (0 < len(part) <= 7 * 128 and "\0" not in part)


class TestRead:
    @bounded
    @given(st.binary(max_size=200), queues)
    def test_answers_to_any_bytes(self, bytes_: bytes, queue: str) -> None:
        check(bytes_, queue)

    @bounded
    @given(anything, queues)
    def test_answers_to_any_json(self, value: Any, queue: str) -> None:
        check(dumped(value), queue)

    @bounded
    @given(attributes, anything, queues)
    def test_answers_to_any_value_of_an_attribute(self, attribute: str, value: Any, queue: str) -> None:
        check(dumped(usage(**{attribute: value})), queue)

    @bounded
    @given(types, data, queues)
    def test_answers_to_any_data_of_any_type(self, type_: str, data: dict[str, Any], queue: str) -> None:
        check(dumped(usage(type=type_, data=data)), queue)

    @bounded
    @given(st.lists(anything | data.map(lambda data: usage(data=data)), max_size=6), queues)
    def test_answers_to_any_array(self, events: list[Any], queue: str) -> None:
        check(dumped(events), queue)

    @bounded
    @given(st.integers(0, 400), st.integers(0, 255))
    def test_answers_to_one_flipped_byte(self, position: int, value: int) -> None:
        bytes_ = bytearray(body([usage(), usage(id="usage-2")]))
        bytes_[position % len(bytes_)] = value

        check(bytes(bytes_), MINUTE_USAGE)

    @bounded
    @given(st.integers(0, 400))
    def test_answers_to_a_torn_body(self, length: int) -> None:
        check(body([usage(), usage(id="usage-2")])[:length], MINUTE_USAGE)
