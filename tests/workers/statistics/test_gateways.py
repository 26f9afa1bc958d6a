"""What came of attempts and links is taken of each day until it cannot change; the rows behind it are the same ones."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.gateway.payment import PaymentStatus
from domain.statistics.period import Days
from store.engine import Engine
from store.reading import reading
from store.statistics.read.gateways import read_attempts, read_declined, read_links
from store.statistics.read.retention import read_cohorts
from store.statistics.read.rows import WantedRows, rows_behind
from store.statistics.read.sales import read_payers
from store.transaction import transaction
from tests.doubles.memory import MemoryGateway
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.context import Context
from workers.statistics.count import count_statistics
from workers.statistics.recount import recount

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of its own with products on offer; its books hold in the end."""
    with audited(database_url) as opened:
        fill_catalogue(opened)
        yield opened


class TimedGateway(MemoryGateway):
    """A gateway whose moments are those of a test."""

    clock: Callable[[], datetime]

    def _now(self) -> datetime:
        return self.clock()


@pytest.fixture
def harness(engine: Engine) -> PaymentHarness:
    """A buyer."""
    gateway = TimedGateway()
    harness = PaymentHarness(engine, gateway)
    harness.memory = gateway
    gateway.clock = harness.clock
    return harness


def count(harness: PaymentHarness) -> None:
    """Let the tick of statistics come."""
    count_statistics(Context(harness.engine, clock=harness.clock))


def failed(harness: PaymentHarness) -> str:
    """Order something, whose payment fails."""
    order_id = str(harness.buy()["order_id"])
    harness.memory.fail(harness.order(order_id)["checkout_ref"], PaymentStatus.FAILED)
    harness.hear_all()
    return order_id


def today(harness: PaymentHarness) -> Days:
    """The day on which everything happens."""
    day = harness.clock().date()
    return Days(day, day, "UTC")


class TestAttempts:
    def test_of_today_are_counted_by_what_came_of_them(self, harness: PaymentHarness) -> None:
        harness.bought()
        failed(harness)

        count(harness)

        with reading(harness.engine) as session:
            found = read_attempts(session, today(harness))
            [declined] = read_declined(session, today(harness))
        [(day, one)] = found.items()
        assert (day, one.paid, one.declined, one.authorisation) == (harness.clock().date(), 1, 1, 0.5)
        assert (declined.gateway, declined.outcome, declined.attempts) == ("memory", "declined", 1)

    def test_are_counted_again_an_hour_later_and_once_for_all_when_the_day_is_over(
        self, harness: PaymentHarness
    ) -> None:
        day = today(harness)
        harness.bought()
        count(harness)
        harness.bought()
        count(harness)
        with reading(harness.engine) as session:
            [before] = read_attempts(session, day).values()
        harness.offset += DAY + 2 * HOUR
        count(harness)

        with reading(harness.engine) as session:
            [after] = read_attempts(session, day).values()
        assert (before.paid, after.paid) == (1, 2)
        taken = harness.minutes.select("SELECT day FROM day_taken WHERE what = 'day_attempt' AND is_final")
        assert [row["day"] for row in taken] == [day.first]

    def test_have_their_rows_behind_them(self, harness: PaymentHarness) -> None:
        harness.bought()
        order_id = failed(harness)
        count(harness)

        with reading(harness.engine) as session:
            [reason] = read_declined(session, today(harness))
            every, _ = rows_behind(session, "attempts", WantedRows(today(harness)))
            wanted = WantedRows(today(harness), outcome="declined", retry=reason.retry, code=reason.code)
            [row], following = rows_behind(session, "attempts", wanted)

        assert len(every) == 2
        assert (row.order_id, row.account_id, following) == (order_id, harness.account, None)


class TestLinks:
    def test_lead_from_the_order_to_use(self, harness: PaymentHarness) -> None:
        day = today(harness)
        harness.bought()
        harness.buy()
        harness.use(60)
        harness.offset += 21 * DAY
        count(harness)

        with reading(harness.engine) as session:
            [links] = read_links(session, day).values()
            rows, _ = rows_behind(session, "links", WantedRows(day))
        assert (links.orders, links.links, links.paid_soon, links.paid, links.used) == (2, 2, 1, 1, 1)
        # The second order within the hour is the same wish.
        assert (links.wishes, links.wishes_paid, links.conversion, links.wish_conversion) == (1, 1, 0.5, 1.0)
        assert len(rows) == links.links
        final = harness.minutes.select("SELECT max(day) AS day FROM day_taken WHERE what = 'day_link' AND is_final")
        assert final[0]["day"] == day.first

    def test_that_were_paid_too_late_convert_nothing(self, harness: PaymentHarness) -> None:
        order_id, _ = harness.bought()
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE orders SET created_at = paid_at - interval '25 hours'"))
        created = harness.order(order_id)["created_at"].date()
        harness.offset += HOUR
        count(harness)

        with reading(harness.engine) as session:
            [links] = read_links(session, Days(created, created, "UTC")).values()
        assert (links.links, links.paid, links.paid_soon, links.conversion) == (1, 1, 0, 0.0)


class TestPayers:
    def test_of_any_period_are_counted_once(self, harness: PaymentHarness) -> None:
        first = harness.clock().date()
        for number, wait in enumerate((0, 1, 3, 2)):
            harness.offset += wait * DAY
            harness.minutes = replace(harness.minutes, account=f"buyer-{number % 2}")
            harness.bought()
        harness.offset += DAY
        count(harness)

        with reading(harness.engine) as session:
            found = {
                (a, b): read_payers(session, Days(first + a * DAY, first + b * DAY, "UTC"), "RUB")
                for a in range(8)
                for b in range(a, 8)
            }
        paid = {0: 0, 1: 1, 4: 0, 6: 1}
        assert found == {
            (a, b): len({buyer for day, buyer in paid.items() if a <= day <= b}) for a in range(8) for b in range(a, 8)
        }


class TestRetention:
    def test_is_said_of_months_that_are_over(self, harness: PaymentHarness) -> None:
        harness.offset += datetime(2027, 1, 20, 12, tzinfo=UTC) - harness.clock()
        harness.bought()
        harness.use(60)
        harness.offset += 31 * DAY
        harness.use(60)
        count(harness)
        with reading(harness.engine) as session:
            [young] = read_cohorts(session, Days(date(2027, 1, 1), date(2027, 2, 1), "UTC"), began="paid", did="used")
        harness.offset += 60 * DAY
        harness.minutes = replace(harness.minutes, account="other")
        harness.bought()
        count(harness)

        period = Days(date(2027, 1, 1), date(2027, 1, 31), "UTC")
        with reading(harness.engine) as session:
            [used] = read_cohorts(session, period, began="paid", did="used")
            [paid] = read_cohorts(session, period, began="paid", did="paid")
        assert (young.size, young.shares) == (1, {0: 1.0})
        assert (used.month, used.size, used.shares) == (date(2027, 1, 1), 1, {0: 1.0, 1: 1.0, 2: 0.0})
        assert paid.shares == {0: 1.0, 1: 0.0, 2: 0.0}


class TestARecount:
    def test_finds_what_was_changed_by_hand(self, harness: PaymentHarness) -> None:
        day = harness.clock().date()
        harness.bought()
        harness.offset += 30 * DAY
        count(harness)
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE day_attempt SET attempts = 7"))

        context = Context(harness.engine, clock=harness.clock)
        found, again = recount(context, day, day), recount(context, day, day)

        assert [(one.what, one.was, one.is_now) for one in found] == [("day_attempt", {"attempts": 7}, {"attempts": 1})]
        assert again == []

    def test_after_a_change_of_the_zone_finds_nothing(self, harness: PaymentHarness) -> None:
        day = harness.clock().date()
        harness.bought()
        harness.offset += 30 * DAY
        count(harness)
        moscow = Context(harness.engine, clock=harness.clock, business_zone="Europe/Moscow")

        count_statistics(moscow)

        assert recount(moscow, day - DAY, day + 2 * DAY) == []
        assert harness.minutes.select("SELECT sum(attempts) AS n FROM day_attempt") == [{"n": 1}]
        assert harness.minutes.select("SELECT sum(orders) AS n FROM day_money") == [{"n": 1}]
