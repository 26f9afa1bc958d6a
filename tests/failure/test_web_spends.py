"""`spend_minutes/` whose process is killed amid calls: whoever asks again by the same key has spent once."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

import requests

from domain.access.scope import Scope, TokenKind
from tests.journeys.billing import Billing
from tests.servers.free_ports import ReservedPort
from tests.servers.waiting import wait_until
from tests.web.api.screph.client import ShippedClient
from tests.workers.events import NOW, grant
from tests.workers.minutes.harness import MinutesHarness, audited
from workers.access.token import WantedToken, create_token
from workers.context import Context

CALLERS = 8
KILLS = 3
ANSWERED_BEFORE_A_KILL = 40


class Caller(threading.Thread):
    """A program that spends a minute after the other, each by a key of its own, until it has its answer."""

    def __init__(self, client: ShippedClient, is_over: threading.Event) -> None:
        super().__init__()
        self.client = client
        self.is_over = is_over
        self.answered: list[int] = []
        self.cut = 0

    def run(self) -> None:
        for number in count():
            if self.is_over.is_set():
                return
            while (left := self._left(f"key-{number}")) is None:
                self.cut += 1
                self.is_over.wait(0.05)
            self.answered.append(left)

    def _left(self, key: str) -> int | None:
        try:
            answer = self.client.post({"minutes_to_spend": 1}, Idempotency_Key=key)
        except requests.RequestException:
            # Cut off, or not answered in time: both leave open whether it was spent.
            return None
        return answer.json()["total_minutes_remaining"] if answer.status_code == 200 else None


@contextmanager
def served(settings: dict[str, str], url: str) -> Iterator[None]:
    """The API as a process of its own, until it is killed."""
    with Billing(settings).started("web", "--apps", "api"):
        wait_until(lambda: _answers(url), "the API answers", limit_s=60)
        yield


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def test_kills_amid_calls_spend_each_key_once(database_url: str) -> None:
    reserved, is_over = ReservedPort(), threading.Event()
    url = f"http://127.0.0.1:{reserved.number}"
    settings = {"DATABASE_URL": database_url, "WEB_API_PORT": str(reserved.number), "LOG_LEVEL": "ERROR"}
    with audited(database_url) as engine:
        harnesses = [MinutesHarness(engine) for _ in range(CALLERS)]
        for harness in harnesses:
            harness.apply(grant(harness.account, 60_000, activated_at=NOW))
        scopes = (Scope.ACCOUNT_READ, Scope.MINUTES_SPEND)
        tokens = [create_token(Context(engine), WantedToken(TokenKind.USER, one.account, scopes)) for one in harnesses]
        callers = [Caller(ShippedClient(url, token.text), is_over) for token in tokens]
        try:
            for kill in range(KILLS):
                with served(settings, url):
                    if kill == 0:
                        for caller in callers:
                            caller.start()
                    reached = sum(len(caller.answered) for caller in callers) + ANSWERED_BEFORE_A_KILL
                    wait_until(
                        lambda reached=reached: sum(len(caller.answered) for caller in callers) >= reached,
                        "calls are under way",
                        limit_s=60,
                    )
            with served(settings, url):
                is_over.set()
                for caller in callers:
                    caller.join(60)
        finally:
            is_over.set()
            reserved.release()

        assert [caller for caller in callers if caller.is_alive()] == []
        # Every minute was spent once: each answer shows one less than the one before, however often it was asked for.
        assert [caller.answered for caller in callers] == [
            list(range(999, 999 - len(caller.answered), -1)) for caller in callers
        ]
        assert sum(caller.cut for caller in callers) >= KILLS
        left = [harness.balance().available_seconds // 60 for harness in harnesses]
        assert left == [1_000 - len(caller.answered) for caller in callers]
