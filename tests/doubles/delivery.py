"""Delivering webhooks as gateways do: twice, late, out of order, or not at all."""

import queue
import random
import threading
import time
from dataclasses import dataclass, field

import httpx

from tests.doubles.plain_http import NO_TLS


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook, signed and ready."""

    event: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Manner:
    """
    How webhooks are delivered.

    `copies` of each are sent, after `delay_s`; of each `drop_share` (0 to 1) are lost; with `shuffles`
    those that wait together go out of order; `is_held` keeps them until it is false again.
    """

    copies: int = 1
    delay_s: float = 0.0
    drop_share: float = 0.0
    shuffles: bool = False
    is_held: bool = False


class Deliverer:
    """Posts webhooks to one address from a thread; what is not answered with 200 is sent again, a few times."""

    def __init__(self, url: str | None = None, *, tries: int = 5, pause_s: float = 0.2, seed: int = 1) -> None:
        self.url = url
        self.manner = Manner()
        self.sent: list[Webhook] = []
        self.answers: list[int] = []
        self._tries = tries
        self._pause_s = pause_s
        self._chance = random.Random(seed)
        self._waiting: queue.Queue[Webhook | None] = queue.Queue()
        self._open = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def send(self, webhook: Webhook) -> None:
        """Deliver a webhook, some time, in the manner that is set."""
        self.sent.append(webhook)
        if self.url is None or self._chance.random() < self.manner.drop_share:
            return
        with self._lock:
            self._open += self.manner.copies
        for _ in range(self.manner.copies):
            self._waiting.put(webhook)

    def again(self, number: int = -1) -> None:
        """Deliver a webhook once more that was sent before."""
        self.sent, webhook = self.sent[:], self.sent[number]
        with self._lock:
            self._open += 1
        self._waiting.put(webhook)

    @property
    def is_idle(self) -> bool:
        """Tell whether nothing waits to be delivered."""
        with self._lock:
            return self._open == 0

    def close(self) -> None:
        """End the thread; what waits is dropped."""
        self._waiting.put(None)
        self._thread.join(5)

    def _run(self) -> None:
        with httpx.Client(timeout=10, trust_env=False, verify=NO_TLS) as client:
            while True:
                webhook = self._waiting.get()
                if webhook is None:
                    return
                while self.manner.is_held:
                    time.sleep(0.01)
                together = [webhook]
                if self.manner.delay_s:
                    time.sleep(self.manner.delay_s)
                if self.manner.shuffles:
                    while not self._waiting.empty():
                        other = self._waiting.get()
                        if other is None:
                            return
                        together.append(other)
                    self._chance.shuffle(together)
                for one in together:
                    self._post(client, one)
                    with self._lock:
                        self._open -= 1

    def _post(self, client: httpx.Client, webhook: Webhook) -> None:
        for _ in range(self._tries):
            try:
                answer = client.post(self.url or "", content=webhook.body, headers=webhook.headers)
            except httpx.HTTPError:
                self.answers.append(0)
            else:
                self.answers.append(answer.status_code)
                if answer.status_code in (200, 400, 403, 413):
                    return
            time.sleep(self._pause_s)
