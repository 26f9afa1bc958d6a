"""Calls of YooKassa's API."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from domain.gateway.errors import NotFound, UnableToReach
from gateways.transport import Answer, Transport
from gateways.yookassa.errors import body_of
from gateways.yookassa.objects import is_id

_PAGE = "100"
"""The most that YooKassa lists at once; without it YooKassa lists ten."""


class YooKassaClient:
    """
    One shop's calls; threads may share it.

    Args:
        transport: to the API, with the shop's id and its secret key.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """Make a call that changes something; its key makes it idempotent."""
        return self._transport.call("POST", path, json_body=body, headers={"Idempotence-Key": key})

    def fetch(self, path: str, ref: str) -> dict[str, Any]:
        """
        Return one object.

        Raises:
            NotFound: there is none, or YooKassa cannot have given such an id.
        """
        if not is_id(ref):
            raise NotFound("not_found", f"GET {path}: the ref is no id of YooKassa's")
        return body_of(self._transport.call("GET", f"{path}/{ref}"), f"GET {path}/{ref}")

    def list_all(self, path: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Go through the objects of a list, page by page."""
        query = {**filters, "limit": _PAGE}
        seen: set[str] = set()
        while True:
            page = body_of(self._transport.call("GET", path, query=query), f"GET {path}")
            items, cursor = page.get("items"), page.get("next_cursor")
            if not isinstance(items, list):
                raise UnableToReach(f"GET {path}: the answer is no list")
            yield from items
            if not cursor:
                return
            if cursor in seen:
                raise UnableToReach(f"GET {path}: the list leads back to a page that was read already")
            seen.add(cursor)
            query["cursor"] = cursor

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def moment_text(moment: datetime) -> str:
    """Return a moment as YooKassa writes it, such as `2026-11-20T10:11:41.499Z`; finer parts are cut off."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
