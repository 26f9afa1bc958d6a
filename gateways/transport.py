"""JSON over HTTPS to a gateway: time-outs on every call, and a clear fate for every answer."""

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
    """A gateway's answer: the status and, if it was JSON, the object in it."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Tell whether the status is one of 2xx."""
        return 200 <= self.status < 300


class Transport:
    """
    One gateway's connections; safe to share between threads.

    Args:
        base_url: without a slash at its end.
        timeout: for each call.
    """

    def __init__(self, base_url: str, *, timeout: httpx.Timeout = TIMEOUT) -> None:
        # No proxies and no certificates from the environment of the process: money goes one way only.
        self._client = httpx.Client(base_url=base_url, timeout=timeout, limits=LIMITS, trust_env=False)

    def call(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json_body: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Answer:
        """
        Make one call; redirects are not followed.

        Returns:
            Every answer from 200 to 499 but 408 and 429, for the adapter to understand.

        Raises:
            UnableToReach: no answer, 408, 429, 5xx, or a success that is not JSON: the outcome is unknown.
        """
        try:
            answer = self._client.request(
                method,
                path,
                headers=dict(headers or {}),
                json=json_body,
                data=form,
                params=query,
                auth=auth or httpx.USE_CLIENT_DEFAULT,
            )
        except httpx.HTTPError as error:
            raise UnableToReach(f"{method} {path}: no answer ({type(error).__name__})") from error
        if answer.status_code in (408, 429) or answer.status_code >= 500:
            raise UnableToReach(f"{method} {path}: answered {answer.status_code}")
        return Answer(answer.status_code, _object(answer, method, path))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _object(answer: httpx.Response, method: str, path: str) -> dict[str, Any]:
    if not answer.content:
        return {}
    try:
        body = json.loads(answer.content)
    except ValueError as error:
        if answer.is_success:
            raise UnableToReach(f"{method} {path}: answered {answer.status_code} without JSON") from error
        return {}
    return body if isinstance(body, dict) else {}
