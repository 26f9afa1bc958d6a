"""A repeat has the same hash however it was serialised; other content never has. The hash is stored for ever."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.messages.builders import HOLE, accepted, body, filled, refused, usage
from tests.messages.test_golden import golden

RICH = usage(data={"seconds": 60, "feature": "é", "metadata": {"b": [1, {"y": None, "x": 1.5}], "a": "/"}})

anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(alphabet="aé\\u0", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=5,
)


def sha256(bytes_: bytes) -> str:
    """The content's hash of the one event in a body."""
    return accepted(bytes_).sha256.hex()


def turned(value: Any) -> Any:
    """The same JSON with the keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return [turned(item) for item in value]
    return value


class TestRepeat:
    def test_with_another_order_of_keys_has_the_same_hash(self) -> None:
        assert body(turned(RICH)) != body(RICH)

        assert sha256(body(turned(RICH))) == sha256(body(RICH))

    def test_with_other_white_space_has_the_same_hash(self) -> None:
        spacious = orjson.dumps(RICH, option=orjson.OPT_INDENT_2).replace(b"\n", b"\r\n\t") + b"\n"

        assert sha256(spacious) == sha256(body(RICH))

    def test_with_other_escapes_has_the_same_hash(self) -> None:
        escaped = body(RICH).replace("é".encode(), rb"\u00e9").replace(b'"/"', rb'"\/"')
        assert escaped != body(RICH)

        assert sha256(escaped) == sha256(body(RICH))

    def test_in_an_array_has_the_same_hash_as_alone(self) -> None:
        assert sha256(body([RICH])) == sha256(body(RICH))

    @pytest.mark.parametrize(
        "extension",
        [
            {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
            {"tracestate": "x=1", "sampledrate": 7},
            {"datacontenttype": "application/json"},
            {"dataschema": "https://example.org/usage.json"},
            {"anything": {"nested": [None]}},
        ],
    )
    def test_with_other_extension_attributes_has_the_same_hash(self, extension: dict[str, Any]) -> None:
        assert sha256(body(RICH | extension)) == sha256(body(RICH))

    def test_keeps_its_hash_from_release_to_release(self) -> None:
        # The inbox keeps hashes for ever: with another way of hashing, every repeat would be refused.
        assert sha256(golden("minute-usage/usage.reported.v1.json")) == (
            "292213be287b105128d980fd063a4f8184a9008519abd4af6196dfd0ca5982de"
        )


class TestOtherContent:
    @pytest.mark.parametrize(
        "change",
        [
            {"type": "screph.spend.requested.v1"},
            {"subject": "4712"},
            {"subject": "4711 "},
            {"time": "2026-11-23T09:30:01Z"},
            {"time": "2026-11-23T09:30:00.000001Z"},
            {"data": {"seconds": 61}},
            {"data": {"minutes": 1}},
            {"data": {"seconds": 60, "session_id": "s"}},
            {"data": {"seconds": 60, "feature": "f"}},
            {"data": {"seconds": 60, "feature": "F"}},
            {"data": {"seconds": 60, "metadata": {}}},
            {"data": {"seconds": 60, "metadata": {"a": 1}}},
            {"data": {"seconds": 60, "metadata": {"a": "1"}}},
            {"data": {"seconds": 60, "metadata": {"a": True}}},
            {"data": {"seconds": 60, "metadata": {"a": None}}},
            {"data": {"seconds": 60, "metadata": {"a": [1, 2]}}},
            {"data": {"seconds": 60, "metadata": {"a": [2, 1]}}},
        ],
        ids=str,
    )
    def test_has_another_hash(self, change: dict[str, Any]) -> None:
        assert sha256(body(usage(**change))) != sha256(body(usage()))

    def test_that_could_not_be_distinguished_is_refused(self) -> None:
        event = usage(data={"seconds": 60, "metadata": {"number": HOLE}})

        for number in ("18446744073709551616", "18446744073709551617"):
            assert "beyond 64 bits" in refused(filled(event, number)).reason

    def test_is_the_same_moment_written_with_another_offset(self) -> None:
        utc, moscow = usage(time="2026-11-23T09:30:00Z"), usage(time="2026-11-23T12:30:00+03:00")

        assert sha256(body(utc)) == sha256(body(moscow))

    def test_has_another_hash_when_only_the_last_digit_of_a_64_bit_number_differs(self) -> None:
        event = usage(data={"seconds": 60, "metadata": {"number": HOLE}})

        assert sha256(filled(event, "18446744073709551614")) != sha256(filled(event, "18446744073709551615"))

    @settings(max_examples=150, derandomize=True, deadline=None, database=None)
    @given(anything, anything)
    def test_has_another_hash_wherever_it_differs(self, one: Any, other: Any) -> None:
        hashes = [sha256(body(usage(data={"seconds": 60, "metadata": {"x": x}}))) for x in (one, other)]

        is_same = orjson.dumps(one, option=orjson.OPT_SORT_KEYS) == orjson.dumps(other, option=orjson.OPT_SORT_KEYS)
        assert (hashes[0] == hashes[1]) == is_same


class TestKey:
    @pytest.mark.parametrize("change", [{"id": "usage-2"}, {"source": "screph-web"}])
    def test_is_no_part_of_the_content(self, change: dict[str, Any]) -> None:
        # The hash is compared under one key only; that a replay under another key is new is the inbox's law.
        assert sha256(body(usage(**change))) == sha256(body(usage()))
