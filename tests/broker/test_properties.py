"""Properties are read from their bytes; a strange value costs nothing but itself."""

import struct
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.properties import (
    DELIVERY_COUNT,
    MAX_DEPTH,
    TOO_DEEP,
    UnableToReadProperties,
    read_leniently,
    read_properties,
)
from tests.broker.amqp_bytes import NO_NUMBERS, STRANGE_HEADERS, encoded, headers_only, moment, nested, nested_arrays


class TestReadProperties:
    def test_reads_what_a_producer_wrote(self) -> None:
        raw = encoded(content_type="application/json", delivery_mode=2, priority=3, message_id="id-1", app_id="a")

        read = read_properties(raw)

        assert read.content_type == "application/json"
        assert read.values == {
            "content_type": "application/json",
            "delivery_mode": 2,
            "priority": 3,
            "message_id": "id-1",
            "app_id": "a",
        }

    def test_reads_headers_of_every_type(self) -> None:
        raw = encoded(
            headers={
                "text": "текст",
                "bytes": b"\xff\x00",
                "yes": True,
                "number": 7,
                "large": -(2**40),
                "decimal": Decimal("1.25"),
                "moment": datetime(2026, 11, 27, tzinfo=UTC),
                "nothing": None,
                "list": [1, "two", [3]],
                "table": {"inner": {"innermost": True}},
            }
        )

        assert read_properties(raw).headers == {
            "text": "текст",
            "bytes": "\\xff\x00",
            "yes": True,
            "number": 7,
            "large": -(2**40),
            "decimal": "1.25",
            "moment": "2026-11-27T00:00:00+00:00",
            "nothing": None,
            "list": [1, "two", [3]],
            "table": {"inner": {"innermost": True}},
        }

    def test_reads_every_kind_of_number(self) -> None:
        kinds = {
            b"b": ">b",
            b"B": ">B",
            b"s": ">h",
            b"u": ">H",
            b"I": ">i",
            b"i": ">I",
            b"l": ">q",
            b"f": ">f",
            b"d": ">d",
        }
        raw = headers_only(*((kind, kind + struct.pack(form, 1)) for kind, form in kinds.items()))

        assert read_properties(raw).headers == dict.fromkeys((kind.decode() for kind in kinds), 1)

    def test_reads_a_moment_beyond_the_calendar_as_its_number(self) -> None:
        assert read_properties(headers_only((b"sent_at", moment(1_795_000_000_000)))).headers == {
            "sent_at": 1_795_000_000_000
        }

    @pytest.mark.parametrize("deep", [nested(MAX_DEPTH + 1), nested_arrays(MAX_DEPTH + 1), nested(2_000)])
    def test_leaves_out_what_is_nested_too_deeply_and_nothing_beside_it(self, deep: bytes) -> None:
        """Nothing was read, the count of redeliveries neither: whatever ended workers came again without end."""
        raw = headers_only((b"deep", deep), (b"cloudEvents:id", b"S\0\0\0\1a"), (DELIVERY_COUNT.encode(), b"b\x14"))

        read = read_properties(raw)

        assert read.redeliveries == 20
        assert read.headers["cloudEvents:id"] == "a"
        assert TOO_DEEP in str(read.headers["deep"])
        assert str(read.headers["deep"]).count("{") + str(read.headers["deep"]).count("[") == MAX_DEPTH

    def test_reads_nothing_from_nothing(self) -> None:
        assert read_properties(b"").values == read_properties(b"\x00\x00").values == {}

    @pytest.mark.parametrize("raw", (STRANGE_HEADERS | NO_NUMBERS).values(), ids=STRANGE_HEADERS | NO_NUMBERS)
    def test_never_fails_to_show_something(self, raw: bytes) -> None:
        read = read_leniently(raw)

        assert read.headers or read.values

    @given(st.binary(max_size=200))
    def test_raises_one_error_only_whatever_the_bytes(self, raw: bytes) -> None:
        try:
            headers = read_properties(raw).headers
        except UnableToReadProperties:
            headers = read_leniently(raw).headers
            assert "unreadable" in headers

        assert isinstance(headers, dict)

    @pytest.mark.parametrize(
        ("headers", "redeliveries"),
        [({}, 0), ({"x-delivery-count": 4}, 4), ({"x-delivery-count": "4"}, 0), ({"x-delivery-count": -1}, 0)],
    )
    def test_counts_what_the_queue_delivered_before(self, headers: dict[str, object], redeliveries: int) -> None:
        assert read_properties(encoded(headers=headers)).redeliveries == redeliveries
