"""Calls of PayPal's API with the access token that it wants on each of them."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any

from domain.gateway.errors import UnableToReach
from gateways.transport import Answer, Transport

SKEW_S = 60
"""A token is renewed this many seconds before its end, so none ends while a call is on its way."""


class Access:
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
        self._held: str | None = None
        self._ends_at_s = 0.0

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
        Make one call; a token that PayPal no longer takes is renewed once.

        Args:
            key: what makes a repeated call the same call.

        Raises:
            UnableToReach: no clear answer, or PayPal takes our credentials or its own new token no more.
        """
        token = self._token()
        answer = self._once(token, method, path, key, json_body, query)
        if answer.status != 401:
            return answer
        answer = self._once(self._token(refused=token), method, path, key, json_body, query)
        if answer.status == 401:
            raise UnableToReach(f"{method} {path}: PayPal refuses the access token that it has just given")
        return answer

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _once(
        self,
        token: str,
        method: str,
        path: str,
        key: str | None,
        json_body: Mapping[str, Any] | None,
        query: Mapping[str, str] | None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {token}"}
        if method == "POST":
            # Without it PayPal answers with an id and a status only.
            headers["Prefer"] = "return=representation"
        if key is not None:
            headers["PayPal-Request-Id"] = key
        return self._transport.call(method, path, headers=headers, json_body=json_body, query=query)

    def _token(self, *, refused: str | None = None) -> str:
        # Everybody waits for the one who asks: eight threads need one token, not eight.
        with self._lock:
            if self._held is None or self._held == refused or self._clock() >= self._ends_at_s:
                self._held, self._ends_at_s = self._new_token()
            return self._held

    def _new_token(self) -> tuple[str, float]:
        asked_at_s = self._clock()
        answer = self._transport.post_form(
            "/v1/oauth2/token", {"grant_type": "client_credentials"}, headers={"Authorization": self._basic}
        )
        if not answer.is_success:
            # Nothing was done, and all will be well once the credentials are put right; a final no would
            # fail every refund and renewal that falls into the time until then.
            raise UnableToReach(
                f"PayPal gives no access token (it answered {answer.status}): are CLIENT_ID and CLIENT_SECRET right?"
            )
        token, lives_s = answer.body.get("access_token"), answer.body.get("expires_in")
        if not isinstance(token, str) or not isinstance(lives_s, int):
            raise UnableToReach("PayPal's answer to a wish for an access token has none in it")
        return token, asked_at_s + max(0, lives_s - SKEW_S)
