"""Counts of messages: exact in a small store, and by estimate, said to be so, in a large one."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from store.count import Count, count_up_to
from store.engine import Engine
from store.outbox import backlog
from store.read import message_counts
from store.reading import reading
from store.tables import OutboxRow
from store.transaction import transaction
from tests.store.minutes.history import book, grant, reversal, spend, usage


class TestMessageCounts:
    def test_of_an_empty_store_are_nothing(self, engine: Engine) -> None:
        with reading(engine) as session:
            counts = message_counts(session)

        assert (counts.applied, counts.refused, counts.reversed, counts.dead_lettered) == (Count(0),) * 4

    def test_of_a_small_store_are_exact(self, engine: Engine) -> None:
        book(engine, grant("a", 100, event_id="g"), usage("a", 10, event_id="u"), spend("a", 1_000, event_id="s"))
        book(engine, reversal("a", "u", event_id="r"))

        with reading(engine) as session:
            counts = message_counts(session)

        assert (counts.applied, counts.refused, counts.reversed) == (Count(3), Count(1), Count(1))

    def test_of_a_large_store_are_about_right(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(
                text("""
                    INSERT INTO inbox (key, content_hash, account, type, source, event_id, outcome)
                    SELECT gen_random_uuid(), gen_random_uuid(), 0, 'screph.spend.requested.v1', 's', number::text,
                           CASE WHEN number % 4 = 0 THEN 'refused' ELSE 'applied' END::message_outcome
                    FROM generate_series(1, 20000) AS number
                """)
            )
            session.execute(text("ANALYZE inbox"))

        with reading(engine) as session:
            counts = message_counts(session)

        assert (counts.applied.is_about, counts.refused.is_about) == (True, True)
        assert counts.applied.value == pytest.approx(15_000, rel=0.1)
        assert counts.refused.value == pytest.approx(5_000, rel=0.1)


class TestBacklog:
    def test_of_many_is_said_to_be_about_right(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(
                text("""
                    INSERT INTO outbox (exchange, routing_key, message_id, body)
                    SELECT 'x', 'x', number, '' FROM generate_series(1, 12000) AS number
                """)
            )

        with reading(engine) as session:
            count, _ = backlog(session)
            found = count_up_to(session, select(OutboxRow.id))

        assert count == Count(12_000, is_about=True)
        assert str(count) == "about 12,000"
        assert found.is_about
