"""Calls of PayPal's API, with the access token that each of them needs."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from domain.gateway.errors import UnableToReach
from gateways.sessions import deadline
from gateways.transport import Answer, Transport

SKEW_S = 60
"""A token is renewed this many seconds before its end, so that none ends during a call."""


class PaypalClient:
    """
    Calls with one access token for all threads.

    Args:
        transport: connections to PayPal's API.
        client_id: of the REST application.
        client_secret: of the REST application.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        transport: Transport,
        client_id: str,
        client_secret: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._basic = "Basic " + b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._ends_at_s = 0.0
        self._fetch: Future[str] | None = None

    def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = None,
        json_body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """
        Make one call; a token that PayPal does not accept any more is renewed once.

        Args:
            key: makes the call idempotent.

        Raises:
            UnableToReach: no clear answer, or PayPal refuses our credentials or the token that it has just given.
        """
        headers = {}
        if method == "POST":
            # Without it PayPal answers with an id and a status only.
            headers["Prefer"] = "return=representation"
        if key is not None:
            headers["PayPal-Request-Id"] = key
        token: str | None = None
        with deadline(self._transport.deadline_s):
            for _ in range(2):
                token = self._valid_token(refused=token)
                headers["Authorization"] = f"Bearer {token}"
                answer = self._transport.call(method, path, headers=headers, json_body=json_body, query=query)
                if answer.status != 401:
                    return answer
        raise UnableToReach(f"{method} {path}: PayPal refuses the access token that it has just given")

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _valid_token(self, *, refused: str | None) -> str:
        # One thread asks, and whoever needs a token meanwhile shares its answer, or its failure: behind a lock each
        # would ask by itself once the one before has given up.
        with self._lock:
            if self._token is not None and self._token != refused and self._clock() < self._ends_at_s:
                return self._token
            fetch, is_ours = self._fetch or Future[str](), self._fetch is None
            self._fetch = fetch
        if is_ours:
            self._share_new_token(fetch)
        try:
            return fetch.result(self._transport.deadline_s)
        except TimeoutError:
            raise UnableToReach("PayPal gave no access token in time") from None

    def _share_new_token(self, fetch: Future[str]) -> None:
        try:
            token, ends_at_s = self._new_token()
        except BaseException as error:
            with self._lock:
                self._fetch = None
            fetch.set_exception(error)
            raise
        with self._lock:
            self._token, self._ends_at_s, self._fetch = token, ends_at_s, None
        fetch.set_result(token)

    def _new_token(self) -> tuple[str, float]:
        asked_at_s = self._clock()
        answer = self._transport.post_form(
            "/v1/oauth2/token", {"grant_type": "client_credentials"}, headers={"Authorization": self._basic}
        )
        if not answer.is_success:
            # Nothing was done, and the call succeeds once the credentials are corrected; a final no would
            # fail every refund and renewal until then.
            raise UnableToReach(
                f"PayPal gives no access token (it answered {answer.status}): are CLIENT_ID and CLIENT_SECRET right?"
            )
        token, lifetime_s = answer.body.get("access_token"), answer.body.get("expires_in")
        if not isinstance(token, str) or not isinstance(lifetime_s, int):
            raise UnableToReach("PayPal's answer has no access token in it")
        return token, asked_at_s + max(0, lifetime_s - SKEW_S)
