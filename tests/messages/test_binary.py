"""Binary mode: an event from the headers and the body of a message, as the AMQP binding of CloudEvents has it."""

import orjson
import pytest

from messages.binary import UnableToConvert, as_structured, is_binary

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

    @pytest.mark.parametrize("content_type", ["text/xml", "application/octet-stream", ""])
    def test_refuses_another_media_type(self, content_type: str) -> None:
        with pytest.raises(UnableToConvert, match="application/json is wanted"):
            as_structured(content_type, HEADERS, b"{}")
