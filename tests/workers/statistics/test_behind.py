"""The rows behind a number add up to it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.statistics.period import Days, midnight
from store.engine import Engine
from store.reading import reading
from store.statistics.read.activity import read_activity
from store.statistics.read.minutes import read_minutes
from store.statistics.read.rows import RowBehind, WantedRows, rows_behind
from store.statistics.read.sales import read_sales
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import fill_catalogue, fresh_harness
from workers.context import Context
from workers.statistics.count import count_statistics

ZONE = "Asia/Kathmandu"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of its own with products on offer; its books hold in the end."""
    with audited(database_url) as opened:
        fill_catalogue(opened)
        yield opened


@pytest.fixture
def days(engine: Engine) -> Days:
    """Some days in which two buyers buy, use more than they have, and get money back."""
    for number in range(2):
        harness = fresh_harness(engine)
        order_id, _ = harness.bought()
        harness.bought("month" if number else "standard")
        harness.use(9_000)
        harness.refund(order_id, 10_000)
        harness.hear_all()
    now = datetime.now(UTC)
    count_statistics(Context(engine, clock=lambda: now + timedelta(days=2), business_zone=ZONE))
    today = now.date()
    return Days(today - timedelta(days=1), today + timedelta(days=1), ZONE)


@pytest.fixture
def behind(engine: Engine, days: Days) -> Callable[..., list[RowBehind]]:
    """Reads all pages of a list, two rows at a time."""

    def read(what: str, **filters: str) -> list[RowBehind]:
        found: list[RowBehind] = []
        cursor = None
        with reading(engine) as session:
            while True:
                page, cursor = rows_behind(session, what, WantedRows(days, limit=2, cursor=cursor, **filters))
                found += page
                if cursor is None:
                    return found

    return read


class TestSales:
    def test_are_their_orders_and_refunds(
        self, engine: Engine, days: Days, behind: Callable[..., list[RowBehind]]
    ) -> None:
        with reading(engine) as session:
            sales = read_sales(session, days, "RUB")

        orders, refunds = behind("orders", currency="RUB"), behind("refunds", currency="RUB")
        assert len(orders) == sales.total.orders == 4
        assert sum(row.amount_minor or 0 for row in orders) == sales.total.gross_minor
        assert sum(row.amount_minor or 0 for row in refunds) == sales.total.refunded_minor > 0
        for kind, sums in sales.by_kind.items():
            assert len(behind("orders", currency="RUB", kind=kind)) == sums.orders
        for product, sums in sales.by_product.items():
            assert len(behind("orders", currency="RUB", product=product)) == sums.orders
        assert behind("orders", currency="EUR") == []

    def test_come_newest_first_and_once(self, behind: Callable[..., list[RowBehind]]) -> None:
        rows = behind("orders")

        assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
        assert len({row.id for row in rows}) == len(rows)


class TestMinutes:
    @pytest.mark.parametrize("figure", ["sold", "given", "used", "settled", "expired", "voided", "debt", "forgiven"])
    def test_are_their_lines(
        self, engine: Engine, days: Days, behind: Callable[..., list[RowBehind]], figure: str
    ) -> None:
        with reading(engine) as session:
            total = getattr(read_minutes(session, days).total, figure)

        rows = behind("entries", figure=figure)
        sign = -1 if figure in ("used", "settled", "expired", "voided") else 1
        assert sign * sum(row.seconds or 0 for row in rows) == total
        assert total > 0 or figure not in ("sold", "used", "voided")


class TestActivity:
    def test_is_its_accounts(self, engine: Engine, days: Days, behind: Callable[..., list[RowBehind]]) -> None:
        with reading(engine) as session:
            found = [day for day in read_activity(session, days) if day.of_day]

        rows = behind("active")
        assert len(rows) == sum(day.of_day for day in found) == 2
        assert sum(row.seconds or 0 for row in rows) == sum(day.seconds for day in found) == 18_000
        assert {row.at for row in rows} == {midnight(day.day, ZONE) for day in found}
        assert len(behind("first_used")) == sum(day.first_used for day in found) == 2
        assert len(behind("first_paid")) == 2
