"""
The client of YooKassa's SDK, made safe: nothing of the process, a session for each thread, a deadline for each call.

The SDK's own client reads its credentials from class attributes, waits without any time-out, and fails with errors of
Python's on everything that is not JSON. Its models are not used: they take money through float.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import requests
from yookassa.client import ApiClient
from yookassa.domain.common import UserAgent

from domain.gateway.errors import NotFound, UnableToReach
from gateways.listing import pages
from gateways.sessions import DEADLINE_S, TIMEOUT_S, DirectSession
from gateways.transport import Answer, read_answer
from gateways.yookassa.errors import body_of
from gateways.yookassa.objects import is_id

_PAGE = "100"
"""The most that YooKassa lists at once; without it YooKassa lists ten."""


class YooKassaClient:
    """
    One shop's calls; threads may share it.

    Args:
        api_base: without a slash at its end.
        credentials: the shop's id and its secret key.
        timeout_s: to connect, and between two pieces of an answer.
        deadline_s: for each call as a whole.
    """

    def __init__(
        self,
        api_base: str,
        credentials: tuple[str, str],
        *,
        timeout_s: tuple[float, float] = TIMEOUT_S,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._session = DirectSession(timeout_s=timeout_s, deadline_s=deadline_s)
        self._shop = ShopApi(api_base, credentials, self._session)

    def post(self, path: str, body: Mapping[str, Any], key: str) -> Answer:
        """Make a call that changes something; its key makes it idempotent."""
        return self._shop.request("POST", path, headers={"Idempotence-Key": key}, body=body)

    def fetch(self, path: str, ref: str) -> dict[str, Any]:
        """
        Return one object.

        Raises:
            NotFound: there is none, or YooKassa cannot have given such an id.
        """
        if not is_id(ref):
            raise NotFound("not_found", f"GET {path}: the ref is no id of YooKassa's")
        return body_of(self._shop.request("GET", f"{path}/{ref}"), f"GET {path}/{ref}")

    def list_all(self, path: str, filters: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Go through the objects of a list, page by page."""
        query = {**filters, "limit": _PAGE}
        seen: set[str] = set()
        for _ in pages(f"YooKassa's list {path}"):
            page = body_of(self._shop.request("GET", path, query_params=query), f"GET {path}")
            items, cursor = page.get("items"), page.get("next_cursor")
            if not isinstance(items, list) or not isinstance(cursor, str | None):
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
        self._session.close()


class ShopApi(ApiClient):  # type: ignore[misc]
    """
    The SDK's client of one shop: its headers and addresses, and none of its settings of the whole process.

    Args:
        api_base: without a slash at its end.
        credentials: the shop's id and its secret key.
        session: makes the calls.
    """

    def __init__(self, api_base: str, credentials: tuple[str, str], session: DirectSession) -> None:
        # Not the SDK's own, which reads class attributes: the credentials of the last shop would count for all.
        self.endpoint = api_base
        self.shop_id, self.shop_password = credentials
        self.auth_token = None
        self.user_agent = UserAgent()
        self.configuration = SimpleNamespace(verify=True)
        self._session = session

    def get_session(self) -> requests.Session:
        """Return the session that every call uses; the SDK would open one for each call, without time-outs."""
        return self._session

    def request(
        self,
        method: str = "",
        path: str = "",
        query_params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Answer:
        """
        Make one call; redirects are not followed.

        Raises:
            UnableToReach: no answer, 408, 429, 5xx, or a success that is not JSON: the outcome is unknown.
        """
        action = f"{method} {path}"
        try:
            answer = self.execute(body, method, path, query_params, self.prepare_request_headers(dict(headers or {})))
        except requests.RequestException as error:
            raise UnableToReach(f"{action}: no answer ({type(error).__name__})") from None
        return read_answer(answer, action)

    def execute(
        self,
        body: Mapping[str, Any] | None,
        method: str,
        path: str,
        query_params: Mapping[str, str] | None,
        request_headers: Mapping[str, str],
    ) -> requests.Response:
        """Send one call; the SDK's own closes its session and raises for what the caller must read."""
        return self.get_session().request(
            method, self.endpoint + path, params=query_params, headers=request_headers, json=body
        )


def moment_text(moment: datetime) -> str:
    """Return a moment as YooKassa writes it, such as `2026-11-20T10:11:41.499Z`; finer parts are cut off."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
