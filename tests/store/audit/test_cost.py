"""What the audit costs: it reads ledger and inbox from end to end some times, never once for each row of another table."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from store.audit.invariant import Invariant
from store.audit.minutes import INVARIANTS
from store.engine import Engine, open_engine
from store.reading import reading
from tests.servers.find import FoundPostgres

LARGE = frozenset({"entry", "inbox"})
"""They have millions of rows; a row is found by its id, and by nothing else."""


@pytest.fixture(scope="module")
def engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    url = postgres_server.new_database(copy_of=migrated_database)
    opened = open_engine(url)
    yield opened
    opened.dispose()
    postgres_server.drop_database(url)


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Go through the scans of a plan."""
    if "Relation Name" in node:
        yield node
    for inner in node.get("Plans", ()):
        yield from scans(inner)


def is_repeated(scan: dict[str, Any]) -> bool:
    """Tell whether a scan looks for what a row of another table names, by something else than an id."""
    # Without texts in quotes, for types of messages have points in them, too.
    asked = re.sub("'[^']*'", "", f"{scan.get('Filter', '')} {scan.get('Index Cond', '')}")
    others = set(re.findall(r"\b([a-z_0-9]+)\.[a-z_]+\b", asked)) - {scan["Alias"]}
    return bool(others) and "(id = " not in scan.get("Index Cond", "")


class TestCost:
    @pytest.mark.parametrize(
        "invariant", [each for each in INVARIANTS if "_pads" not in each.query], ids=lambda each: each.name
    )
    def test_reads_no_large_table_again_for_each_row(self, engine: Engine, invariant: Invariant) -> None:
        with reading(engine) as session:
            # As with many rows: joins of whole tables, unless a query asks for each row apart.
            session.execute(text("SET LOCAL enable_nestloop = off"))
            [[plan]] = session.execute(text(f"EXPLAIN (FORMAT JSON) {invariant.query}")).all()

        large = [scan for scan in scans(plan[0]["Plan"]) if scan["Relation Name"] in LARGE]

        assert [json.dumps(scan) for scan in large if is_repeated(scan)] == []
