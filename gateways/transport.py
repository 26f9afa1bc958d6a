"""JSON over HTTPS to a gateway: every call has a deadline, and every answer is either clear or `UnableToReach`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests

from domain.gateway.errors import UnableToReach
from gateways.sessions import DEADLINE_S, TIMEOUT_S, DirectSession


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
        timeout_s: to connect, and between two pieces of an answer.
        deadline_s: for each call as a whole.
    """

    def __init__(
        self, base_url: str, *, timeout_s: tuple[float, float] = TIMEOUT_S, deadline_s: float = DEADLINE_S
    ) -> None:
        self.deadline_s = deadline_s
        self._base_url = base_url
        self._session = DirectSession(timeout_s=timeout_s, deadline_s=deadline_s)

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
            Every answer in JSON from 200 to 499 but 408 and 429, for the adapter to understand.

        Raises:
            UnableToReach: no answer, 408, 429, 5xx, or one that is not JSON: the outcome is unknown.
        """
        return self._send(method, path, headers=headers, json=json_body, params=query)

    def post_form(self, path: str, form: Mapping[str, str], *, headers: Mapping[str, str]) -> Answer:
        """Post a form; otherwise as `call`."""
        return self._send("POST", path, headers=headers, data=form)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _send(self, method: str, path: str, **parts: Any) -> Answer:
        action = f"{method} {path}"
        try:
            answer = self._session.request(method, self._base_url + path, **parts)
        except requests.RequestException as error:
            # Without the cause: its text names the whole address, and some addresses hold what is nobody's business.
            raise UnableToReach(f"{action}: no answer ({type(error).__name__})") from None
        return read_answer(answer, action)


def read_answer(answer: requests.Response, action: str) -> Answer:
    """
    Return what a gateway answered.

    Args:
        answer: as it came.
        action: what the call does, in words that may stand in a log: `POST /refunds`.

    Raises:
        UnableToReach: 408, 429, 5xx, or an answer that is not JSON: the outcome is unknown.
    """
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        raise UnableToReach(f"{action}: answered {answer.status_code}")
    return Answer(answer.status_code, _object_in(answer, action))


def _object_in(answer: requests.Response, action: str) -> dict[str, Any]:
    status = answer.status_code
    if not answer.content and status < 400:
        return {}
    try:
        body = json.loads(answer.content)
    except (ValueError, RecursionError) as error:
        if 300 <= status < 400:
            return {}
        # A gateway says in JSON why it refuses. This is a proxy's page on the way to it, which knows nothing of money.
        raise UnableToReach(f"{action}: answered {status} without JSON") from error
    return body if isinstance(body, dict) else {}
