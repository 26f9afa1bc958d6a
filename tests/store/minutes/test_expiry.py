"""Finding what time has to do with: by an index, by any number of workers, and none waits for another."""

from datetime import timedelta

from sqlalchemy import text

from store.engine import Engine
from store.minutes.book import lock_account
from store.minutes.expiry import DueAccounts, Position, due_to_announce, due_to_book, lock_accounts_to_announce
from store.reading import reading
from store.transaction import transaction
from tests.store.explaining import explained
from tests.store.minutes.history import DAY, HOUR, NOW, book, grant

END = NOW + HOUR


def ending(engine: Engine, *account_ids: str) -> None:
    """Grant each account a package of some hours, each of which ends a second after the one before."""
    grants = [
        grant(account_id, 60, event_id=account_id, activated_at=NOW - HOUR, expires_at=END + timedelta(seconds=number))
        for number, account_id in enumerate(account_ids)
    ]
    book(engine, *grants)


def found(engine: Engine, *, after: Position | None = None, limit: int = 10) -> DueAccounts:
    """What a worker locks, and lets go at once."""
    with transaction(engine) as session:
        return lock_accounts_to_announce(session, now=END + DAY, after=after, limit=limit)


class TestLockAccounts:
    def test_goes_forwards_in_the_order_in_which_they_are_due(self, engine: Engine) -> None:
        ending(engine, "c", "a", "b")

        first = found(engine, limit=2)
        second = found(engine, after=first.last, limit=2)
        third = found(engine, after=second.last, limit=2)

        assert [each.account_ids for each in (first, second, third)] == [{"a", "c"}, {"b"}, set()]
        assert third.last is None

    def test_goes_on_among_packages_that_end_at_the_same_moment(self, engine: Engine) -> None:
        book(engine, *(grant("abcde"[number], 60, event_id=str(number), expires_at=END) for number in range(5)))

        position, accounts = None, []
        while (due := found(engine, after=position, limit=2)).last is not None:
            position = due.last
            accounts += sorted(due.account_ids)

        assert sorted(accounts) == list("abcde")

    def test_leaves_out_what_another_has_locked_without_waiting(self, engine: Engine) -> None:
        ending(engine, "a", "b", "c")

        with transaction(engine) as session:
            lock_account(session, "a")
            meanwhile = found(engine, limit=2)

        assert meanwhile.account_ids == {"b", "c"}
        assert found(engine).account_ids == {"a", "b", "c"}

    def test_finds_none_with_nothing_left(self, engine: Engine) -> None:
        ending(engine, "a")
        with transaction(engine) as session:
            session.execute(text("UPDATE package SET left_seconds = 0, consumed_seconds = granted_seconds"))

        assert found(engine) == DueAccounts(frozenset(), None)


class TestPlans:
    def test_read_no_more_than_is_due(self, engine: Engine) -> None:
        with transaction(engine) as session:
            session.execute(
                text("""
                    INSERT INTO account (id) SELECT number::text FROM generate_series(1, 3000) AS number;
                    INSERT INTO package (id, account, kind, priority, activated_at, expires_at, granted_seconds,
                                         left_seconds, announce_at)
                    SELECT gen_random_uuid(), account.number, 'promo', 10, now() - interval '1 year',
                           now() + account.id::integer * interval '1 hour', 60, 60,
                           now() + account.id::integer * interval '1 hour'
                    FROM account;
                    ANALYZE account, package
                """)
            )
            now = session.execute(text("SELECT now() + interval '100 hours'")).scalar_one()
        position = Position(now - DAY, 1)

        with reading(engine) as session:
            plans = [
                explained(session, query)
                for after in (None, position)
                for query in (
                    due_to_announce(now=now, after=after, limit=5),
                    due_to_book(ended_before=now, after=after, limit=5),
                )
            ]

        for plan, index in zip(plans, ("package_to_announce", "package_to_expire") * 2, strict=True):
            assert f"Index Scan using {index}" in plan, plan
            assert "Seq Scan on package" not in plan
