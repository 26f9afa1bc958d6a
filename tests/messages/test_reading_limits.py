"""What could be read but not stored: NUL, nesting without end, and too many bytes."""

from typing import Any

import pytest

from messages.read import MAX_EVENT_BYTES
from tests.messages.builders import HOLE, accepted, body, filled, nested, refused, usage

DEPTHS = [300, 900, 990, 1_000, 1_020]
"""Up to just below what the JSON parser itself refuses."""


class TestNul:
    @pytest.mark.parametrize(
        "changes",
        [
            {"subject": "a\0"},
            {"data": {"seconds": 60, "feature": "\0"}},
            {"data": {"seconds": 60, "metadata": {"a": "\0"}}},
            {"data": {"seconds": 60, "metadata": {"\0": 1}}},
            {"data": {"seconds": 60, "metadata": {"a": [[{"b": ["x\0y"]}]]}}},
            {"data": {"seconds": 60, "\0": 1}},
            {"data": {"seconds": 60, "metadata": {"literal": r"\u0000", "real": "\0"}}},
        ],
        ids=str,
    )
    def test_anywhere_in_what_is_kept_is_rejected(self, changes: dict[str, Any]) -> None:
        bytes_ = body(usage(**changes))

        found = refused(bytes_)

        assert (found.code, found.body) == ("NulCharacter", bytes_)
        assert r"\u0000" in found.reason
        assert "\0" not in found.reason

    @pytest.mark.parametrize("attribute", ["id", "source"])
    def test_in_the_key_is_unreadable_and_named_without_it(self, attribute: str) -> None:
        found = refused(body(usage(**{attribute: "a\0b"})))

        assert found.reason.startswith(f"{attribute}: ")
        assert "\0" not in f"{found.reason}{found.source}{found.message_id}"

    @pytest.mark.parametrize("text", [r"\u0000", r"\\u0000", "u0000", "0"])
    def test_is_not_seen_where_only_its_name_is_written(self, text: str) -> None:
        event = accepted(body(usage(data={"seconds": 60, "metadata": {"a": text}})))

        assert event.envelope.data.metadata == {"a": text}

    def test_is_rejected_with_a_sentence_that_says_where(self) -> None:
        found = refused(body(usage(data={"seconds": 60, "metadata": {"colour": "\0"}})))

        assert "data.metadata.colour" in found.reason


class TestDeepNesting:
    @pytest.mark.parametrize("depth", DEPTHS)
    @pytest.mark.parametrize("attribute", ["subject", "data"])
    def test_of_the_content_is_rejected(self, attribute: str, depth: int) -> None:
        bytes_ = filled(usage(**{attribute: HOLE}), nested(depth))

        found = refused(bytes_)

        assert (found.code, found.body) == ("TooDeep", bytes_)
        assert "nested too deeply" in found.reason

    @pytest.mark.parametrize("depth", DEPTHS)
    def test_of_the_metadata_is_rejected(self, depth: int) -> None:
        metadata = '{"a":' * depth + "1" + "}" * depth
        bytes_ = filled(usage(data={"seconds": 60, "metadata": HOLE}), metadata)

        found = refused(bytes_)

        assert (found.code, found.body) == ("TooDeep", bytes_)

    @pytest.mark.parametrize("attribute", ["specversion", "id", "source", "type", "datacontenttype"])
    def test_of_the_envelope_is_rejected(self, attribute: str) -> None:
        bytes_ = filled(usage(**{attribute: HOLE}), nested(300))

        found = refused(bytes_)

        assert found.code in ("Invalid", "UnknownType")
        assert found.body == bytes_

    @pytest.mark.parametrize("attribute", ["specversion", "id", "source", "type", "datacontenttype"])
    def test_of_the_envelope_is_rejected_however_deep(self, attribute: str) -> None:
        bytes_ = filled(usage(**{attribute: HOLE}), nested(1_020))

        assert refused(bytes_).body == bytes_

    @pytest.mark.parametrize("depth", DEPTHS)
    def test_of_an_extension_attribute_is_no_concern_of_ours(self, depth: int) -> None:
        assert accepted(filled(usage(extension=HOLE), nested(depth))).envelope.id == "usage-1"

    def test_of_a_hundred_is_taken(self) -> None:
        event = filled(usage(data={"seconds": 60, "metadata": {"a": HOLE}}), nested(100))

        assert accepted(event).envelope.data.used_seconds == 60


class TestSize:
    def test_of_65536_bytes_is_taken(self) -> None:
        event = body(usage())

        assert accepted(event.ljust(65_536)).envelope.id == "usage-1"
        assert MAX_EVENT_BYTES == 65_536

    def test_of_a_byte_more_is_rejected(self) -> None:
        bytes_ = body(usage()).ljust(65_537)

        found = refused(bytes_)

        assert (found.code, found.body) == ("TooLarge", bytes_)
        assert found.reason == "the event is 65537 bytes; at most 65536 are accepted"
        assert (found.source, found.message_id) == ("screph-desktop", "usage-1")

    @pytest.mark.parametrize("size_bytes", [1_048_577, 10_000_000])
    @pytest.mark.parametrize("start", [body(usage()), body([usage()]), b"{", b"\xff"], ids=repr)
    def test_of_megabytes_is_rejected_unread(self, start: bytes, size_bytes: int) -> None:
        bytes_ = start.ljust(size_bytes)

        found = refused(bytes_)

        assert (found.code, found.body) == ("TooLarge", bytes_)
        assert found.reason == f"the body is {size_bytes} bytes; at most 1048576 are accepted"
