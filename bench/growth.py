"""How reading one account's newest lines grows with its age: a page after a million entries, and after a hundred."""

import time

from bench.contest import Place
from bench.past import open_accounts, write_past
from store.engine import open_engine
from store.minutes.read import account_statement
from store.reading import reading

PAGE = 50
ROUNDS = 60
ACCOUNT = "user-000000"


def measure_growth(young: Place, old: Place, *, entries: int) -> float:
    """
    Return how much longer a page of 50 takes where one account has many entries than where it has a hundred.

    Args:
        young: an empty database.
        old: another.
        entries: of the old account.
    """
    pages = {}
    for place, count in ((young, 100), (old, entries)):
        open_accounts(place.database_url, accounts=1)
        write_past(place.database_url, usages=count)
        pages[place] = _page_seconds(place)
    return pages[old] / pages[young]


def _page_seconds(place: Place) -> float:
    """Return how long a page takes, in seconds: the quickest of many, for others use the machine as well."""
    engine = open_engine(place.database_url)
    seconds = []
    for _ in range(ROUNDS):
        with reading(engine) as session:
            started = time.perf_counter()
            page = account_statement(session, ACCOUNT, limit=PAGE)
            seconds.append(time.perf_counter() - started)
            assert len(page.lines) == PAGE
    engine.dispose()
    return min(seconds)
