"""Calls of the provider: JSON over HTTPS, with a deadline and a largest size, and no redirect followed."""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from domain.access.oidc import ProviderSilent

STEP_SECONDS = 5.0
"""To connect, and between two pieces of an answer."""

DEADLINE_SECONDS = 10.0
"""Of a whole answer: somebody waits for it."""

MAX_BYTES = 262_144
"""Of an answer; a set of keys has some thousands."""

SILENT_SECONDS = 5.0
"""For so long after it did not answer nobody reads an address again: each who did would hold a thread of the pages."""


class Client:
    """Calls of one provider; threads may share it."""

    def __init__(self) -> None:
        self._http = httpx.Client(timeout=STEP_SECONDS, follow_redirects=False, headers={"Accept": "application/json"})
        self._silent_until: dict[str, float] = {}

    def get(self, address: str) -> dict[str, Any]:
        """
        Return the JSON object at an address.

        Raises:
            ProviderSilent: there is none, or there was none a moment ago.
        """
        if time.monotonic() < self._silent_until.get(address, 0.0):
            raise ProviderSilent(f"{address} did not answer a moment ago")
        try:
            status, answer = self._call("GET", address)
            if status != 200:
                raise ProviderSilent(f"{address} answers with {status}")
        except ProviderSilent:
            self._silent_until = {address: time.monotonic() + SILENT_SECONDS}
            raise
        return answer

    def post(
        self, address: str, form: Mapping[str, str], *, basic: tuple[str, str] | None
    ) -> tuple[int, dict[str, Any]]:
        """
        Send a form and return the status and the JSON object of the answer.

        Args:
            address: of the endpoint.
            form: names and values.
            basic: user and password of HTTP's own authentication; None: they stand in the form.

        Raises:
            ProviderSilent: there is no answer that can be read.
        """
        auth = None if basic is None else httpx.BasicAuth(*basic)
        return self._call("POST", address, data=dict(form), auth=auth)

    def _call(self, method: str, address: str, **more: Any) -> tuple[int, dict[str, Any]]:
        until = time.monotonic() + DEADLINE_SECONDS
        body = bytearray()
        try:
            with self._http.stream(method, address, **more) as answer:
                for piece in answer.iter_bytes():
                    body += piece
                    if len(body) > MAX_BYTES or time.monotonic() > until:
                        raise ProviderSilent(f"{address} answers with too much, or too slowly")
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderSilent(f"{address} does not answer: {type(error).__name__}") from error
        try:
            read = json.loads(bytes(body))
        except (ValueError, RecursionError) as error:
            raise ProviderSilent(f"{address} answers with {status} and something else than JSON") from error
        if not isinstance(read, dict):
            raise ProviderSilent(f"{address} answers with something else than an object")
        return status, read
