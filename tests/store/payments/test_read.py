"""Reading orders: pages that follow each other, names that lead to one order, and quotes that lock nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from domain.gateway.payment import PaymentStatus
from store.cursor import WrongCursor, write_cursor
from store.engine import Engine
from store.newest_first import WantedPage, newest_first
from store.payments.order import add_order
from store.payments.read import (
    OrderLine,
    OrderList,
    UnknownOrder,
    begins_with,
    list_orders,
    name_order,
    order_page,
)
from store.payments.refund import add_refund
from store.payments.refund_basis import find_refund_basis
from store.reading import reading
from store.records import table_of
from store.tables import OrderRow
from store.transaction import transaction
from tests.store.explaining import explained
from tests.store.payments.ordering import MINUTE, NOW, filled, order, refund, update

ORDERS = table_of(OrderRow)


def ids(page: OrderList) -> list[str]:
    """The orders of a page."""
    return [line.id for line in page.lines]


class TestListOrders:
    @pytest.fixture
    def shop(self, engine: Engine) -> Engine:
        """Five orders, of which two were opened at the same instant; `c` is another account's, `d` is paid."""
        moments = {"a": 0, "b": 1, "c": 1, "d": 2, "e": 3}
        filled(
            engine,
            *(
                order(name, account_id="b" if name == "c" else "a", created_at=NOW + minutes * MINUTE)
                for name, minutes in moments.items()
            ),
        )
        with transaction(engine) as session:
            update(session, "d", PaymentStatus.PAID)
        return engine

    def test_lists_the_newest_first(self, shop: Engine) -> None:
        with reading(shop) as session:
            page = list_orders(session)

        assert ids(page) == ["e", "d", "c", "b", "a"]
        assert page.next_cursor is None

    @pytest.mark.parametrize("limit", [1, 2, 3, 4])
    def test_pages_follow_each_other_without_a_gap_or_a_repeat(self, shop: Engine, limit: int) -> None:
        seen, cursor = [], None
        with reading(shop) as session:
            while True:
                page = list_orders(session, limit=limit, cursor=cursor)
                seen += ids(page)
                cursor = page.next_cursor
                if cursor is None:
                    break

        assert seen == ["e", "d", "c", "b", "a"]

    def test_a_page_is_not_moved_by_what_is_opened_meanwhile(self, shop: Engine) -> None:
        with transaction(shop) as session:
            first = list_orders(session, limit=2)
            add_order(session, order("new", created_at=NOW + timedelta(days=1)))

            assert ids(list_orders(session, limit=2, cursor=first.next_cursor)) == ["c", "b"]

    def test_lists_those_of_an_account_and_of_a_state(self, shop: Engine) -> None:
        with reading(shop) as session:
            assert ids(list_orders(session, account_id="b")) == ["c"]
            assert ids(list_orders(session, status=PaymentStatus.PAID)) == ["d"]
            assert ids(list_orders(session, account_id="b", status=PaymentStatus.PAID)) == []
            assert ids(list_orders(session, account_id="nobody")) == []

    @pytest.mark.parametrize(
        ("account_id", "status", "index"),
        [
            (None, None, "orders_newest"),
            ("a", None, "orders_of_account"),
            (None, PaymentStatus.PAID, "orders_of_status"),
        ],
    )
    @pytest.mark.parametrize("after", [None, write_cursor({"at": NOW.isoformat(), "id": "c"})])
    def test_reads_a_page_from_an_index_without_sorting(
        self,
        engine: Engine,
        account_id: str | None,
        status: PaymentStatus | None,
        index: str,
        after: str | None,
    ) -> None:
        query = newest_first(OrderLine, ORDERS, WantedPage(account_id, status, cursor=after))
        with reading(engine) as session:
            session.execute(select(1))
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
            plan = explained(session, query)

        assert f"Index Scan Backward using {index}" in plan
        assert "Sort" not in plan


class TestCursor:
    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "yesterday",
            write_cursor({"id": "x"}),
            write_cursor({"at": "yesterday", "id": "x"}),
            write_cursor({"at": "2026-11-23T12:00:00", "id": "x"}),
            write_cursor({"at": NOW.isoformat(), "id": 7}),
        ],
    )
    def test_is_refused_unless_a_page_gave_it(self, engine: Engine, cursor: str) -> None:
        with reading(engine) as session, pytest.raises(WrongCursor):
            list_orders(session, cursor=cursor)


class TestNameOrder:
    @pytest.fixture
    def shop(self, engine: Engine) -> Engine:
        """Orders whose ids have characters that mean something in a pattern."""
        return filled(engine, *(order(name) for name in ("12345678-a", "12345678-b", "1234567_-c", "1234567%-d", "x")))

    @pytest.mark.parametrize(
        ("named", "expected"),
        [
            ("12345678-a", "12345678-a"),
            ("x", "x"),
            ("1234567_", "1234567_-c"),
            ("1234567%", "1234567%-d"),
            ("1234567%-", "1234567%-d"),
        ],
    )
    def test_finds_by_the_id_or_its_beginning(self, shop: Engine, named: str, expected: str) -> None:
        with reading(shop) as session:
            assert name_order(session, named).id == expected

    @pytest.mark.parametrize(
        ("named", "reason"),
        [
            ("12345678", "the ids of several orders begin with 12345678"),
            ("1234567", "or 8 characters of its beginning"),
            ("12345678-c", "there is no order 12345678-c"),
            ("1234567\\_", "there is no order"),
            ("", "there is no order"),
        ],
    )
    def test_says_why_it_finds_none(self, shop: Engine, named: str, reason: str) -> None:
        with reading(shop) as session, pytest.raises(UnknownOrder, match=reason.replace("\\", "\\\\")):
            name_order(session, named)

    def test_searches_an_index(self, engine: Engine) -> None:
        with reading(engine) as session:
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = explained(session, select(ORDERS.c.id).where(begins_with("1234567_")))

        assert "orders_beginning" in plan
        assert "~>=~" in plan


class TestOrderPage:
    def test_shows_an_order_with_all_that_became_of_it(self, engine: Engine) -> None:
        filled(engine, order())
        with transaction(engine) as session:
            add_refund(session, refund())

            page = order_page(session, "o")

        assert (page.order.id, page.order.kind, page.order.list_price) == ("o", "first", order().price)
        assert (page.package, page.attempts, page.disputes) == (None, (), ())
        assert [line.id for line in page.refunds] == ["r"]


class TestFindRefundBasis:
    def test_of_what_is_not_paid_has_nothing_bought(self, engine: Engine) -> None:
        filled(engine, order())

        with reading(engine) as session:
            basis = find_refund_basis(session, "o")
            assert find_refund_basis(session, "nothing") is None

        assert basis is not None
        assert (basis.gateway, basis.status, basis.bought) == ("stripe", PaymentStatus.PENDING, None)
