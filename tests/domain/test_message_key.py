"""The key of a message: from its source and id alone, and in time where the id begins with a moment."""

import pytest

from domain.ids import message_key

UUID7 = "019ab2f4-7c31-7d2e-9a51-3f0c8b1d2e4f"
MOMENT = bytes.fromhex("019ab2f47c31")
ULID = "01KASF8Z1HFMQ9MJHZ1J5HTBJF"


class TestMessageKey:
    def test_is_sixteen_bytes_and_always_the_same(self) -> None:
        keys = [message_key("screph", event_id) for event_id in (UUID7, ULID, "4711")]

        assert [len(key) for key in keys] == [16, 16, 16]
        assert keys == [message_key("screph", event_id) for event_id in (UUID7, ULID, "4711")]

    @pytest.mark.parametrize("event_id", [UUID7, UUID7.upper()])
    def test_of_a_uuid7_begins_with_its_moment(self, event_id: str) -> None:
        assert message_key("screph", event_id)[:6] == MOMENT

    @pytest.mark.parametrize("event_id", [ULID, ULID.lower()])
    def test_of_a_ulid_begins_with_its_moment(self, event_id: str) -> None:
        milliseconds = int.from_bytes(message_key("screph", event_id)[:6])

        # 01KASF8Z1H in Crockford's base 32.
        digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
        assert milliseconds == sum(digits.index(letter) * 32**place for place, letter in enumerate(reversed(ULID[:10])))

    @pytest.mark.parametrize(
        "event_id",
        [
            "9b2f0c1e-5a4d-4c3b-8a7f-6e5d4c3b2a19",  # UUIDv4
            "019ab2f4-7c31-7d2e-7a51-3f0c8b1d2e4f",  # a seven, and not the variant of RFC 9562
            "019ab2f4-7c31-7d2e-9a51-3f0c8b1d2e4g",  # no hexadecimal digit
            "019ab2f47c317d2e9a513f0c8b1d2e4f",  # without dashes
            UUID7 + " ",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",  # more than 48 bits
            "01KASF8Z1HFMQ9MJHZ1J5HTBJI",  # I is not in Crockford's alphabet
            "01KASF8Z1HFMQ9MJHZ1J5HTBJ",  # a letter short
            "01KASF8Z1HFMQ9MJHZ1J5HTBJé",
            "4711",
            "paid:pi_1",
            "😀",
        ],
    )
    def test_of_every_other_id_begins_with_zero_before_all_moments(self, event_id: str) -> None:
        key = message_key("screph", event_id)

        assert key[0] == 0
        assert key < message_key("screph", UUID7)

    @pytest.mark.parametrize("event_id", [UUID7, ULID, "4711"])
    def test_of_two_sources_differs(self, event_id: str) -> None:
        assert message_key("a", event_id) != message_key("b", event_id)

    def test_of_one_id_in_two_spellings_differs(self) -> None:
        assert message_key("screph", UUID7) != message_key("screph", UUID7.upper())

    def test_tells_source_and_id_apart(self) -> None:
        assert message_key("ab", "c") != message_key("a", "bc")

    def test_grows_with_the_moment_of_the_id(self) -> None:
        ids = [f"019ab2f4-7c{number:02x}-7{256 - number:03x}-9a51-3f0c8b1d2e4f" for number in range(256)]

        keys = [message_key("screph", event_id) for event_id in ids]

        assert keys == sorted(keys)

    def test_of_many_ids_of_one_millisecond_differs(self) -> None:
        ids = {f"019ab2f4-7c31-7{number:03x}-9a51-3f0c8b1d2e4f" for number in range(4096)}

        assert len({message_key("screph", event_id) for event_id in ids}) == 4096
