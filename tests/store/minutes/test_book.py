"""Books: what is loaded, what is locked, and that what was decided is what is kept."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

from sqlalchemy import text

from domain.ids import package_id_of_message
from domain.minutes.book import Book
from domain.minutes.entry import Entry, EntryKind
from domain.minutes.package import Package, PackageKind
from messages.access.requests import AccountRegistered
from messages.minutes.facts import BalanceChanged
from store.engine import Engine
from store.inbox import Answer, Arrival, Key
from store.minutes.book import add_packages, open_books
from store.minutes.save import Message, Usage, save
from store.minutes.usage import find_usage, mark_reversed
from store.outbox import lock_oldest
from store.reading import reading
from store.transaction import transaction
from tests.store.blocking import wait_until_blocked
from tests.store.minutes.history import DAY, HOUR, NOW, book, grant, usage
from tests.workers.events import registered
from workers.facts import Facts

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
PACKAGE_ID = "00000000-0000-0000-0000-000000000001"
PACKAGE = Package(PACKAGE_ID, "a", PackageKind.PROMO, 10, NOW - DAY, NOW + DAY)


def opened_books(engine: Engine, *account_ids: str) -> dict[str, Book]:
    """Open books in a transaction of one's own."""
    with transaction(engine) as session:
        return open_books(session, account_ids)


class TestOpenBooks:
    def test_an_unknown_account_is_opened(self, engine: Engine) -> None:
        books = opened_books(engine, "b", "a", "b")

        assert books == {key: Book(key, each.account_number) for key, each in books.items()}
        assert set(books) == {"a", "b"}
        assert len({each.account_number for each in books.values()}) == 2
        with reading(engine) as session:
            assert list(session.execute(text("SELECT id FROM account ORDER BY id")).scalars()) == ["a", "b"]

    def test_of_nobody_are_none(self, engine: Engine) -> None:
        assert opened_books(engine) == {}

    def test_only_packages_with_something_left_are_loaded(self, engine: Engine) -> None:
        book(
            engine,
            grant("a", 60, event_id="empty"),
            usage("a", 60, event_id="u"),
            grant("a", 100, event_id="full"),
            grant("a", 100, event_id="ended", expires_at=NOW - DAY),
            grant("a", 100, event_id="later", activated_at=NOW + DAY),
            grant("b", 100, event_id="of b"),
        )

        [found] = opened_books(engine, "a").values()

        expected = {package_id_of_message("screph", event_id) for event_id in ("full", "ended", "later")}
        assert set(found.packages) == expected
        assert {package.left_seconds for package in found.packages.values()} == {100}

    def test_debts_are_in_the_order_of_booking(self, engine: Engine) -> None:
        # The third has happened first; what counts is when it was booked. The second is paid in part.
        outcomes = book(
            engine,
            usage("a", 100, event_id="1"),
            usage("a", 200, event_id="2"),
            usage("a", 300, event_id="3", at=NOW - DAY),
            usage("a", 59, event_id="forgiven"),
        )
        book(engine, grant("a", 150, event_id="g"))

        [found] = opened_books(engine, "a").values()

        assert list(found.debts.items()) == [(outcomes[1].message_id, 150), (outcomes[2].message_id, 300)]
        assert found.debt_seconds == 450

    def test_debts_stay_with_their_accounts(self, engine: Engine) -> None:
        [first, second] = book(engine, usage("a", 100, event_id="1"), usage("b", 200, event_id="2"))

        books = opened_books(engine, "a", "b", "c")

        assert books["a"].debts == {first.message_id: 100}
        assert books["b"].debts == {second.message_id: 200}
        assert books["c"].debts == {}

    def test_whoever_comes_second_waits_and_sees_what_the_first_saved(self, engine: Engine) -> None:
        with ThreadPoolExecutor(1) as other:
            with transaction(engine) as session:
                mine = open_books(session, ["a"])["a"]
                second = other.submit(opened_books, engine, "a")
                wait_until_blocked(engine)
                mine.add(PACKAGE)
                mine.write(Entry(EntryKind.GRANT, 60, NOW, 1, PACKAGE_ID))
                save(session, [mine], Facts(NOW))
            theirs = second.result(timeout=5)["a"]

        assert theirs.sequence == 1
        assert theirs.packages[PACKAGE_ID].left_seconds == 60

    def test_the_same_accounts_in_opposite_order_wait_in_no_circle(self, engine: Engine) -> None:
        accounts = [f"account-{number}" for number in range(1_000)]
        opened_books(engine, *accounts[::2])
        start = Barrier(2)

        def open_them(order: list[str]) -> int:
            start.wait(timeout=5)
            with transaction(engine) as session:
                books = open_books(session, order)
                for each in books.values():
                    each.changed_by_time = True
                save(session, [books[account_id] for account_id in order], Facts(NOW))
                return len(books)

        with ThreadPoolExecutor(2) as threads:
            assert list(threads.map(open_them, (accounts, accounts[::-1]))) == [1_000, 1_000]

        assert {each.sequence for each in opened_books(engine, *accounts).values()} == {2}


class TestKeep:
    def test_writes_everything_that_was_decided(self, engine: Engine) -> None:
        cause = AccountRegistered.model_validate(registered("a") | {"traceparent": TRACE})
        facts = Facts(NOW)
        facts.name_cause(cause)
        facts.emit(BalanceChanged, "a", {"sequence": 1, "available_seconds": 0, "debt_seconds": 40}, fact_id="fact-1")
        with transaction(engine) as session:
            mine = open_books(session, ["a"])["a"]
            account = mine.account_number
            used = Usage(7, account, 100, 40, 0, NOW - HOUR, "oldest_first", NOW, "s", "f", {"é": [1]})
            request = Arrival(Key("screph", "u"), "screph.spend.requested.v1", bytes(32), account, TRACE)
            mine.add(PACKAGE)
            mine.write(Entry(EntryKind.GRANT, 60, NOW - DAY, 6, PACKAGE_ID))
            mine.write(Entry(EntryKind.BURN, -60, NOW, 7, PACKAGE_ID, 7))
            mine.write(Entry(EntryKind.DEBT, 40, NOW, 7, None, 7))

            save(session, [mine], facts, messages=[Message(7, request, Answer({"yes": 1}, is_refusal=False), used)])

        with transaction(engine) as session:
            again = open_books(session, ["a"])["a"]
            add_packages(session, again, [PACKAGE_ID])
            row = session.execute(text("SELECT * FROM usage")).mappings().one()
            message = session.execute(text("SELECT source, event_id, answer, traceparent FROM inbox")).one()
            entries = session.execute(
                text(
                    "SELECT entry.kind, seconds, package.id::text, usage_id, message_id, effective_at, booked_at"
                    " FROM entry LEFT JOIN package ON package.number = package ORDER BY entry.id"
                )
            ).all()
            assert [each.message for each in lock_oldest(session)] == list(facts)
        assert next(iter(facts)).traceparent == TRACE
        assert tuple(message) == ("screph", "u", {"yes": 1}, TRACE)
        assert (again.sequence, again.debt_seconds, again.debts) == (1, 40, {7: 40})
        [saved] = again.packages.values()
        assert replace(saved, number=None) == replace(PACKAGE, granted_seconds=60, consumed_seconds=60)
        assert entries == [
            ("grant", 60, PACKAGE_ID, None, 6, NOW - DAY, NOW),
            ("burn", -60, PACKAGE_ID, 7, 7, NOW, NOW),
            ("debt", 40, None, 7, 7, NOW, NOW),
        ]
        assert dict(row) == {
            "id": 7,
            "account": account,
            "used_seconds": 100,
            "burnt_seconds": 60,
            "debt_seconds": 40,
            "forgiven_seconds": 0,
            "occurred_at": NOW - HOUR,
            "judged_at": NOW,
            "policy": "oldest_first",
            "is_late": True,
            "is_requested": True,
            "session_id": "s",
            "feature": "f",
            "extra": {"é": [1]},
            "reversed_by": None,
        }

    def test_changes_a_package_bucket_by_bucket_and_no_other(self, engine: Engine) -> None:
        other_id = PACKAGE_ID[:-1] + "2"
        with transaction(engine) as session:
            mine = open_books(session, ["a"])["a"]
            for package_id in (PACKAGE_ID, other_id):
                mine.add(replace(PACKAGE, id=package_id))
                mine.write(Entry(EntryKind.GRANT, 100, NOW, 1, package_id))
            save(session, [mine], Facts(NOW))

        with transaction(engine) as session:
            mine = open_books(session, ["a"])["a"]
            for number, kind in enumerate((EntryKind.BURN, EntryKind.EXPIRE, EntryKind.VOID, EntryKind.FREEZE), 1):
                mine.write(Entry(kind, -number, NOW, 2, PACKAGE_ID, 2))
            save(session, [mine], Facts(NOW))

        [found] = opened_books(engine, "a").values()
        granted = replace(PACKAGE, granted_seconds=100)
        assert replace(found.packages[other_id], number=None) == replace(granted, id=other_id, left_seconds=100)
        assert replace(found.packages[PACKAGE_ID], number=None) == replace(
            granted, left_seconds=90, consumed_seconds=1, expired_seconds=2, voided_seconds=3, frozen_seconds=4
        )

    def test_an_account_that_did_not_change_keeps_its_sequence(self, engine: Engine) -> None:
        with transaction(engine) as session:
            books = open_books(session, ["a", "b"])
            books["a"].changed_by_time = True
            save(session, books.values(), Facts(NOW))

        assert {key: each.sequence for key, each in opened_books(engine, "a", "b").items()} == {"a": 1, "b": 0}

    def test_the_largest_numbers_fit(self, engine: Engine) -> None:
        largest = 2**31 - 1
        with transaction(engine) as session:
            mine = open_books(session, ["a"])["a"]
            mine.add(PACKAGE)
            for message_id in range(3):
                mine.write(Entry(EntryKind.GRANT, largest, NOW, message_id, PACKAGE_ID))
            save(session, [mine], Facts(NOW))

        assert opened_books(engine, "a")["a"].packages[PACKAGE_ID].left_seconds == 3 * largest


class TestFindUsage:
    def test_has_its_entries_in_the_order_of_booking(self, engine: Engine) -> None:
        [_, outcome] = book(engine, grant("a", 40, event_id="g"), usage("a", 100, event_id="u"))
        book(engine, grant("a", 100, event_id="pays"))

        with transaction(engine) as session:
            found = find_usage(session, source="screph", event_id="u")

        assert found is not None
        assert (found.id, found.reversed_by) == (outcome.message_id, None)
        assert found.account == opened_books(engine, "a")["a"].account_number
        assert [(entry.kind, entry.seconds) for entry in found.entries] == [
            ("burn", -40),
            ("debt", 60),
            ("settle", -60),
            ("debt_settled", -60),
        ]

    def test_is_none_for_what_is_no_usage(self, engine: Engine) -> None:
        book(engine, grant("a", 40, event_id="g"), usage("a", 10, event_id="u"))

        with transaction(engine) as session:
            assert find_usage(session, source="screph", event_id="g") is None
            assert find_usage(session, source="other", event_id="u") is None

    def test_names_the_message_that_reversed_it(self, engine: Engine) -> None:
        book(engine, usage("a", 100, event_id="u"))
        with transaction(engine) as session:
            usage_before = find_usage(session, source="screph", event_id="u")
            assert usage_before is not None
            mark_reversed(session, usage_before, by=99)

        with transaction(engine) as session:
            found = find_usage(session, source="screph", event_id="u")

        assert found is not None
        assert found.reversed_by == 99
