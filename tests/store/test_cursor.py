"""Cursors: one that a page has given comes back as it was, and no other reaches a query."""

import base64
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest

from store.cursor import WrongCursor, read_cursor, write_cursor

AT = "2026-11-28T09:00:00+00:00"

FORGED = (
    {"entry": 2**63, "debt": 0, "left": {}, "account": 2**63, "token": 2**63, "letter": 2**63, "act": 2**64 - 1},
    {"entry": -(2**63), "debt": True, "left": {}, "token": True},
    {"entry": 1, "debt": 0, "left": {"x": "y"}},
    {"entry": 1, "debt": 2**63, "left": {"x": None}},
    {"at": "yesterday", "id": "x", "number": 1},
    {"at": "2026-11-28T09:00:00", "id": "x", "number": 1},
    {"at": "2026-13-28T09:00:00Z", "id": "x", "number": 2**63},
    {"at": AT, "id": "\0", "number": 2**63},
    {"at": AT, "id": 5, "number": "5"},
    {"at": None, "id": None},
    {},
    [],
    None,
    5,
)
"""States that no page has given; each breaks one list or another."""


def forged(state: object) -> str:
    """A cursor that somebody has made up."""
    return base64.urlsafe_b64encode(orjson.dumps(state)).decode().rstrip("=")


class TestCursor:
    def test_comes_back_as_it_was(self) -> None:
        id_ = "0f3a1d52-7c58-5b1d-9f0e-6a6b6d0c7c11"
        state = {"at": AT, "id": "an order", "number": 2**63 - 1, "left": {"a": 5}, "uuid": id_}

        found = read_cursor(write_cursor(state), at=datetime, id=str, number=int, left=dict, uuid=UUID)

        assert found == state | {"at": datetime(2026, 11, 28, 9, tzinfo=UTC)}

    @pytest.mark.parametrize(
        ("value", "kind"),
        [
            (2**63, int),
            (-(2**63), int),
            (True, int),
            ("5", int),
            (1.0, int),
            ("\0", str),
            (5, str),
            ("yesterday", datetime),
            ("2026-11-28T09:00:00", datetime),
            (5, datetime),
            ("x", UUID),
            ({"a": "b"}, dict),
            ({"a": 2**63}, dict),
            ([], dict),
            (None, str),
        ],
    )
    def test_with_a_value_that_no_query_can_use_is_wrong(self, value: object, kind: type) -> None:
        with pytest.raises(WrongCursor):
            read_cursor(forged({"it": value}), it=kind)

    @pytest.mark.parametrize("cursor", ["", "!", "ключ", "e30=e30", "A" * 3_999, forged([]), forged(None)])
    def test_that_holds_no_state_is_wrong(self, cursor: str) -> None:
        with pytest.raises(WrongCursor):
            read_cursor(cursor, it=int)
