"""Sending the sandbox's webhooks from a thread, with a few repeats."""

import heapq
import logging
import threading
import time
from itertools import count
from typing import Self

import httpx

from gateways.sandbox.signature import HEADER, sign

log = logging.getLogger(__name__)

PAUSES_SECONDS = (0.5, 1, 2, 5, 10, 20, 30)
"""Before each repetition; polling the open payments recovers what is lost after that."""

TIMEOUT_SECONDS = 15


class WebhookSender:
    """
    Sends events to one address until each is answered with 200; one that waits lets others pass.

    Args:
        url: where to.
        secret: what they are signed with.
        pauses_seconds: before each repetition.
    """

    def __init__(self, url: str, secret: str, *, pauses_seconds: tuple[float, ...] = PAUSES_SECONDS) -> None:
        self._url = url
        self._secret = secret
        self._pauses_seconds = pauses_seconds
        self._numbers = count()
        self._waiting: list[tuple[float, int, int, str, bytes]] = []
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def __enter__(self) -> Self:
        """Begin to send."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; what still waits is not sent."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self._thread.join(TIMEOUT_SECONDS)

    def send(self, event_type: str, body: bytes) -> None:
        """Send an event later; this returns at once."""
        self._put(0, event_type, body, pause_seconds=0)

    def _put(self, repeats: int, event_type: str, body: bytes, *, pause_seconds: float) -> None:
        with self._changed:
            heapq.heappush(
                self._waiting, (time.monotonic() + pause_seconds, next(self._numbers), repeats, event_type, body)
            )
            self._changed.notify_all()

    def _run(self) -> None:
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            while (event := self._next()) is not None:
                repeats, event_type, body = event
                if self._is_accepted(client, event_type, body):
                    continue
                if repeats < len(self._pauses_seconds):
                    self._put(repeats + 1, event_type, body, pause_seconds=self._pauses_seconds[repeats])
                else:
                    log.warning("the sandbox's webhook %s is not sent any more: nobody accepted it", event_type)

    def _next(self) -> tuple[int, str, bytes] | None:
        """Wait for the next event that is due; None at the end."""
        with self._changed:
            while not self._is_ending:
                left_seconds = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left_seconds is not None and left_seconds <= 0:
                    return heapq.heappop(self._waiting)[2:]
                self._changed.wait(left_seconds)
            return None

    def _is_accepted(self, client: httpx.Client, event_type: str, body: bytes) -> bool:
        # Signed again each time, because a signature is valid for some minutes only.
        headers = {HEADER: sign(self._secret, body, at=int(time.time())), "content-type": "application/json"}
        try:
            status = client.post(self._url, content=body, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("the sandbox's webhook %s reached nobody: %s", event_type, type(error).__name__)
            return False
        if status != 200:
            log.info("the sandbox's webhook %s was answered with %d", event_type, status)
        return status == 200
