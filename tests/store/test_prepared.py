"""Prepared statements: planned once for a connection, and right again after whatever happens to it or to the schema."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from messages.errors import Unavailable
from store.engine import Engine, open_engine
from store.minutes.book import open_books
from store.prepared import PLANS_SECONDS, Prepared, run
from store.reading import reading
from store.transaction import transaction
from tests.servers.databases import execute

ADD = Prepared("add", "SELECT CAST(:one AS integer) + CAST(:other AS integer) - CAST(:one AS integer)")
FAIL = Prepared("fail", "SELECT 1 / CAST(:zero AS integer)")


@pytest.fixture
def single(database_url: str) -> Iterator[Engine]:
    """An engine with one connection."""
    engine = open_engine(database_url, pool_size=1)
    yield engine
    engine.dispose()


def prepared_of(engine: Engine) -> dict[str, tuple[int, int]]:
    """How often each statement that its connection has prepared ran by the plan for all values, and by one of its own."""
    with reading(engine) as session:
        rows = session.execute(text("SELECT name, generic_plans, custom_plans FROM pg_prepared_statements"))
        return {name: (generic, custom) for name, generic, custom in rows}


class TestRun:
    def test_gives_the_rows_of_the_last_statement_and_takes_each_value_by_its_name(self, single: Engine) -> None:
        with transaction(single) as session:
            found = run(session, (ADD, ADD), {"one": 5, "other": 37}).all()

        assert found == [(37,)]

    def test_plans_once_for_a_connection(self, single: Engine) -> None:
        for _ in range(3):
            with transaction(single) as session:
                open_books(session, {"a", "b"})

        counts = {name: counts for name, counts in prepared_of(single).items() if name.endswith(("accounts", "books"))}
        assert counts == dict.fromkeys(("open_accounts", "lock_accounts", "read_books"), (3, 0))

    def test_goes_on_after_a_transaction_that_failed(self, single: Engine) -> None:
        for _ in range(2):
            with pytest.raises(Exception, match="division by zero"), transaction(single) as session:
                run(session, (ADD, FAIL), {"one": 1, "other": 2, "zero": 0})

        with transaction(single) as session:
            assert run(session, (ADD,), {"one": 1, "other": 2}).scalar_one() == 2

    def test_prepares_again_in_a_new_connection(self, single: Engine) -> None:
        for _ in range(2):
            with transaction(single) as session:
                assert run(session, (ADD,), {"one": 1, "other": 2}).scalar_one() == 2
            single.dispose()


class TestPreparedByNobody:
    """A connection whose statements are not what was noted goes, as after a failover: it would fail for ever."""

    @pytest.mark.parametrize("taken_away", ["DEALLOCATE ALL", "DISCARD ALL", "DEALLOCATE add"])
    def test_is_taken_for_a_connection_that_is_lost(self, single: Engine, taken_away: str) -> None:
        with transaction(single) as session:
            run(session, (ADD,), {"one": 1, "other": 2})
        with single.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(taken_away))

        with pytest.raises(Unavailable, match="does not exist"), transaction(single) as session:
            run(session, (ADD,), {"one": 1, "other": 2})

        with transaction(single) as session:
            assert run(session, (ADD,), {"one": 1, "other": 2}).scalar_one() == 2

    def test_and_so_is_one_that_has_the_name_already(self, single: Engine) -> None:
        with transaction(single) as session:
            session.execute(text("PREPARE add AS SELECT 'something else'"))

        with pytest.raises(Unavailable, match="already exists"), transaction(single) as session:
            run(session, (ADD,), {"one": 1, "other": 2})

        with transaction(single) as session:
            assert run(session, (ADD,), {"one": 1, "other": 2}).scalar_one() == 2


class TestPlans:
    def test_are_forgotten_before_a_table_has_grown_for_long(self, database_url: str, single: Engine) -> None:
        with transaction(single) as session:
            open_books(session, {"1"})
        # Nobody has analysed the tables, and so PostgreSQL itself sees no reason for another plan.
        execute(
            database_url,
            """
            INSERT INTO account (id) SELECT number::text FROM generate_series(2, 20000) AS number;
            INSERT INTO package (id, account, kind, priority, activated_at, granted_seconds, left_seconds)
            SELECT gen_random_uuid(), number, 'promo', 10, now(), 60, 60 FROM account
            """,
        )

        with single.connect() as connection:
            connection.info["plans_forgotten_at"] -= 2 * PLANS_SECONDS
        with transaction(single) as session:
            open_books(session, {"1"})
            plan = "\n".join(row[0] for row in session.execute(text("EXPLAIN EXECUTE read_books('{1,2}')")))

        assert "Seq Scan" not in plan, plan

    def test_whose_columns_are_others_now_end_with_their_connection(self, database_url: str, single: Engine) -> None:
        with transaction(single) as session:
            open_books(session, {"a"})
        execute(database_url, "ALTER TABLE account ALTER debt_seconds TYPE numeric(30)")

        with pytest.raises(Unavailable, match="cached plan"), transaction(single) as session:
            open_books(session, {"a"})

        with transaction(single) as session:
            assert open_books(session, {"a"})["a"].debt_seconds == 0
