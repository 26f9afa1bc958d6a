"""Binary mode: an event from the headers and the body of a message, as the AMQP binding of CloudEvents has it."""

from datetime import UTC, datetime

import orjson
import pytest

from messages.binary import ContradictoryAttributes, NotText, UnableToConvert, as_structured, is_binary
from messages.minutes.requests import UsageReported
from messages.queues import MINUTE_USAGE
from messages.read import Event, Unreadable, read_message
from messages.write import write

HEADERS = {
    "cloudEvents:specversion": "1.0",
    "cloudEvents:id": "id-1",
    "cloudEvents_source": "screph/recorder",
    "cloudEvents_type": "screph.usage.reported.v1",
    "subject": "for the broker alone",
}


class TestIsBinary:
    @pytest.mark.parametrize(
        ("content_type", "headers", "expected"),
        [
            ("application/json", HEADERS, True),
            (None, HEADERS, True),
            ("application/cloudevents+json", HEADERS, False),
            ("Application/CloudEvents-batch+json; charset=utf-8", HEADERS, False),
            ("application/json", {"subject": "user-1", "cloudevents:id": "in lower case"}, False),
            ("application/json", {}, False),
        ],
    )
    def test_tells_by_content_type_and_headers(
        self, content_type: str | None, headers: dict[str, str], expected: bool
    ) -> None:
        assert is_binary(content_type, headers) is expected


class TestAsStructured:
    def test_puts_attributes_and_data_together(self) -> None:
        event = orjson.loads(as_structured("application/json; charset=utf-8", HEADERS, b' {"seconds": 90} '))

        assert event == {
            "specversion": "1.0",
            "id": "id-1",
            "source": "screph/recorder",
            "type": "screph.usage.reported.v1",
            "datacontenttype": "application/json",
            "data": {"seconds": 90},
        }

    def test_leaves_the_bytes_of_the_data_as_they_were(self) -> None:
        assert b'"data":{"n": 1.0e2}' in as_structured(None, HEADERS, b'{"n": 1.0e2}')

    def test_has_no_data_without_a_body(self) -> None:
        assert "data" not in orjson.loads(as_structured(None, HEADERS, b""))

    def test_takes_data_from_the_body_alone(self) -> None:
        assert orjson.loads(as_structured(None, {"cloudEvents:data": "no"}, b"1")) == {"data": 1}

    @pytest.mark.parametrize("body", [b"{", b'1}, "id": "other"', b"\xff", b"{} {}"])
    def test_refuses_data_that_are_not_json(self, body: bytes) -> None:
        with pytest.raises(UnableToConvert, match="not JSON"):
            as_structured("application/json", HEADERS, body)

    @pytest.mark.parametrize(
        ("body", "cause"),
        [(b'\xef\xbb\xbf{"n": 1}', "byte order mark"), (b"\x1f\x8b\x08", "gzip"), (b"\xe9", "Latin-1")],
    )
    def test_names_the_cause_why_data_are_not_json(self, body: bytes, cause: str) -> None:
        with pytest.raises(UnableToConvert, match=cause):
            as_structured("application/json", HEADERS, body)

    @pytest.mark.parametrize("content_type", ["", " "])
    def test_takes_an_empty_media_type_as_a_missing_one(self, content_type: str) -> None:
        assert as_structured(content_type, HEADERS, b"{}") == as_structured(None, HEADERS, b"{}")

    def test_refuses_an_attribute_with_two_values(self) -> None:
        with pytest.raises(ContradictoryAttributes, match="the attribute id stands in two headers"):
            as_structured(None, HEADERS | {"cloudEvents_id": "id-2"}, b"{}")

    def test_takes_an_attribute_that_stands_twice_with_one_value(self) -> None:
        assert orjson.loads(as_structured(None, HEADERS | {"cloudEvents_id": "id-1"}, b"{}"))["id"] == "id-1"

    @pytest.mark.parametrize("name", ["id", "source", "subject"])
    @pytest.mark.parametrize("escaped", ["caf\\xe9", "\\xff\\xfe"])
    def test_refuses_a_name_that_is_no_text(self, name: str, escaped: str) -> None:
        with pytest.raises(NotText, match=f"the attribute {name} is not UTF-8"):
            as_structured(None, {f"cloudEvents:{name}": escaped, "cloudEvents:type": "t"}, b"{}")

    @pytest.mark.parametrize("text", ["café", "C:\\xray", "\\x41", "\\xe"])
    def test_takes_a_name_that_is_one(self, text: str) -> None:
        assert orjson.loads(as_structured(None, HEADERS | {"cloudEvents:subject": text}, b"{}"))["subject"] == text

    def test_leaves_an_extension_alone(self) -> None:
        assert as_structured(None, HEADERS | {"cloudEvents:place": "\\xe9"}, b"{}")

    @pytest.mark.parametrize("content_type", ["text/xml", "application/octet-stream", ";"])
    def test_refuses_another_media_type(self, content_type: str) -> None:
        with pytest.raises(UnableToConvert, match="application/json is wanted"):
            as_structured(content_type, HEADERS, b"{}")


class TestReadMessage:
    @pytest.mark.parametrize("name", ["ce-id", "ce_id", "ce:id", "cloudevents:id", "CloudEvents_id", "cloudEvents-id"])
    def test_names_a_header_that_only_looks_like_an_attribute(self, name: str) -> None:
        [found] = read_message(b'{"seconds": 1}', queue=MINUTE_USAGE, content_type=None, headers={name: "id-1"})

        assert isinstance(found, Unreadable)
        assert f"the header '{name}' is no attribute" in found.reason
        assert "cloudEvents:" in found.reason

    def test_takes_a_whole_event_whatever_its_headers_are_named(self) -> None:
        _, body = write(
            UsageReported, {"seconds": 1}, at=datetime(2025, 1, 1, tzinfo=UTC), subject="user-1", source="screph"
        )

        [found] = read_message(body, queue=MINUTE_USAGE, content_type=None, headers={"ce-id": "id-1"})

        assert isinstance(found, Event)

    def test_does_not_speak_of_headers_where_there_are_none(self) -> None:
        [found] = read_message(b"{}", queue=MINUTE_USAGE, content_type=None, headers={})

        assert isinstance(found, Unreadable)
        assert "header" not in found.reason
