"""What is no JSON in UTF-8 is refused with the cause: compressed, in another encoding, or a moment that nobody has."""

import gzip
import zlib

import orjson
import pytest

from messages.queues import MINUTE_USAGE
from messages.read import Unreadable, read


class TestAnotherEncoding:
    @pytest.mark.parametrize(
        ("body", "cause"),
        [
            (gzip.compress(b"{}"), "compressed with gzip"),
            (zlib.compress(b"{}"), "compressed with zlib"),
            (
                '{"name": "café"}'.encode("latin-1"),
                "perhaps Latin-1 or Windows-1251: byte 0xE9 at position 13",
            ),
            ("{}".encode("utf-16"), "UTF-16"),
            ("{}".encode("utf-8-sig"), "byte order mark"),
        ],
        ids=["gzip", "zlib", "Latin-1", "UTF-16", "byte order mark"],
    )
    def test_is_named_in_the_reason(self, body: bytes, cause: str) -> None:
        [unreadable] = read(body, queue=MINUTE_USAGE)

        assert isinstance(unreadable, Unreadable)
        assert unreadable.code == "NotJson"
        assert cause in unreadable.reason

    @pytest.mark.parametrize("moment", ["2016-12-31T23:59:60Z", "2016-12-31t23:59:60.5+00:00"])
    def test_a_leap_second_is_named_in_the_reason(self, moment: str) -> None:
        body = orjson.dumps(
            {
                "specversion": "1.0",
                "id": "1",
                "source": "screph",
                "type": "screph.usage.reported.v1",
                "subject": "anna",
                "time": moment,
                "data": {"seconds": 1},
            }
        )

        [unreadable] = read(body, queue=MINUTE_USAGE)

        assert isinstance(unreadable, Unreadable)
        assert "leap second" in unreadable.reason
