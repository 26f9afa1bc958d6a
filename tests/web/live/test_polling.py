"""Streams whose process cannot listen: behind a pooler, after a lost connection, and while the database is away."""

import threading
from collections.abc import Iterator

import pytest

from domain.access.scope import TokenKind
from store.engine import Engine, open_engine
from store.migrate import migrate
from tests.asgi.running import running
from tests.servers.databases import execute
from tests.servers.pgbouncer import pgbouncer_before
from tests.servers.postgres import PrivatePostgres
from tests.web.live.event_source import EventSource
from tests.workers.events import grant, usage
from tests.workers.minutes.harness import MinutesHarness
from web.api.app import create_api
from web.live.reader import POLL_SECONDS
from workers.access.token import WantedToken, create_token
from workers.context import Context

SOON_S = 3 * POLL_SECONDS


@pytest.fixture(scope="module")
def postgres() -> Iterator[PrivatePostgres]:
    """A server that may be stopped."""
    with PrivatePostgres() as server:
        yield server


def open_stream(url: str, engine: Engine, account: str) -> EventSource:
    """Open the stream of an account."""
    token = create_token(Context(engine), WantedToken(TokenKind.USER, account)).text
    return EventSource(f"{url}/api/v1/account/events", Authorization=f"Bearer {token}")


def seconds_left(stream: EventSource, *, limit_s: float) -> int:
    """The balance that the next event tells."""
    event = stream.next(limit_s=limit_s)
    assert event is not None
    return int(event.data["available_seconds"])


def test_a_change_is_polled_behind_a_pooler_that_delivers_no_notification(postgres: PrivatePostgres) -> None:
    with pgbouncer_before(postgres.new_database("pooled_streams")) as address:
        migrate(address)
        engine = open_engine(address)
        harness, context = MinutesHarness(engine), Context(engine, stopping=threading.Event())
        harness.apply(grant(harness.account, 600))
        with running(create_api(context)) as url, open_stream(url, engine, harness.account) as stream:
            assert seconds_left(stream, limit_s=SOON_S) == 600

            harness.apply(usage(harness.account, 60))

            assert seconds_left(stream, limit_s=SOON_S) == 540
            context.stopping.set()
        engine.dispose()


def test_a_change_is_read_although_the_listening_connection_was_lost(postgres: PrivatePostgres) -> None:
    address = postgres.new_database("lost_listener")
    migrate(address)
    engine = open_engine(address)
    harness, context = MinutesHarness(engine), Context(engine, stopping=threading.Event())
    harness.apply(grant(harness.account, 600))
    with running(create_api(context)) as url, open_stream(url, engine, harness.account) as stream:
        assert seconds_left(stream, limit_s=SOON_S) == 600

        execute(address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")
        harness.apply(usage(harness.account, 60))

        assert seconds_left(stream, limit_s=SOON_S) == 540
        context.stopping.set()
    engine.dispose()


def test_a_stream_outlives_a_restart_of_the_database(postgres: PrivatePostgres) -> None:
    address = postgres.new_database("restarted_streams")
    migrate(address)
    engine = open_engine(address)
    harness, context = MinutesHarness(engine), Context(engine, stopping=threading.Event())
    harness.apply(grant(harness.account, 600))
    with running(create_api(context)) as url, open_stream(url, engine, harness.account) as stream:
        assert seconds_left(stream, limit_s=SOON_S) == 600

        postgres.stop_immediate()
        assert not stream.has_next(within_s=POLL_SECONDS)
        postgres.start()
        context.transact(lambda session: None)
        harness.apply(usage(harness.account, 60))

        assert seconds_left(stream, limit_s=30) == 540
        context.stopping.set()
    engine.dispose()
