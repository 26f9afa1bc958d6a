"""JSON over HTTPS to a gateway: every call has time-outs, and every answer is either clear or `UnableToReach`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from domain.gateway.errors import UnableToReach

TIMEOUT = httpx.Timeout(15, connect=3)
"""Seconds. A call that hangs would hold a worker's thread for as long."""

LIMITS = httpx.Limits(max_connections=32, max_keepalive_connections=16)


@dataclass(frozen=True, slots=True)
class Answer:
    """A gateway's answer: the status and, if the body was JSON, the object in it."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Tell whether the status is one of 2xx."""
        return 200 <= self.status < 300


class Transport:
    """
    The connections to one gateway; threads may share them.

    Args:
        base_url: without a slash at its end.
        auth: name and password of HTTP Basic, for every call.
        timeout: for each call.
    """

    def __init__(self, base_url: str, *, auth: tuple[str, str] | None = None, timeout: httpx.Timeout = TIMEOUT) -> None:
        # No proxies and no certificates from the environment of the process: money goes one way only.
        self._client = httpx.Client(base_url=base_url, auth=auth, timeout=timeout, limits=LIMITS, trust_env=False)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Make one call; redirects are not followed.

        Returns:
            Every answer from 200 to 499 but 408 and 429, for the adapter to understand.

        Raises:
            UnableToReach: no answer, 408, 429, 5xx, or a success that is not JSON: the outcome is unknown.
        """
        return self._send(self._client.build_request(method, path, headers=headers, json=json_body, params=query))

    def post_form(self, path: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> Answer:
        """Post a form; otherwise as `call`."""
        return self._send(self._client.build_request("POST", path, headers=headers, data=form))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _send(self, request: httpx.Request) -> Answer:
        call = f"{request.method} {request.url.path}"
        try:
            answer = self._client.send(request)
        except httpx.HTTPError as error:
            raise UnableToReach(f"{call}: no answer ({type(error).__name__})") from error
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise UnableToReach(f"{call}: answered {answer.status_code}")
        return Answer(answer.status_code, _object_in(answer, call))


def _object_in(answer: httpx.Response, call: str) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        body = json.loads(answer.content)
    except ValueError as error:
        if answer.is_success:
            raise UnableToReach(f"{call}: answered {answer.status_code} without JSON") from error
        return {}
    return body if isinstance(body, dict) else {}
