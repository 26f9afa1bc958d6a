"""Figures for Prometheus: what they say, and that no query reads a large table."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from store.dead_letters import DeadLetter, save_dead_letters
from store.engine import Engine
from store.outbox import Outgoing, put_outgoing
from store.reading import reading
from store.statistics.read.health import Health, read_health
from store.transaction import transaction
from tests.workers.events import grant
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.statistics.count import count_statistics

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def health(engine: Engine) -> Health:
    """The figures, with one job in the timetable."""
    with reading(engine) as session:
        return read_health(session, ["expiry-sweep"], now=NOW)


def letters(*codes: str, queue: str = "webhook") -> list[DeadLetter]:
    """A dead letter of each code."""
    return [DeadLetter("quarantined", queue, code, "why", code.encode()) for code in codes]


class TestReadHealth:
    def test_of_nothing_is_nothing(self, engine: Engine) -> None:
        found = health(engine)

        assert (found.outbox_waiting, found.outbox_oldest, found.outbox_refused) == (0, None, 0)
        assert (found.dead_letters, found.open, found.differences) == ({}, (), {})
        assert set(found.oldest_due.values()) == {None}
        assert set(found.review_items.values()) == {0}

    def test_counts_dead_letters_by_queue_and_code(self, engine: Engine) -> None:
        with transaction(engine) as session:
            save_dead_letters(session, letters("Malformed"))
            save_dead_letters(session, letters("Malformed", queue="purchase"))
            save_dead_letters(session, [DeadLetter("quarantined", "webhook", "Malformed", "why", b"other")])

        assert health(engine).dead_letters == {("webhook", "Malformed"): 2, ("purchase", "Malformed"): 1}

    def test_bounds_how_many_time_series_codes_can_make(self, engine: Engine) -> None:
        with transaction(engine) as session:
            save_dead_letters(session, letters(*(f"code-{number}" for number in range(150))))

        found = health(engine).dead_letters

        assert len(found) == 101
        assert found["other", "other"] == 50

    def test_says_since_when_the_outbox_waits(self, engine: Engine) -> None:
        with transaction(engine) as session:
            put_outgoing(session, Outgoing("screph.facts", "a", "m-1", b"{}"))
            session.execute(text("UPDATE outbox SET created_at = :at"), {"at": NOW - timedelta(minutes=3)})

        found = health(engine)

        assert (found.outbox_waiting, found.outbox_oldest) == (1, NOW - timedelta(minutes=3))

    def test_says_what_of_notices_is_due_and_leaves_out_what_is_not_yet(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(text("INSERT INTO account (id) VALUES ('anna')"))
            for minutes in (-5, -2, 60):
                session.execute(
                    text("""
                        INSERT INTO notice (account, kind, subject, content, owed_at, due_at)
                        SELECT number, 'low_balance', :subject, '{}', :at, :at FROM account
                    """),
                    {"subject": f"s{minutes}", "at": NOW + timedelta(minutes=minutes)},
                )

        assert health(engine).oldest_due["send-notices"] == NOW - timedelta(minutes=5)

    def test_says_since_when_lines_wait_that_nobody_ever_counted(self, engine: Engine) -> None:
        MinutesHarness(engine).apply(grant("anna", 600))
        with transaction(engine) as session:
            [booked_at] = session.execute(text("SELECT min(booked_at) FROM entry")).one()

        never = health(engine).counted_until
        count_statistics(Context(engine, clock=lambda: booked_at + timedelta(days=2)))

        assert never == booked_at
        assert health(engine).counted_until > booked_at + timedelta(days=1)

    def test_adds_up_differences_by_gateway_and_currency(self, engine: Engine) -> None:
        with transaction(engine) as session:
            for day, ours, theirs in ((1, 100, 90), (2, 100, 130), (3, 50, 50)):
                session.execute(
                    text("""
                        INSERT INTO gateway_sum (day, gateway, currency, ours_captured_minor, theirs_captured_minor,
                                                 ours_refunded_minor, theirs_refunded_minor)
                        VALUES (:day, 'stripe', 'EUR', :ours, :theirs, 0, 0)
                    """),
                    {"day": NOW - timedelta(days=day), "ours": ours, "theirs": theirs},
                )

        # One too little and one too much do not even out.
        assert health(engine).differences == {("stripe", "EUR"): 40}
