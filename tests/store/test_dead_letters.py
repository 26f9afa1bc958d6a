"""Dead letters: nothing is lost, everything is counted, and only a person decides."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event

from domain.ids import message_key
from messages.queues import INGRESS, INTERNAL, SALES
from store.count import Count
from store.dead_letters import (
    DeadLetter,
    UnableToResolve,
    count_waiting,
    discard_dead_letter,
    find_dead_letters,
    get_dead_letter,
    replay_dead_letter,
    save_dead_letters,
)
from store.engine import Engine
from store.outbox import Outgoing, lock_oldest
from store.reading import reading
from store.tables import DeadLetterRow
from store.transaction import transaction

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def letter(body: bytes = b"nonsense", **more: Any) -> DeadLetter:
    """A letter that a worker could not read."""
    return DeadLetter(
        **{"via": "quarantined", "queue": "minute-usage", "code": "c", "reason": "r", "body": body} | more
    )


def save(engine: Engine, *letters: DeadLetter) -> list[DeadLetterRow]:
    """Set letters aside and return all that is there, the oldest first."""
    with transaction(engine) as session:
        save_dead_letters(session, letters)
    with reading(engine) as session:
        rows = [get_dead_letter(session, line.id) for line in find_dead_letters(session, state=None)]
        session.expunge_all()
    return rows[::-1]


def only_id(engine: Engine) -> int:
    """Set one letter aside and return its id."""
    [row] = save(engine, letter())
    assert row.id is not None
    return row.id


def replayed(engine: Engine, letter_id: int, *, exchange: str | None = None) -> None:
    """Replay in a transaction of one's own."""
    with transaction(engine) as session:
        replay_dead_letter(session, letter_id, by="somebody", now=NOW, exchange=exchange)


def discarded(engine: Engine, letter_id: int, reason: str = "a test") -> None:
    """Discard in a transaction of one's own."""
    with transaction(engine) as session:
        discard_dead_letter(session, letter_id, reason=reason, by="somebody", now=NOW)


def reread(engine: Engine, letter_id: int) -> DeadLetterRow:
    """The letter as it is kept."""
    with transaction(engine) as session:
        return get_dead_letter(session, letter_id)


class TestSetAside:
    @pytest.mark.parametrize("body", [b"", b"\0", b"a\0b", b"\xff\xfe\xc0", bytes(range(256)), "é😀".encode()])
    def test_keeps_every_byte(self, engine: Engine, body: bytes) -> None:
        [row] = save(engine, letter(body))

        assert row.body == body

    def test_the_same_bytes_again_are_counted(self, engine: Engine) -> None:
        save(engine, letter())

        [row] = save(engine, letter(code="later", reason="another"))

        assert (row.seen, row.code, row.reason) == (2, "c", "r")
        assert row.last_seen_at > row.first_seen_at

    def test_the_same_bytes_twice_at_once_are_counted(self, engine: Engine) -> None:
        [row] = save(engine, letter(), letter(), letter())

        assert row.seen == 3

    def test_the_same_bytes_of_another_queue_are_another_letter(self, engine: Engine) -> None:
        rows = save(engine, letter(), letter(queue="due"))

        assert [row.seen for row in rows] == [1, 1]

    def test_the_same_bytes_through_another_exchange_are_another_letter(self, engine: Engine) -> None:
        rows = save(engine, letter(exchange=INGRESS), letter(exchange=SALES), letter(exchange=SALES))

        assert sorted((row.exchange, row.seen) for row in rows) == [(INGRESS, 1), (SALES, 2)]

    def test_the_same_bytes_after_a_decision_wait_again(self, engine: Engine) -> None:
        discarded(engine, only_id(engine))

        rows = save(engine, letter())

        assert [(row.state, row.seen) for row in rows] == [("discarded", 1), ("waiting", 1)]

    def test_nul_in_what_is_shown_is_replaced(self, engine: Engine) -> None:
        headers = {"x": "a\0b", "deep": [{"y\0": "\0"}]}

        [row] = save(engine, letter(reason="a\0b", source="s\0", event_id="\0", headers=headers))

        assert (row.reason, row.source, row.event_id) == ("a\ufffdb", "s\ufffd", "\ufffd")
        assert row.headers == {"x": "a\ufffdb", "deep": [{"y\ufffd": "\ufffd"}]}

    def test_headers_that_json_does_not_know_are_shown_as_text(self, engine: Engine) -> None:
        [row] = save(engine, letter(headers={"bytes": b"\xff", "moment": NOW, "number": 2**40, "nothing": None}))

        assert row.headers == {
            "bytes": "b'\\xff'",
            "moment": "2026-11-23T12:00:00+00:00",
            "number": 2**40,
            "nothing": None,
        }

    def test_the_same_letters_in_opposite_order_wait_in_no_circle(self, engine: Engine) -> None:
        letters = [letter(str(number).encode()) for number in range(200)]
        start = Barrier(2)

        def keep_them(order: list[DeadLetter]) -> None:
            start.wait(timeout=5)
            with transaction(engine) as session:
                save_dead_letters(session, order)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(keep_them, (letters, letters[::-1])))

        with reading(engine) as session:
            assert {row.seen for row in find_dead_letters(session, limit=1_000)} == {2}
            assert count_waiting(session) == Count(200)


class TestFind:
    def test_shows_what_waits_the_newest_first(self, engine: Engine) -> None:
        # One by one: letters that are set aside together are numbered in the order of their locks.
        save(engine, letter(b"1"))
        save(engine, letter(b"2"))
        save(engine, letter(b"3"))
        rows = save(engine, letter(b"4", queue="due"))
        discarded(engine, rows[1].id or 0)

        with reading(engine) as session:
            ids = [row.id for row in rows]
            assert [row.id for row in find_dead_letters(session)] == [ids[3], ids[2], ids[0]]
            assert [row.id for row in find_dead_letters(session, limit=1)] == [ids[3]]
            assert [row.id for row in find_dead_letters(session, queue="due")] == [ids[3]]
            assert [row.id for row in find_dead_letters(session, state="discarded")] == [ids[1]]
            assert len(find_dead_letters(session, state=None)) == 4
            assert count_waiting(session) == Count(3)

    def test_goes_on_before_the_last_of_a_page(self, engine: Engine) -> None:
        for body in (b"1", b"2", b"3"):
            save(engine, letter(body))

        with reading(engine) as session:
            page = find_dead_letters(session, limit=2)
            rest = find_dead_letters(session, limit=2, before=page[-1].id)

        assert len(page) == 2
        assert [line.id for line in rest] == [page[-1].id - 1]

    def test_a_list_reads_no_bodies(self, engine: Engine) -> None:
        save(engine, letter(b"x" * 1_000_000))
        statements: list[str] = []
        event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

        with reading(engine) as session:
            [line] = find_dead_letters(session)

        assert line.code == "c"
        assert [statement for statement in statements if "dead_letter.body" in statement or "*" in statement] == []

    def test_an_unknown_letter_is_said_to_be_unknown(self, engine: Engine) -> None:
        with pytest.raises(UnableToResolve, match="no dead letter 4711"), transaction(engine) as session:
            get_dead_letter(session, 4711)


class TestReplay:
    def test_sends_the_bytes_to_the_queue_they_came_from(self, engine: Engine) -> None:
        [row] = save(engine, letter(b"\xff\0", queue="due"))

        replayed(engine, row.id or 0)

        with transaction(engine) as session:
            [sent] = lock_oldest(session)
        assert sent.message == Outgoing(INTERNAL, "due", f"dead-letter-{row.id}", b"\xff\0")

    def test_is_noted(self, engine: Engine) -> None:
        letter_id = only_id(engine)

        replayed(engine, letter_id)

        row = reread(engine, letter_id)
        assert (row.state, row.resolved_by, row.resolved_at) == ("replayed", "somebody", NOW)

    def test_keeps_the_key_and_the_trace_of_what_it_published(self, engine: Engine) -> None:
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        [row] = save(engine, letter(source="screph", event_id="u", traceparent=trace))

        replayed(engine, row.id or 0)

        with transaction(engine) as session:
            [line] = find_dead_letters(session, state="replayed")
            [sent] = lock_oldest(session)
        assert UUID(str(line.replayed_key)).bytes == message_key("screph", "u")
        assert (line.traceparent, sent.message.traceparent) == (trace, trace)

    def test_of_bytes_without_a_key_keeps_none(self, engine: Engine) -> None:
        letter_id = only_id(engine)

        replayed(engine, letter_id)

        assert reread(engine, letter_id).replayed_key is None

    def test_twice_sends_twice(self, engine: Engine) -> None:
        letter_id = only_id(engine)

        replayed(engine, letter_id)
        replayed(engine, letter_id)

        with transaction(engine) as session:
            assert [each.message.message_id for each in lock_oldest(session)] == [f"dead-letter-{letter_id}"] * 2

    def test_of_a_discarded_letter_is_refused_and_sends_nothing(self, engine: Engine) -> None:
        letter_id = only_id(engine)
        discarded(engine, letter_id, "a duplicate")

        with pytest.raises(UnableToResolve, match=r"discarded by somebody \(a duplicate\)"):
            replayed(engine, letter_id)

        with transaction(engine) as session:
            assert lock_oldest(session) == []

    def test_of_an_unknown_letter_is_refused(self, engine: Engine) -> None:
        with pytest.raises(UnableToResolve, match="no dead letter 4711"):
            replayed(engine, 4711)

    def test_although_the_same_bytes_wait_again(self, engine: Engine) -> None:
        letter_id = only_id(engine)
        replayed(engine, letter_id)
        save(engine, letter())

        replayed(engine, letter_id)

        assert [row.state for row in save(engine)] == ["replayed", "waiting"]


class TestTheExchangeOfAReplay:
    @pytest.mark.parametrize(("came_through", "sent_through"), [(INGRESS, INGRESS), (SALES, SALES), ("", INGRESS)])
    def test_is_the_one_it_came_through_or_the_one_that_may_do_least(
        self, engine: Engine, came_through: str, sent_through: str
    ) -> None:
        [row] = save(engine, letter(exchange=came_through))

        replayed(engine, row.id or 0)

        with transaction(engine) as session:
            [sent] = lock_oldest(session)
        assert sent.message.exchange == sent_through

    @pytest.mark.parametrize("came_through", [SALES, "no.such.exchange"])
    def test_of_what_the_broker_dead_lettered_is_named_by_a_person(self, engine: Engine, came_through: str) -> None:
        [row] = save(engine, letter(via="dead_lettered", exchange=came_through))

        with pytest.raises(UnableToResolve, match="which a producer can forge; look at it, and say --exchange"):
            replayed(engine, row.id or 0)
        replayed(engine, row.id or 0, exchange=SALES)

        with transaction(engine) as session:
            [sent] = lock_oldest(session)
        assert sent.message.exchange == SALES

    @pytest.mark.parametrize("came_through", [INGRESS, ""])
    def test_of_what_the_broker_dead_lettered_is_the_one_that_may_do_least(
        self, engine: Engine, came_through: str
    ) -> None:
        [row] = save(engine, letter(via="dead_lettered", exchange=came_through))

        replayed(engine, row.id or 0)

        with transaction(engine) as session:
            [sent] = lock_oldest(session)
        assert sent.message.exchange == INGRESS

    def test_must_feed_the_queue(self, engine: Engine) -> None:
        [row] = save(engine, letter())

        with pytest.raises(UnableToResolve, match=r"queue minute-usage is fed by screph and screph.sales, not by x$"):
            replayed(engine, row.id or 0, exchange="x")

    def test_that_is_forged_is_stored_all_the_same(self, engine: Engine) -> None:
        [row] = save(engine, letter(via="dead_lettered", exchange="a\0b" + "x" * 300, code="c\0d"))

        assert (row.exchange[:3], len(row.exchange), row.code[:1]) == ("a\ufffdb"[:3], 255, "c")


class TestDiscard:
    def test_is_noted_and_keeps_the_bytes(self, engine: Engine) -> None:
        letter_id = only_id(engine)

        discarded(engine, letter_id, "sent by mistake")

        row = reread(engine, letter_id)
        assert (row.state, row.resolution, row.body) == ("discarded", "sent by mistake", b"nonsense")

    @pytest.mark.parametrize("reason", ["", " ", "\n\t"])
    def test_without_a_reason_is_refused(self, engine: Engine, reason: str) -> None:
        letter_id = only_id(engine)

        with pytest.raises(UnableToResolve, match="wants a reason"):
            discarded(engine, letter_id, reason)

        assert reread(engine, letter_id).state == "waiting"

    def test_of_what_was_decided_about_is_refused(self, engine: Engine) -> None:
        letter_id = only_id(engine)
        replayed(engine, letter_id)

        with pytest.raises(UnableToResolve, match="is replayed already"):
            discarded(engine, letter_id)

        assert reread(engine, letter_id).state == "replayed"

    def test_and_replay_at_once_let_one_of_them_win(self, engine: Engine) -> None:
        letter_id = only_id(engine)
        start = Barrier(2)

        def decide(how: Any) -> str:
            start.wait(timeout=5)
            try:
                how(engine, letter_id)
            except UnableToResolve:
                return "refused"
            return str(how.__name__)

        with ThreadPoolExecutor(2) as threads:
            outcomes = set(threads.map(decide, (replayed, discarded)))

        assert outcomes == {"refused", reread(engine, letter_id).state}
