"""Changes of accounts, told by one process and heard by another."""

import socket
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from messages.errors import Unavailable
from store.account_changes import ChangeListener, announce_changes, open_listener
from store.engine import Engine, open_engine
from store.transaction import transaction
from tests.servers.databases import execute


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine of its own."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def waker() -> Iterator[socket.socket]:
    """What nobody wakes."""
    mine, other = socket.socketpair()
    with mine, other:
        yield mine


@pytest.fixture
def listener(engine: Engine) -> Iterator[ChangeListener]:
    """Somebody who listens."""
    with open_listener(engine) as opened:
        assert opened is not None
        yield opened


def announce(engine: Engine, *account_ids: str) -> None:
    """Announce changes and commit."""
    with transaction(engine) as session:
        announce_changes(session, account_ids)


def heard(listener: ChangeListener, waker: socket.socket) -> set[str]:
    """Everything that is heard until it is silent."""
    found: set[str] = set()
    while news := listener.wait(0.5, waker=waker):
        found |= news
    return found


class TestChanges:
    def test_are_heard_once_committed(self, engine: Engine, listener: ChangeListener, waker: socket.socket) -> None:
        with transaction(engine) as session:
            announce_changes(session, ["a", "b", "a"])
            assert listener.wait(0.1, waker=waker) == set()

        assert heard(listener, waker) == {"a", "b"}

    def test_of_many_accounts_with_long_ids_are_all_heard(
        self, engine: Engine, listener: ChangeListener, waker: socket.socket
    ) -> None:
        ids = [f"{number:04}" + '\N{CJK UNIFIED IDEOGRAPH-4E00}"\\' * 20 for number in range(500)]

        announce(engine, *ids)

        assert heard(listener, waker) == set(ids)

    def test_of_nobody_are_no_notification(
        self, engine: Engine, listener: ChangeListener, waker: socket.socket
    ) -> None:
        announce(engine)

        assert listener.wait(0.2, waker=waker) == set()

    @pytest.mark.parametrize("payload", ["", "no JSON", '{"a": 1}', "[1, null]"])
    def test_that_others_make_up_are_nothing(
        self, database_url: str, listener: ChangeListener, waker: socket.socket, payload: str
    ) -> None:
        execute(database_url, f"SELECT pg_notify('account_changed', '{payload}')")

        assert listener.wait(1, waker=waker) == set()

    def test_are_not_waited_for_when_the_waker_wakes(self, listener: ChangeListener) -> None:
        mine, other = socket.socketpair()
        with mine, other:
            other.send(b"!")

            assert listener.wait(60, waker=mine) == set()

    def test_are_not_heard_by_a_lost_connection(
        self, engine: Engine, listener: ChangeListener, waker: socket.socket
    ) -> None:
        with transaction(engine) as session:
            session.execute(text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"))

        with pytest.raises(Unavailable, match="cannot be heard"):
            # The server says goodbye first, and closes then.
            [listener.wait(1, waker=waker) for _ in range(10)]

    def test_cannot_be_listened_to_where_no_database_is(self) -> None:
        nobody = open_engine("postgresql://nobody@127.0.0.1:1/none")

        with pytest.raises(Unavailable, match="cannot be reached"), open_listener(nobody):
            pass

    def test_leave_the_connections_of_the_engine_to_others(self, database_url: str) -> None:
        engine = open_engine(database_url, pool_size=1)
        with open_listener(engine):
            announce(engine, "a")
        engine.dispose()
