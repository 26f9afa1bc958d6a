"""Bad input: each is set aside with its bytes, a code, and a sentence that says what is wrong and where."""

from typing import Any

import orjson
import pytest

from messages.faults import describe
from messages.minutes.requests import UsageReported
from messages.queues import DUE, MINUTE_USAGE
from messages.registry import INTAKE
from tests.messages.builders import HOLE, accepted, body, filled, nested, refused, usage


class TestRead:
    def test_reads_an_event(self) -> None:
        event = accepted(body(usage()))

        assert type(event.envelope) is UsageReported
        assert event.envelope.data.used_seconds == 60

    def test_keeps_the_bytes_of_an_event_as_they_came(self) -> None:
        bytes_ = b" \n" + orjson.dumps(usage(), option=orjson.OPT_INDENT_2)

        assert accepted(bytes_).body == bytes_

    def test_allows_extension_attributes(self) -> None:
        event = accepted(body(usage(traceparent="00-ab-cd-01", sampledrate=3, dataschema="urn:x")))

        assert event.envelope == accepted(body(usage())).envelope

    @pytest.mark.parametrize(
        ("data", "used_seconds"),
        [
            ({"seconds": 1}, 1),
            ({"minutes": 1}, 60),
            ({"seconds": 2_678_400}, 2_678_400),
            ({"minutes": 44_640}, 2_678_400),
        ],
        ids=str,
    )
    def test_takes_seconds_or_whole_minutes(self, data: dict[str, int], used_seconds: int) -> None:
        assert accepted(body(usage(data=data))).envelope.data.used_seconds == used_seconds

    def test_takes_the_last_of_two_equal_keys_and_hashes_what_it_took(self) -> None:
        # JSON leaves it open; what is booked, what is hashed and what is kept must be the same one.
        twice = filled(usage(data=HOLE), '{"seconds":1,"seconds":60}')

        assert accepted(twice).envelope.data.used_seconds == 60
        assert accepted(twice).sha256 == accepted(body(usage())).sha256
        assert accepted(twice).body == twice


class TestUnparsable:
    @pytest.mark.parametrize(
        "bytes_",
        [
            b"",
            b" \n\t",
            b"\x00",
            b"\x00" * 1_000,
            b"\xff\xfe{}",
            b"not json",
            b"{",
            b"{]",
            b'{"id": }',
            b"{'id': 'x'}",
            b"[" * 5_000,
            nested(1_100).encode(),
            b"\x80\x04\x95pickle",
            b"\x1f\x8b\x08\x00gzip",
            b"<event/>",
            b"\xef\xbb\xbf" + body(usage()),
            body(usage()).decode().encode("utf-16"),
            body(usage())[:-1],
            body(usage()) + b",",
            body(usage()) + b"\n" + body(usage()),
            filled(usage(subject=HOLE), b'"\xff"'),
            filled(usage(subject=HOLE), b'"\xed\xa0\x80"'),
            filled(usage(subject=HOLE), b'"a\nb"'),
        ],
        ids=lambda bytes_: repr(bytes_[:20]),
    )
    def test_is_rejected_with_its_bytes(self, bytes_: bytes) -> None:
        found = refused(bytes_)

        assert found.code == "NotJson"
        assert found.body == bytes_
        assert found.reason.startswith("the body is not JSON in UTF-8: ")
        assert found.source is found.message_id is None

    @pytest.mark.parametrize(
        "number", ["NaN", "Infinity", "-Infinity", "+1", "01", "0x10", ".5", "1.", "1e400", "9" * 400]
    )
    @pytest.mark.parametrize(
        "data", [{"seconds": HOLE}, {"seconds": 60, "metadata": {"n": HOLE}}], ids=["seconds", "metadata"]
    )
    def test_number_is_rejected(self, data: dict[str, Any], number: str) -> None:
        bytes_ = filled(usage(data=data), number)

        found = refused(bytes_)

        assert (found.code, found.body) == ("NotJson", bytes_)
        assert "line 1 column" in found.reason

    @pytest.mark.parametrize("surrogate", [r'"\ud800"', r'"\udc00"', r'"\ude00\ud83d"', r'"x\ud83dx"'])
    def test_lone_surrogate_is_rejected(self, surrogate: str) -> None:
        bytes_ = filled(usage(data={"seconds": 60, "feature": HOLE}), surrogate)

        found = refused(bytes_)

        assert (found.code, found.body) == ("NotJson", bytes_)
        assert "surrogate" in found.reason

    def test_does_not_mean_a_pair_of_surrogates(self) -> None:
        event = accepted(filled(usage(data={"seconds": 60, "feature": HOLE}), r'"\ud83d\ude00"'))

        assert event.envelope.data.feature == "😀"

    @pytest.mark.parametrize("json", [b"null", b"true", b"0", b"60.5", b'"usage"'])
    def test_is_distinguished_from_json_that_is_no_event(self, json: bytes) -> None:
        found = refused(json)

        assert (found.code, found.body) == ("NotAnEvent", json)
        assert "an object or an array of objects is wanted" in found.reason


class TestType:
    @pytest.mark.parametrize(
        "type_",
        [
            "screph.usage.reported.v2",
            "screph.usage.reported",
            "screph.usage.reported.v1 ",
            "screph.usage.reported.v1\0",
            "Screph.Usage.Reported.V1",
            "screph.usage.invented.v1",
            "screph.balance.changed.v1",
            "",
            None,
            True,
            1,
            1.5,
            [],
            ["screph.usage.reported.v1"],
            {"screph.usage.reported.v1": 1},
        ],
        ids=repr,
    )
    def test_that_is_not_known_is_rejected(self, type_: Any) -> None:
        bytes_ = body(usage(type=type_))

        found = refused(bytes_)

        assert (found.code, found.body) == ("UnknownType", bytes_)
        assert describe(type_) in found.reason
        assert "screph.usage.reported.v1" in found.reason
        assert (found.source, found.message_id) == ("screph-desktop", "usage-1")

    def test_that_is_missing_is_rejected(self) -> None:
        event = usage()
        del event["type"]

        assert refused(body(event)).code == "UnknownType"
        assert refused(b"{}").code == "UnknownType"

    @pytest.mark.parametrize("queue", INTAKE)
    def test_of_another_queue_is_rejected(self, queue: str) -> None:
        elsewhere = [type_ for other, types in INTAKE.items() if other != queue for type_ in types]
        assert elsewhere

        for type_ in elsewhere:
            found = refused(body(usage(type=type_)), queue=queue)
            assert found.code == "UnknownType"
            assert f"is not accepted on queue {queue}" in found.reason

    @pytest.mark.parametrize("reminder", sorted(INTAKE[DUE]))
    def test_of_a_reminder_is_refused_from_outside(self, reminder: str) -> None:
        event = usage(type=reminder, data={})

        assert refused(body(event), queue=MINUTE_USAGE).code == "UnknownType"


class TestEnvelope:
    @pytest.mark.parametrize("attribute", ["specversion", "id", "source", "subject", "time", "data"])
    def test_attribute_that_is_missing_is_named(self, attribute: str) -> None:
        event = usage()
        del event[attribute]

        found = refused(body(event))

        assert (found.code, found.body) == ("Invalid", body(event))
        assert found.reason == f"{attribute}: Field required"

    @pytest.mark.parametrize("attribute", ["specversion", "id", "source", "subject", "time", "data"])
    @pytest.mark.parametrize("value", [None, True, 1, 1.0, [], ["x"]], ids=repr)
    def test_attribute_of_another_type_is_named(self, attribute: str, value: Any) -> None:
        found = refused(body(usage(**{attribute: value})))

        assert found.code == "Invalid"
        assert found.reason.startswith(f"{attribute}: ")

    @pytest.mark.parametrize(("attribute", "longest"), [("id", 128), ("source", 128), ("subject", 64)])
    def test_text_has_a_limit(self, attribute: str, longest: int) -> None:
        assert getattr(accepted(body(usage(**{attribute: "ж" * longest}))).envelope, attribute) == "ж" * longest
        for text in ("", "ж" * (longest + 1), "x" * 50_000):
            found = refused(body(usage(**{attribute: text})))
            assert found.reason.startswith(f"{attribute}: String should have at ")
            assert len(found.reason) < 200

    @pytest.mark.parametrize(
        "text", ["a\tb", "a\nb", "\x1b[31m", "a\x7f", "\u202eabc", "\ufeffabc", "\u2028"], ids=ascii
    )
    @pytest.mark.parametrize("attribute", ["id", "source", "subject"])
    def test_text_is_printable(self, attribute: str, text: str) -> None:
        found = refused(body(usage(**{attribute: text})))

        assert found.reason.startswith(f"{attribute}: ")
        assert found.reason.isprintable()

    @pytest.mark.parametrize("specversion", ["0.3", "1", "1.0.2", "2.0", " 1.0"])
    def test_specversion_is_1_0(self, specversion: str) -> None:
        assert refused(body(usage(specversion=specversion))).reason.startswith("specversion: ")

    @pytest.mark.parametrize("content_type", ["text/plain", "application/xml", 1, ""])
    def test_data_is_json(self, content_type: Any) -> None:
        assert refused(body(usage(datacontenttype=content_type))).reason.startswith("datacontenttype: ")

    def test_misspelt_field_of_the_data_is_named(self) -> None:
        found = refused(body(usage(data={"seconds": 60, "sesion_id": "s"})))

        assert found.reason.startswith("data.sesion_id: ")

    def test_names_the_source_and_the_id_where_they_can_be_read(self) -> None:
        found = refused(body(usage(data={})))

        assert (found.source, found.message_id) == ("screph-desktop", "usage-1")

    @pytest.mark.parametrize("value", [None, 1, "", [], {}], ids=repr)
    def test_names_no_source_or_id_that_is_none(self, value: Any) -> None:
        found = refused(body(usage(id=value, source=value)))

        assert found.source is found.message_id is None

    def test_shows_a_very_long_id_in_part(self) -> None:
        assert refused(body(usage(id="x" * 50_000))).message_id == "x" * 128

    def test_names_several_faults_in_one_line(self) -> None:
        bad = usage(specversion=6, id=1, source=2, subject=3, time=4, data=5)

        found = refused(body(bad))

        assert [part.split(":")[0] for part in found.reason.split("; ")] == [
            "specversion",
            "id",
            "source",
            "and 3 more faults",
        ]

    @pytest.mark.parametrize("name", ["x" * 50_000, "a\nb", "\x1b[2J"], ids=["long", "two lines", "escape"])
    def test_gives_one_readable_line_whatever_a_field_is_called(self, name: str) -> None:
        found = refused(body(usage(data={"seconds": 60, name: 1})))

        assert len(found.reason) < 500
        assert found.reason.isprintable()
