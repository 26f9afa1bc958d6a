"""Money is counted where it happened, each change once; what goes back and what failed after all, too."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from store.audit.run import audit
from store.engine import Engine
from store.transaction import transaction
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.context import Context
from workers.statistics.count import count_statistics
from workers.statistics.recount import recount

DAY = timedelta(days=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of its own with products on offer; its books hold in the end."""
    with audited(database_url) as opened:
        fill_catalogue(opened)
        yield opened


@pytest.fixture
def harness(engine: Engine) -> PaymentHarness:
    """A buyer."""
    return PaymentHarness(engine)


def context(harness: PaymentHarness, later: timedelta = timedelta()) -> Context:
    """What a worker has, some time from now."""
    return Context(harness.engine, clock=lambda: harness.clock() + later)


def sums(harness: PaymentHarness) -> dict[str, Any]:
    """All money of all quarters."""
    names = "gross_minor, discount_minor, fee_minor, refunded_minor, lost_minor, orders, refunds, disputes"
    added = ", ".join(f"coalesce(sum({name}), 0)::int AS {name}" for name in names.split(", "))
    return {
        name: value for name, value in harness.minutes.select(f"SELECT {added} FROM bucket_money")[0].items() if value
    }


class TestSales:
    def test_count_once_however_often_one_counts(self, harness: PaymentHarness) -> None:
        harness.bought()

        for _ in range(3):
            count_statistics(context(harness))

        assert sums(harness) == {"gross_minor": 69_900, "orders": 1}
        assert harness.minutes.select("SELECT * FROM money_change") == []

    def test_count_in_the_quarter_in_which_they_were_paid(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()

        count_statistics(context(harness))

        [row] = harness.minutes.select("SELECT bucket, kind, currency FROM bucket_money")
        paid_at = harness.order(order_id)["paid_at"]
        assert row["bucket"] <= paid_at < row["bucket"] + timedelta(minutes=15)
        assert (row["kind"], row["currency"]) == ("first", "RUB")

    def test_are_nothing_while_they_are_not_paid(self, harness: PaymentHarness) -> None:
        harness.buy()

        count_statistics(context(harness))

        assert sums(harness) == {}

    def test_have_a_fee_that_comes_later_in_its_own_currency(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        count_statistics(context(harness))

        with transaction(harness.engine) as session:
            session.execute(
                text("UPDATE orders SET fee_minor = 41, fee_currency = 'EUR' WHERE id = :id"), {"id": order_id}
            )
        count_statistics(context(harness))

        assert sums(harness) == {"gross_minor": 69_900, "orders": 1, "fee_minor": 41}
        assert {row["currency"] for row in harness.minutes.select("SELECT * FROM bucket_money")} == {"EUR", "RUB"}

    def test_of_an_account_for_tests_are_told_apart(self, harness: PaymentHarness) -> None:
        harness.use(1)
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE account SET is_test = true"))
        harness.bought()

        count_statistics(context(harness))

        assert {row["is_test"] for row in harness.minutes.select("SELECT is_test FROM bucket_money")} == {True}

    def test_say_on_which_day_an_account_paid_first(self, harness: PaymentHarness) -> None:
        for _ in range(2):
            harness.bought()
        count_statistics(context(harness))

        [first] = harness.minutes.select("SELECT paid_day FROM account_first WHERE paid_day IS NOT NULL")
        assert first["paid_day"] == harness.clock().date()


class TestWhatGoesBack:
    def test_counts_beside_what_was_sold(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 10_000)

        count_statistics(context(harness))

        assert sums(harness) == {"gross_minor": 69_900, "orders": 1, "refunded_minor": 10_000, "refunds": 1}

    def test_and_failed_after_all_is_taken_out_again(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.refund(order_id, 10_000)
        count_statistics(context(harness))

        with transaction(harness.engine) as session:
            session.execute(text("UPDATE refund SET status = 'failed'"))
        pending = harness.minutes.select("SELECT refunded_minor, refunds FROM money_change")
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE refund SET status = 'succeeded'"))
        count_statistics(context(harness))

        assert pending == [{"refunded_minor": -10_000, "refunds": -1}]
        assert sums(harness)["refunded_minor"] == 10_000

    def test_by_a_dispute_counts_when_it_is_lost_and_no_more_when_it_is_won(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        found = []
        for state in ("open", "lost", "won"):
            harness.report_dispute(order_id, state)
            count_statistics(context(harness))
            found.append(sums(harness).get("lost_minor", 0))

        assert found == [0, 69_900, 0]


class TestLateMoney:
    def test_lands_where_it_happened_and_leaves_a_mark(self, harness: PaymentHarness) -> None:
        order_id = harness.buy()["order_id"]
        harness.memory.pay(harness.order(order_id)["checkout_ref"])
        harness.offset += 3 * DAY
        harness.hear_all()

        count_statistics(context(harness))

        [mark] = harness.minutes.select("SELECT * FROM late_change WHERE what = 'gross'")
        assert (mark["amount"], mark["currency"]) == (69_900, "RUB")
        assert mark["changed_on"] == harness.clock().date()
        [row] = harness.minutes.select("SELECT bucket FROM bucket_money")
        assert row["bucket"] <= harness.order(order_id)["paid_at"]

    def test_of_the_same_day_leaves_none(self, harness: PaymentHarness) -> None:
        harness.bought()

        # Heard of at once, and counted only after a long outage.
        count_statistics(context(harness, later=3 * DAY))

        assert harness.minutes.select("SELECT * FROM late_change") == []


class TestRecount:
    def test_finds_what_was_changed_by_hand_and_puts_it_right(self, harness: PaymentHarness) -> None:
        harness.bought()
        count_statistics(context(harness, later=DAY))
        before = sums(harness)
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE bucket_money SET gross_minor = gross_minor + 5"))
            session.execute(text("DELETE FROM bucket_minutes"))
        broken = {check.invariant.name for check in audit(harness.engine).checks if not check.holds}
        today = harness.clock().date()

        found = recount(context(harness), today - DAY, today)

        assert broken == {"statistics-money", "statistics-minutes", "statistics-days"}
        assert {one.what for one in found} == {"bucket_money", "bucket_minutes"}
        [money] = [one for one in found if one.what == "bucket_money"]
        assert money.was is not None
        assert money.is_now is not None
        assert (money.was["gross_minor"], money.is_now["gross_minor"]) == (69_905, 69_900)
        assert sums(harness) == before
        assert recount(context(harness), today - DAY, today) == []

    def test_leaves_money_alone_that_waits_to_be_counted(self, harness: PaymentHarness) -> None:
        harness.bought()
        count_statistics(context(harness))
        harness.bought()
        today = harness.clock().date()

        assert recount(context(harness), today, today) == []
        count_statistics(context(harness))

        assert sums(harness) == {"gross_minor": 2 * 69_900, "orders": 2}


def test_an_account_that_was_marked_as_a_test_later_is_moved_by_a_recount(harness: PaymentHarness) -> None:
    harness.bought()
    count_statistics(replace(context(harness, later=DAY), business_zone="UTC"))
    with transaction(harness.engine) as session:
        session.execute(text("UPDATE account SET is_test = true"))
    today = harness.clock().date()

    recount(context(harness), today - DAY, today)

    assert {row["is_test"] for row in harness.minutes.select("SELECT is_test FROM bucket_money")} == {True}
