"""The outbox: what is put is sent by one relay, whole and in order, and stays until it is removed."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest
from sqlalchemy import text

from store.count import Count
from store.engine import Engine
from store.minutes.save import save
from store.outbox import Outgoing, backlog, lock_oldest, put_outgoing, remove_outgoing
from store.reading import reading
from store.transaction import transaction


def message(number: int, *, body: bytes = b"{}") -> Outgoing:
    """A message with its number as id."""
    return Outgoing("screph.facts", "screph.balance.changed.v1", f"fact-{number}", body)


class Ready(list[Outgoing]):
    """Messages that stand for the facts of a transaction."""

    at = datetime(2026, 11, 23, tzinfo=UTC)


def fill(engine: Engine, count: int) -> None:
    """Put messages, numbered from 0."""
    with transaction(engine) as session:
        for number in range(count):
            put_outgoing(session, message(number))


def waiting(engine: Engine) -> list[str]:
    """The ids of what waits, in order."""
    with reading(engine) as session:
        return list(session.execute(text("SELECT message_id FROM outbox ORDER BY id")).scalars())


class TestPut:
    @pytest.mark.parametrize("body", [b"", b"\0", bytes(range(256)), b"\xff\xfe", "é😀".encode(), b"x" * 1_000_000])
    def test_keeps_every_byte(self, engine: Engine, body: bytes) -> None:
        with transaction(engine) as session:
            put_outgoing(session, message(1, body=body))

        with transaction(engine) as session:
            [taken] = lock_oldest(session)

        assert taken.message == message(1, body=body)

    def test_is_undone_with_its_transaction(self, engine: Engine) -> None:
        with pytest.raises(ZeroDivisionError), transaction(engine) as session:
            put_outgoing(session, message(1))
            raise ZeroDivisionError

        assert waiting(engine) == []

    def test_facts_are_put_byte_by_byte_and_in_order(self, engine: Engine) -> None:
        texts = ["plain", "é😀", "a \\u0000 in disguise", ":id %s 'quoted'", "line\nbreak\u2028"]
        facts = [message(number, body=orjson.dumps({"text": each})) for number, each in enumerate(texts)]

        with transaction(engine) as session:
            save(session, (), Ready(facts))

        with transaction(engine) as session:
            assert [each.message for each in lock_oldest(session)] == facts


class TestTake:
    def test_the_oldest_come_first_and_not_more_than_asked_for(self, engine: Engine) -> None:
        fill(engine, 5)

        with transaction(engine) as session:
            taken = lock_oldest(session, limit=3)

        assert [each.message.message_id for each in taken] == ["fact-0", "fact-1", "fact-2"]

    def test_of_nothing_is_nothing(self, engine: Engine) -> None:
        with transaction(engine) as session:
            assert lock_oldest(session) == []

    def test_two_relays_never_take_the_same_and_never_wait(self, engine: Engine) -> None:
        fill(engine, 5)

        with transaction(engine) as one, transaction(engine) as two, transaction(engine) as three:
            first = [each.message.message_id for each in lock_oldest(one, limit=2)]
            second = [each.message.message_id for each in lock_oldest(two, limit=10)]
            third = lock_oldest(three)

        assert first == ["fact-0", "fact-1"]
        assert second == ["fact-2", "fact-3", "fact-4"]
        assert third == []

    def test_what_a_relay_dropped_is_there_for_the_next(self, engine: Engine) -> None:
        fill(engine, 2)
        with pytest.raises(ZeroDivisionError), transaction(engine) as session:
            remove_outgoing(session, [each.id for each in lock_oldest(session)])
            raise ZeroDivisionError

        with transaction(engine) as session:
            assert len(lock_oldest(session)) == 2

    def test_what_is_not_committed_yet_is_not_taken(self, engine: Engine) -> None:
        with transaction(engine) as writing:
            put_outgoing(writing, message(1))
            writing.flush()

            with transaction(engine) as session:
                assert lock_oldest(session) == []

        assert waiting(engine) == ["fact-1"]


class TestRemove:
    def test_removes_exactly_what_was_confirmed(self, engine: Engine) -> None:
        fill(engine, 4)

        with transaction(engine) as session:
            taken = lock_oldest(session)
            remove_outgoing(session, (taken[0].id, taken[2].id))

        assert waiting(engine) == ["fact-1", "fact-3"]

    def test_of_nothing_removes_nothing(self, engine: Engine) -> None:
        fill(engine, 1)

        with transaction(engine) as session:
            remove_outgoing(session, [])

        assert waiting(engine) == ["fact-0"]


class TestBacklog:
    def test_of_an_empty_outbox(self, engine: Engine) -> None:
        with reading(engine) as session:
            assert backlog(session) == (Count(0), None)

    def test_counts_and_names_the_oldest(self, engine: Engine) -> None:
        fill(engine, 3)
        old = datetime(2026, 1, 1, tzinfo=UTC)
        with transaction(engine) as session:
            for number in range(3):
                session.execute(
                    text("UPDATE outbox SET created_at = :at WHERE message_id = :id"),
                    {"at": old + timedelta(days=number), "id": f"fact-{2 - number}"},
                )

        with reading(engine) as session:
            assert backlog(session) == (Count(3), old)

    def test_counts_what_a_relay_holds_as_well(self, engine: Engine) -> None:
        fill(engine, 2)

        with transaction(engine) as relaying, reading(engine) as session:
            lock_oldest(relaying)

            assert backlog(session)[0] == Count(2)
