"""What was paid and not used when a day was over, what was earned meanwhile and how, and what expired of a month."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import text

from demo.catalogue import PRODUCTS
from domain.statistics.period import Days
from store.catalogue.product import save_products
from store.engine import Engine
from store.reading import reading
from store.statistics.read.liability import DeferredDay, read_deferred
from store.statistics.read.minutes import read_breakage
from store.transaction import transaction
from tests.store.minutes.history import sweep_at
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.context import Context
from workers.statistics.count import count_statistics

DAY = timedelta(days=1)

PRICE, SECONDS = 69_900, 18_000
"""Of the product `standard`, and of `short`, which is valid for two days."""


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of its own with products on offer; its books hold in the end."""
    with audited(database_url) as opened:
        fill_catalogue(opened)
        with transaction(opened) as session:
            standard = next(product for product in PRODUCTS if product.id == "standard")
            save_products(session, [replace(standard, id="short", valid_days=2)])
        yield opened


@pytest.fixture
def harness(engine: Engine) -> PaymentHarness:
    """A buyer."""
    return PaymentHarness(engine)


def count(harness: PaymentHarness, later: timedelta = timedelta()) -> None:
    """Count as a worker does, some time from now."""
    count_statistics(Context(harness.engine, clock=lambda: harness.clock() + later))


def end_of_day(harness: PaymentHarness) -> None:
    """Let a day go by and count."""
    harness.offset += DAY
    count(harness)


def known(harness: PaymentHarness) -> list[DeferredDay]:
    """The ends of days that are known."""
    today = harness.clock().date()
    with reading(harness.engine) as session:
        return read_deferred(session, Days(today - 30 * DAY, today, "UTC"), "RUB")


def earned(harness: PaymentHarness) -> list[tuple[int, int, int, int]]:
    """What was earned on each day after the first that is known, and how."""
    days = known(harness)
    each = [after.earned_since(before) for before, after in pairwise(days)]
    return [(one.minor, one.by_use_minor, one.by_breakage_minor, one.by_waiving_minor) for one in each]


class TestDeferred:
    def test_is_what_was_paid_and_not_used_when_the_day_is_over(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        harness.use(9_001)
        harness.refund(order_id, 10_000)

        count(harness, later=DAY)

        [row] = harness.minutes.select("SELECT * FROM day_deferred")
        left = 18_000 - 9_001 - 2_576
        assert row["day"] == harness.clock().date()
        assert (row["seconds"], row["net_minor"]) == (left, 59_900)
        assert row["deferred_minor"] == 69_900 * left // 18_000

    def test_is_saved_once_a_day(self, harness: PaymentHarness) -> None:
        harness.bought()
        harness.offset += DAY
        count(harness)
        harness.use(18_000)

        count(harness)
        harness.offset += DAY
        count(harness)

        rows = harness.minutes.select("SELECT deferred_minor FROM day_deferred ORDER BY day")
        assert [row["deferred_minor"] for row in rows] == [69_900, 0]

    def test_of_the_day_before_the_first_sale_is_nothing(self, harness: PaymentHarness) -> None:
        count(harness)
        harness.bought()
        count(harness)
        end_of_day(harness)

        assert [(one.deferred_minor, one.net_minor) for one in known(harness)] == [(0, 0), (PRICE, PRICE)]


class TestEarned:
    def test_by_use_is_what_was_used(self, harness: PaymentHarness) -> None:
        count(harness)
        harness.bought()
        harness.use(6_000)
        end_of_day(harness)
        harness.use(1)
        end_of_day(harness)
        harness.use(11_999)
        end_of_day(harness)

        days = earned(harness)

        # The deferred part is rounded down, so a kopeck is earned early and never lost.
        assert days == [(23_300, 23_300, 0, 0), (4, 4, 0, 0), (46_596, 46_596, 0, 0)]
        assert sum(minor for minor, *_ in days) == PRICE

    def test_by_breakage_is_what_expired_once_it_is_booked(self, harness: PaymentHarness) -> None:
        count(harness)
        harness.bought("short")
        harness.use(9_000)
        end_of_day(harness)
        harness.offset += 6 * DAY
        sweep_at(harness.engine, harness.clock())
        end_of_day(harness)

        assert earned(harness) == [(34_950, 34_950, 0, 0), (34_950, 0, 34_950, 0)]

    def test_is_less_what_was_waived_when_its_minutes_are_used(self, harness: PaymentHarness) -> None:
        count(harness)
        order_id, _ = harness.bought()
        harness.use(9_000)
        end_of_day(harness)
        harness.refund(order_id, 34_950, waive_minutes=True)
        end_of_day(harness)
        harness.use(9_000)
        end_of_day(harness)

        days = earned(harness)

        # Half of the money went back and no minutes: what is kept is still deferred for the half that is left.
        assert days[0] == (34_950, 34_950, 0, 0)
        assert days[1] == (-34_950, 0, 0, -34_950)
        assert days[2] == (34_950, 34_950, 0, 0)
        assert sum(minor for minor, *_ in days) == PRICE - 34_950

    def test_by_a_refund_is_nothing_but_its_rounding(self, harness: PaymentHarness) -> None:
        count(harness)
        order_id, _ = harness.bought()
        harness.use(9_001)
        end_of_day(harness)
        harness.refund(order_id, 10_000)
        end_of_day(harness)

        [used, refunded] = earned(harness)

        left = SECONDS - 9_001
        assert used == (PRICE - PRICE * left // SECONDS,) * 2 + (0, 0)
        # ceil(10 000 x 18 000 / 69 900) = 2 576 seconds are worth a little more than what went back.
        assert refunded == (4, 4, 0, 0)

    def test_of_a_lost_dispute_is_less_what_was_used_of_it(self, harness: PaymentHarness) -> None:
        count(harness)
        order_id, _ = harness.bought()
        harness.use(9_000)
        end_of_day(harness)
        harness.report_dispute(order_id, "lost")
        end_of_day(harness)

        assert earned(harness) == [(34_950, 34_950, 0, 0), (-34_950, 0, 0, -34_950)]


class TestBreakage:
    def test_is_known_when_nothing_of_a_month_is_open(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought("short")
        harness.use(4_500)
        harness.refund(order_id, 34_950)  # voids 9 000 seconds
        end_of_day(harness)
        open_rates = self.rates(harness)
        harness.offset += 6 * DAY
        sweep_at(harness.engine, harness.clock())
        end_of_day(harness)

        assert open_rates == [(SECONDS, 9_000, 0, 4_500, None)]
        assert self.rates(harness) == [(SECONDS, 9_000, 4_500, 0, 0.5)]

    def test_leaves_accounts_for_tests_out(self, harness: PaymentHarness) -> None:
        harness.bought()
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE account SET is_test = true"))
        end_of_day(harness)

        assert self.rates(harness) == []

    @staticmethod
    def rates(harness: PaymentHarness) -> list[tuple[int, int, int, int, float | None]]:
        today = harness.clock().date()
        with reading(harness.engine) as session:
            found = read_breakage(session, Days(today - 40 * DAY, today, "UTC"))
        return [
            (one.granted_seconds, one.voided_seconds, one.expired_seconds, one.open_seconds, one.rate) for one in found
        ]
