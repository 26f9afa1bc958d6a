"""Slow statements are logged by their text, and no value of theirs is."""

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from messages.errors import Unavailable
from store.engine import Engine, open_engine
from store.reading import reading

SECRET = "anna@example.org"


@pytest.fixture
def watched(database_url: str) -> Iterator[Engine]:
    """An engine that logs what takes longer than 50 ms, and cuts off what takes longer than 400."""
    engine = open_engine(database_url, statement_timeout_ms=400, slow_statement_ms=50)
    yield engine
    engine.dispose()


def sleep(engine: Engine, seconds: float) -> None:
    """Run a statement that takes so long, and that has a value."""
    with reading(engine) as session:
        session.execute(text("SELECT pg_sleep(:seconds)\n  WHERE :mail <> ''"), {"seconds": seconds, "mail": SECRET})


class TestSlowStatements:
    def test_are_logged_with_their_time_and_without_values(
        self, watched: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.WARNING, "store.slow"):
            sleep(watched, 0.06)

        [record] = caplog.records
        assert record.getMessage().startswith("a statement took ")
        assert record.getMessage().endswith("ms: SELECT pg_sleep(%(seconds)s) WHERE %(mail)s <> ''")
        assert SECRET not in caplog.text

    def test_are_logged_when_they_were_cut_off(self, watched: Engine, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "store.slow"), pytest.raises(Unavailable):
            sleep(watched, 5)

        [record] = caplog.records
        assert record.getMessage().startswith("a statement failed after ")
        assert SECRET not in caplog.text

    def test_quick_ones_are_not_logged(self, watched: Engine, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "store.slow"):
            sleep(watched, 0)

        assert caplog.records == []

    def test_long_ones_are_cut(self, watched: Engine, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "store.slow"), reading(watched) as session:
            session.execute(text(f"SELECT pg_sleep(0.06) WHERE 0 IN ({', '.join(['0'] * 1_000)})"))

        [record] = caplog.records
        assert len(record.getMessage()) < 600

    def test_are_not_looked_for_unless_it_is_asked(self, database_url: str, caplog: pytest.LogCaptureFixture) -> None:
        engine = open_engine(database_url)

        with caplog.at_level(logging.WARNING, "store.slow"):
            sleep(engine, 0.06)
        engine.dispose()

        assert caplog.records == []
