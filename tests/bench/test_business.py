"""The business of `bench --statistics`, in small: it is what the product itself would have written, and every page opens."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from bench.admin_pages import measure_admin, unmeasured
from bench.at_scale import things_of
from bench.business import Size, fill
from bench.sums import HELD_BACK, count_business, count_until, counted_until, write_busy_quarter
from domain.statistics.bucket import QUARTER
from store.audit.run import audit
from store.engine import Engine, open_engine
from store.reading import reading
from tests.servers.find import FoundPostgres

SIZE = Size.of_scale(0.0002)

WITHOUT_ROWS = {"subscription-paid-for"}
"""Periods of its subscriptions have no orders of their own."""


@pytest.fixture(scope="module")
def url(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[str]:
    """A database with a small business in it."""
    url = postgres_server.new_database(copy_of=migrated_database)
    fill(url, SIZE, say=lambda stage: None)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    """Its engine; everything is counted but the last quarters."""
    engine = open_engine(url)
    count_business(engine, url, say=lambda stage: None)
    yield engine
    engine.dispose()


def number(engine: Engine, query: str) -> int:
    """The one number that a query finds."""
    with reading(engine) as session:
        return int(session.execute(text(query)).scalar_one())


class TestABusiness:
    def test_is_as_large_as_it_says(self, engine: Engine) -> None:
        assert number(engine, "SELECT count(*) FROM account") == SIZE.accounts
        assert number(engine, "SELECT count(*) FROM orders") == SIZE.orders
        assert number(engine, "SELECT count(*) FROM entry") == SIZE.lines
        assert number(engine, "SELECT count(*) FROM inbox WHERE used_seconds > 0") == SIZE.usages

    def test_is_begun_again_where_it_was(self, engine: Engine, url: str) -> None:
        stages: list[str] = []

        fill(url, SIZE, say=stages.append)

        assert stages == []
        with pytest.raises(ValueError, match="was begun with"):
            fill(url, Size.of_scale(0.0004), say=stages.append)

    def test_has_every_index_and_constraint_of_the_schema(
        self, engine: Engine, postgres_server: FoundPostgres, migrated_database: str
    ) -> None:
        other = open_engine(postgres_server.new_database(copy_of=migrated_database))
        names = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
        checks = "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
        found = []
        for one in (engine, other):
            with reading(one) as session:
                found.append({*session.execute(text(names)).scalars(), *session.execute(text(checks)).scalars()})
        other.dispose()

        assert found[0] == found[1]

    def test_keeps_what_the_product_promises(self, engine: Engine) -> None:
        found = audit(engine)

        broken = {finding.invariant.name: finding.rows for finding in found.checks if not finding.holds}
        assert broken.keys() <= WITHOUT_ROWS, broken

    def test_is_counted_but_for_the_last_quarters(self, engine: Engine, url: str) -> None:
        until = counted_until(url)
        write_busy_quarter(url, until, usages=100)

        took = count_until(engine, until + QUARTER)

        assert took > 0
        assert HELD_BACK > 1
        assert counted_until(url) == until + QUARTER
        assert number(engine, "SELECT sum(lines) FROM bucket_minutes WHERE entry_kind = 'burn'") >= 100


class TestPages:
    def test_are_found_in_the_routes_and_each_is_timed(self, engine: Engine, url: str) -> None:
        found = measure_admin(engine, things_of(url), calls=2)

        assert len([name for name in found if name.startswith("list:")]) > 20
        assert len([name for name in found if name.startswith("figures:")]) > 8
        assert {
            "list:/orders",
            "list:/orders (second page)",
            "page:/order?id=" + things_of(url)["order"],
        } <= found.keys()
        assert all(value > 0 for value in found.values())

    def test_are_left_out_only_where_nothing_is_known_to_ask_for(self) -> None:
        assert set(unmeasured()) & {"/", "/orders", "/accounts", "/reconciliation", "/queues"} == set()
