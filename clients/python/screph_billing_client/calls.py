"""Calls of the API: tried again with jitter where that may help, and never with another key."""

import random
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from screph_billing_client.errors import UNKNOWN, Refused, Unreachable

DEFAULT_ADDRESS = "http://127.0.0.1:8000"

AGAIN_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
IN_PROGRESS = "request_in_progress"


@dataclass(frozen=True, slots=True)
class Retries:
    """
    How long a call is tried again.

    Args:
        attempts: in all, > 0.
        first_pause_seconds: about; each pause is twice the one before, and at random half to all of that.
        longest_pause_seconds: also where the service asks for a longer one.
    """

    attempts: int = 5
    first_pause_seconds: float = 0.25
    longest_pause_seconds: float = 10.0

    def pause(self, attempt: int, asked_seconds: float) -> float:
        """Return how long to wait after an attempt, the first being 0."""
        own = self.first_pause_seconds * 2.0**attempt * random.uniform(0.5, 1.0)
        return min(max(own, asked_seconds), self.longest_pause_seconds)


class Calls:
    """
    One connection to the API with one token; for any number of threads.

    Args:
        token: of a user, a server or a widget.
        address: of the API, without a slash at its end.
        language: of details of refusals.
        timeout_seconds: for one attempt.
        retries: how often.
    """

    def __init__(
        self,
        token: str,
        *,
        address: str = DEFAULT_ADDRESS,
        language: str = "en",
        timeout_seconds: float = 10.0,
        retries: Retries = Retries(),
    ) -> None:
        self._retries = retries
        self._client = httpx.Client(
            base_url=f"{address.rstrip('/')}/api/v1",
            headers={"Authorization": f"Bearer {token}", "Accept-Language": language},
            timeout=timeout_seconds,
        )

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def get(self, path: str, **parameters: Any) -> dict[str, Any]:
        """
        Read something.

        Raises:
            Refused: the API says no.
            Unreachable: it says nothing.
        """
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._call("GET", path, params=given)

    def post(self, path: str, body: dict[str, Any], *, key: str | None = None) -> dict[str, Any]:
        """
        Do something, once.

        Args:
            path: below `/api/v1`.
            body: without values that are None.
            key: of idempotency; the same request with it again does nothing new. A random one if left out.

        Raises:
            Refused: the API says no.
            Unreachable: it says nothing; it may have happened. Call again with the same key.
        """
        given = {name: value for name, value in body.items() if value is not None}
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._call("POST", path, json=given, headers=headers)

    def pages(self, path: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Go through a list, page after page."""
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, **parameters)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    @contextmanager
    def stream(self, path: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        """Open a stream once; httpx's errors come as they are. It is silent for 15 s at the most."""
        with self._client.stream("GET", path, headers=headers, timeout=httpx.Timeout(10.0, read=40.0)) as answer:
            if answer.is_error:
                answer.read()
                raise Refused(answer.status_code, _body_of(answer) or {})
            yield answer

    def pause(self, attempt: int) -> None:
        """Wait before something is tried again."""
        time.sleep(self._retries.pause(min(attempt, 8), 0.0))

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        for attempt in range(self._retries.attempts):
            is_last = attempt == self._retries.attempts - 1
            try:
                answer = self._client.request(method, path, **options)
            except httpx.RequestError as error:
                if is_last:
                    raise Unreachable(f"nobody answers at {self._client.base_url}: {error!r}") from error
                time.sleep(self._retries.pause(attempt, 0.0))
                continue
            body = _body_of(answer)
            if answer.is_success and body is not None:
                return body
            refused = Refused(answer.status_code, body or {})
            # The API says what is wrong by a code; a proxy, a log-in page of a network or another server does not.
            is_ours = answer.is_error and refused.code != UNKNOWN
            if is_ours and answer.status_code not in AGAIN_STATUSES and refused.code != IN_PROGRESS:
                raise refused
            if is_last:
                if is_ours and answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                    raise refused
                if is_ours or answer.status_code in AGAIN_STATUSES:
                    raise Unreachable(f"the service is away: {refused}") from refused
                raise Unreachable(f"something else than the API answers at {answer.url}: status {answer.status_code}")
            time.sleep(self._retries.pause(attempt, _asked_seconds(answer)))
        raise AssertionError("there is at least one attempt")


def _body_of(answer: httpx.Response) -> dict[str, Any] | None:
    """Return the JSON object that an answer is; None: it is none."""
    try:
        body = answer.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _asked_seconds(answer: httpx.Response) -> float:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0
