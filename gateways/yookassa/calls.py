"""Calls: how YooKassa's API is spoken to."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from domain.gateway.errors import NotFound, UnableToReach
from gateways.transport import Answer, Transport
from gateways.yookassa.answers import accepted
from gateways.yookassa.reading import is_id

_PAGE = "100"
"""The most that YooKassa lists at once; by itself it lists ten."""


class Calls:
    """
    One shop's calls; safe to share between threads.

    Args:
        transport: to the API, with the shop's id and its secret key.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """Make a call that does something, under a key that makes its repetition the same call."""
        headers = {"Idempotence-Key": key}
        return self._transport.call("POST", path, json_body=body, headers=headers)

    def found(self, path: str, ref: str) -> dict[str, Any]:
        """
        Return one object.

        Raises:
            NotFound: there is none, or the id is none that YooKassa could have given.
        """
        if not is_id(ref):
            raise NotFound("not_found", f"GET {path}: what was asked for is no id of YooKassa's")
        answer = self._transport.call("GET", f"{path}/{ref}")
        return accepted(answer, f"GET {path}/{ref}")

    def listed(self, path: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Go through the objects of a list, page by page."""
        query = {**filters, "limit": _PAGE}
        seen: set[str] = set()
        while True:
            page = accepted(self._transport.call("GET", path, query=query), f"GET {path}")
            items, cursor = page.get("items"), page.get("next_cursor")
            if not isinstance(items, list):
                raise UnableToReach(f"GET {path}: answered with something that is no list")
            yield from items
            if not cursor:
                return
            if cursor in seen:
                raise UnableToReach(f"GET {path}: the list leads back to a page that was read already")
            seen.add(cursor)
            query["cursor"] = cursor


def moment_text(moment: datetime) -> str:
    """Return a moment as YooKassa writes it, such as `2026-11-20T10:11:41.499Z`; what is finer is cut off."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
