"""What promotions cost: discounts of orders that stand, and the minutes that were given and used."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.statistics.period import Days
from store.engine import Engine
from store.reading import reading
from store.statistics.read.promotions import Cost, Costs, read_costs
from store.statistics.read.rows import WantedRows, rows_behind
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from tests.workers.promotions.harness import PromotionHarness
from workers.context import Context
from workers.statistics.count import count_statistics

DAY = timedelta(days=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of its own with products on offer; its books hold in the end."""
    with audited(database_url) as opened:
        fill_catalogue(opened)
        yield opened


@pytest.fixture
def buyer(engine: Engine) -> PaymentHarness:
    """A buyer of whom one night was counted already."""
    harness = PaymentHarness(engine)
    count_statistics(Context(engine, clock=harness.clock))
    return harness


def costs(buyer: PaymentHarness, days: Days) -> Costs:
    """What promotions cost in some days, when the night after them has come."""
    buyer.offset += DAY
    count_statistics(Context(buyer.engine, clock=buyer.clock))
    with reading(buyer.engine) as session:
        found = read_costs(session, days, "RUB")
    assert found is not None
    return found


def today(buyer: PaymentHarness) -> Days:
    """The present day."""
    return Days(buyer.clock().date(), buyer.clock().date(), "UTC")


class TestADiscount:
    def test_costs_what_was_not_paid(self, buyer: PaymentHarness) -> None:
        promotion, day = PromotionHarness(buyer.engine, buyer), today(buyer)
        promotion.create()
        order_id, _ = buyer.bought(codes=[promotion.code])

        [cost] = costs(buyer, day).costs

        order = buyer.order(order_id)
        assert (cost.source, cost.id, cost.orders) == ("code", promotion.id, 1)
        assert cost.discount_minor == order["list_price_minor"] - order["price_minor"] == 6_990
        with reading(buyer.engine) as session:
            [row], _ = rows_behind(session, "discounts", WantedRows(day, "RUB", source="code", code=promotion.id))
        assert (row.order_id, row.amount_minor) == (order_id, 6_990)

    def test_of_an_order_that_is_given_back_is_taken_out_on_that_day(self, buyer: PaymentHarness) -> None:
        promotion, first = PromotionHarness(buyer.engine, buyer), today(buyer)
        promotion.create()
        order_id, _ = buyer.bought(codes=[promotion.code])
        sold = costs(buyer, first)
        second = today(buyer)
        buyer.refund(order_id)

        [back] = costs(buyer, second).costs

        assert (sold.costs[0].discount_minor, back.discount_minor, back.orders) == (6_990, -6_990, -1)


class TestMinutes:
    def test_that_were_given_are_used_or_open(self, buyer: PaymentHarness) -> None:
        promotion, day = PromotionHarness(buyer.engine, buyer), today(buyer)
        promotion.create("bonus_seconds")
        buyer.bought(codes=[promotion.code])
        buyer.use(90)

        found = costs(buyer, day)

        # A bonus is burnt before what was bought.
        assert found.costs == (Cost("code", promotion.id, 0, 0, 600, 90, 510),)
        assert found.second_price == pytest.approx(69_900 / 18_000)
        with reading(buyer.engine) as session:
            [row], _ = rows_behind(session, "presents", WantedRows(day, "RUB", source="code", code=promotion.id))
        assert row.seconds == 90
