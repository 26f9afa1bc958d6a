"""`GET /account/events`: balances as they change, resumed, ended with their token, and bounded."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import requests

from domain.access.scope import Scope, TokenKind
from relay.outbox import relay_batch
from store.engine import Engine
from tests.asgi.running import running
from tests.relay.answering import ConfirmingPublisher
from tests.web.live.event_source import EventSource
from tests.web.portal.browser import Clock
from tests.workers.events import DAY, NOW, grant, usage
from tests.workers.minutes.harness import MinutesHarness
from web.api.app import create_api
from web.live.live import MAX_OF_ACCOUNT
from workers.access.token import WantedToken, create_token, revoke_token
from workers.context import Context

SOON_S = 1.0
"""Far less than the polling takes, so whatever comes within it was heard."""


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of the API."""
    return Clock(NOW)


@pytest.fixture(scope="module")
def context(engine: Engine, clock: Clock) -> Context:
    """What the API runs with."""
    return Context(engine, clock=clock, stopping=threading.Event())


@pytest.fixture(scope="module")
def api(context: Context) -> Iterator[str]:
    """The address of an account."""
    with running(create_api(context)) as address:
        yield f"{address}/api/v1/account"
        context.stopping.set()


@pytest.fixture(scope="module")
def url(api: str) -> str:
    """The address of the stream."""
    return f"{api}/events"


@pytest.fixture
def harness(engine: Engine) -> MinutesHarness:
    """An account with ten minutes."""
    harness = MinutesHarness(engine)
    harness.apply(grant(harness.account, 600))
    return harness


def bearer(context: Context, harness: MinutesHarness) -> dict[str, str]:
    """The header of a new token of an account."""
    return {"Authorization": f"Bearer {create_token(context, WantedToken(TokenKind.USER, harness.account)).text}"}


def poll(api: str, headers: dict[str, str], *, after: str, seconds: int) -> tuple[dict[str, Any], float]:
    """Ask for the account, and return it with how many seconds that took."""
    began = time.monotonic()
    answer = requests.get(api, params={"after": after, "wait": str(seconds)}, headers=headers, timeout=30)
    assert answer.status_code == 200
    return answer.json(), time.monotonic() - began


def relay(engine: Engine) -> None:
    """Publish what waits, which wakes streams."""
    while relay_batch(engine, ConfirmingPublisher()):
        pass


class TestAStream:
    def test_begins_with_the_balance_and_goes_on_with_each_change(
        self, engine: Engine, context: Context, url: str, harness: MinutesHarness
    ) -> None:
        relay(engine)
        with EventSource(url, **bearer(context, harness)) as stream:
            first = stream.next()
            assert first is not None
            assert (first.name, first.data["available_seconds"]) == ("balance", 600)

            harness.apply(usage(harness.account, 30))
            relay(engine)

            second = stream.next(limit_s=SOON_S)
        assert second is not None
        assert (second.data["available_seconds"], second.data["sequence"]) == (570, first.data["sequence"] + 1)
        assert second.id == second.data["version"]

    def test_is_not_stored_and_not_buffered_by_proxies(
        self, context: Context, url: str, harness: MinutesHarness
    ) -> None:
        with EventSource(url, **bearer(context, harness)) as stream:
            headers = stream.answer.headers
        assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert (headers["Cache-Control"], headers["X-Accel-Buffering"]) == ("no-store", "no")

    def test_hears_nothing_of_another_account(
        self, engine: Engine, context: Context, url: str, harness: MinutesHarness
    ) -> None:
        other = MinutesHarness(engine)
        with EventSource(url, **bearer(context, harness)) as stream:
            stream.next()

            other.apply(grant(other.account, 60))
            relay(engine)

            assert not stream.has_next(within_s=SOON_S)

    def test_goes_on_after_the_last_event_that_was_read(
        self, engine: Engine, context: Context, url: str, harness: MinutesHarness
    ) -> None:
        headers = bearer(context, harness)
        with EventSource(url, **headers) as stream:
            read = stream.next()
        assert read is not None
        assert read.id is not None

        with EventSource(url, **headers, **{"Last-Event-ID": read.id}) as stream:
            assert not stream.has_next(within_s=SOON_S)
        harness.apply(usage(harness.account, 60))
        with EventSource(url, **headers, **{"Last-Event-ID": read.id}) as stream:
            missed = stream.next()

        assert missed is not None
        assert missed.data["available_seconds"] == 540

    def test_tells_that_a_package_ends_by_the_clock(
        self, context: Context, clock: Clock, url: str, harness: MinutesHarness
    ) -> None:
        harness.apply(grant(harness.account, 300, expires_at=NOW + DAY))
        with EventSource(url, **bearer(context, harness)) as stream:
            first = stream.next()
            assert first is not None
            assert first.data["next_expiry"] == {"at": (NOW + DAY).isoformat().replace("+00:00", "Z"), "seconds": 300}

            clock.at = NOW + DAY
            ended = stream.next(limit_s=2)
            clock.at = NOW

        assert ended is not None
        assert (ended.data["available_seconds"], ended.data["next_expiry"]) == (600, None)
        assert ended.data["sequence"] == first.data["sequence"]
        assert ended.id != first.id

    def test_ends_soon_after_its_token_is_revoked(self, context: Context, url: str, harness: MinutesHarness) -> None:
        issued = create_token(context, WantedToken(TokenKind.USER, harness.account))
        with EventSource(url, Authorization=f"Bearer {issued.text}") as stream:
            stream.next()

            revoke_token(context, issued.number)

            last = stream.next(limit_s=5)
            assert last is not None
            assert last.name == "ended"
            assert stream.next() is None

    def test_ends_with_a_token_whose_time_is_over(
        self, context: Context, clock: Clock, url: str, harness: MinutesHarness
    ) -> None:
        wanted = WantedToken(TokenKind.WIDGET, harness.account, (), timedelta(minutes=15))
        with EventSource(url, Authorization=f"Bearer {create_token(context, wanted).text}") as stream:
            stream.next()

            clock.at = NOW + timedelta(minutes=15)
            last = stream.next(limit_s=5)
            clock.at = NOW

        assert last is not None
        assert last.name == "ended"

    @pytest.mark.parametrize("scopes", [(Scope.MINUTES_SPEND,)])
    def test_is_refused_without_the_right_to_read(
        self, context: Context, url: str, harness: MinutesHarness, scopes: tuple[Scope, ...]
    ) -> None:
        token = create_token(context, WantedToken(TokenKind.USER, harness.account, scopes)).text

        assert requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5).status_code == 403
        assert requests.get(url, timeout=5).status_code == 401

    def test_is_one_of_five_at_the_most_and_leaves_its_place(
        self, context: Context, url: str, harness: MinutesHarness
    ) -> None:
        headers = bearer(context, harness)
        with ExitStack() as stack:
            streams = [stack.enter_context(EventSource(url, **headers)) for _ in range(MAX_OF_ACCOUNT)]
            for stream in streams:
                stream.next()

            refused = requests.get(url, headers=headers, timeout=5)

            assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
        with EventSource(url, **headers) as again:
            first = again.next()
        assert first is not None


class TestALongPoll:
    def test_answers_at_once_when_something_was_missed(
        self, context: Context, api: str, harness: MinutesHarness
    ) -> None:
        answer, took_s = poll(api, bearer(context, harness), after="0", seconds=20)

        assert (answer["available_seconds"], took_s < SOON_S) == (600, True)

    def test_answers_with_the_change_that_it_waits_for(
        self, engine: Engine, context: Context, api: str, harness: MinutesHarness
    ) -> None:
        headers = bearer(context, harness)
        now, _ = poll(api, headers, after="", seconds=0)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(poll, api, headers, after=str(now["sequence"]), seconds=20)
            assert wait([waiting], timeout=0.5).not_done

            harness.apply(usage(harness.account, 60))
            relay(engine)

            answer, _ = waiting.result(timeout=SOON_S)
        assert answer["available_seconds"] == 540

    def test_answers_the_same_when_nothing_changes(self, context: Context, api: str, harness: MinutesHarness) -> None:
        headers = bearer(context, harness)
        now, _ = poll(api, headers, after="", seconds=0)

        answer, took_s = poll(api, headers, after=str(now["sequence"]), seconds=1)

        assert (answer, 1 <= took_s < 5) == (now, True)

    def test_is_no_longer_than_a_proxy_waits(self, context: Context, api: str, harness: MinutesHarness) -> None:
        parameters = {"wait": "26", "after": "1"}

        answer = requests.get(api, params=parameters, headers=bearer(context, harness), timeout=5)

        assert answer.status_code == 422


class TestAnEnd:
    def test_of_the_process_is_told_to_streams_and_does_not_wait_for_them(
        self, engine: Engine, harness: MinutesHarness
    ) -> None:
        context = Context(engine, stopping=threading.Event())
        with running(create_api(context)) as address:
            stream = EventSource(f"{address}/api/v1/account/events", **bearer(context, harness))
            stream.next()

            context.stopping.set()

            last = stream.next(limit_s=2)
        assert last is not None
        assert last.name == "stopping"
        assert stream.next() is None
