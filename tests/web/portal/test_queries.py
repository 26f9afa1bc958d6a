"""Every query of every page is answered by an index, on a small shop; docs/queries.md is the same on a large one."""

import pytest

from bench.contest import UnableToFinish
from bench.queries import PAGES, asked_by_pages, document, plan_of
from bench.shop import open_shop
from store.engine import open_engine
from tests.servers.databases import open_session


def test_every_page_asks_by_indexes(database_url: str) -> None:
    open_shop(database_url, accounts=300, entries=200, usages=600)
    engine = open_engine(database_url)
    pages = asked_by_pages(engine, database_url)
    engine.dispose()

    written = document(database_url, pages, "few accounts")

    assert PAGES.keys() < pages.keys()
    assert len(pages["/"]) >= 5
    assert "Scan on account_day_pkey" in written or "Index Scan using account_day_pkey" in written
    assert "Index Scan using portal_session_token on portal_session" in written
    assert set(_read_whole(written)) <= {"price", "product", "product_wording", "referral_terms"}


def test_a_query_without_an_index_is_found_out(database_url: str) -> None:
    with open_session(database_url) as session, session.cursor() as cursor:
        cursor.execute("BEGIN")

        with pytest.raises(UnableToFinish, match="inbox is read as a whole"):
            plan_of(cursor, "SELECT id FROM inbox WHERE feature = 'translate'")


def _read_whole(written: str) -> list[str]:
    return [line.split("Seq Scan on ")[1].split()[0] for line in written.splitlines() if "Seq Scan on " in line]
