"""The search box: accounts by their id and by its beginning, which an index finds however many accounts there are."""

import re

import pytest
from sqlalchemy import insert

from store.access.read_admin import SAME_MAIL, accounts_beginning, search
from store.engine import Engine
from store.reading import reading
from store.records import table_of
from store.tables import AccountRow
from store.transaction import transaction
from tests.store.explaining import explained
from tests.workers.events import NOW


def fill(engine: Engine, *ids: str) -> None:
    """Open accounts, with these ids."""
    with transaction(engine) as session:
        session.execute(
            insert(table_of(AccountRow)), [{"id": each, "opened_at": NOW, "is_test": False} for each in ids]
        )


def found(engine: Engine, typed: str) -> list[tuple[str, str]]:
    """What the search box finds: the id and the words of each."""
    with reading(engine) as session:
        return [(hit.id, hit.words) for hit in search(session, typed, at=NOW)]


class TestSearch:
    def test_finds_accounts_by_the_beginning_of_their_id(self, engine: Engine) -> None:
        fill(engine, "Ünal-2", "anna-2", "anna-10", "ann", "bert", "Anna-3")

        assert found(engine, "anna") == [("anna-10", "begins so"), ("anna-2", "begins so")]
        assert found(engine, " Üna") == [("Ünal-2", "begins so")]
        assert found(engine, "nna") == []

    def test_finds_one_alone_that_has_exactly_this_id(self, engine: Engine) -> None:
        fill(engine, "anna", "anna-2")

        assert found(engine, "anna") == [("anna", "an account")]

    def test_looks_for_no_beginning_of_two_characters(self, engine: Engine) -> None:
        fill(engine, "anna")

        assert found(engine, "an") == []

    @pytest.mark.parametrize("typed", ["ann%", "ann_", "ann\\", "%nna", "___"])
    def test_takes_signs_of_patterns_as_they_are(self, engine: Engine, typed: str) -> None:
        fill(engine, "anna", f"{typed}x")

        assert found(engine, typed) == [(f"{typed}x", "begins so")]

    def test_shows_the_first_twenty(self, engine: Engine) -> None:
        fill(engine, *(f"anna-{number:02}" for number in range(30)))

        assert [name for name, _ in found(engine, "anna")] == [f"anna-{number:02}" for number in range(SAME_MAIL)]

    def test_reads_a_stretch_of_an_index(self, engine: Engine) -> None:
        fill(engine, *(f"account-{number:06}" for number in range(20_000)), "ann_a")
        with transaction(engine) as session:
            session.connection().exec_driver_sql("ANALYZE account")

        with reading(engine) as session:
            # Its index serves beginnings, too, where the database sorts by bytes, and nowhere else.
            session.connection().exec_driver_sql("ALTER TABLE account DROP CONSTRAINT account_id")
            few, some, all_of_them = (
                explained(session, accounts_beginning(typed)) for typed in ("ann_", "account-0001", "account-")
            )

        for plan in (few, some, all_of_them):
            assert re.search("Index Scan (using|on) account_beginning", plan), plan
            assert "~>=~" in plan, plan
        # What all begin with is read in the order of the index, so that the first twenty end it.
        assert "Index Scan using account_beginning" in all_of_them, all_of_them
        assert "Sort" not in all_of_them, all_of_them
