"""What becomes known late is in the figures of its day: money, use before any order, and days of another zone."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from domain.statistics.period import Days
from store.engine import Engine
from store.reading import reading
from store.statistics.read.sales import read_payers
from store.transaction import transaction
from tests.workers.events import DAY, NOW, grant, usage
from tests.workers.minutes.harness import MinutesHarness, audited
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.context import Context
from workers.statistics.count import count_statistics
from workers.statistics.recount import recount


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


def count(harness: PaymentHarness | MinutesHarness, now: datetime, zone: str = "UTC") -> Context:
    """Let the tick of statistics come at a moment."""
    context = Context(harness.engine, clock=lambda: now, business_zone=zone)
    count_statistics(context)
    return context


def firsts(harness: MinutesHarness) -> dict[str, tuple[int, int]]:
    """Days on which anybody used or paid for the first time, and how many."""
    rows = harness.select("SELECT * FROM day_first WHERE first_used + first_paid > 0 ORDER BY day")
    return {str(row["day"]): (row["first_used"], row["first_paid"]) for row in rows}


def final(harness: MinutesHarness, table: str) -> set[str]:
    """The days that are not taken again."""
    rows = harness.select("SELECT day FROM day_taken WHERE what = :what AND is_final", what=table)
    return {str(row["day"]) for row in rows}


class TestMoney:
    @pytest.mark.parametrize("late", [7, 28])
    def test_that_is_heard_of_late_has_its_payer_and_its_first_payment(
        self, harness: PaymentHarness, late: int
    ) -> None:
        day = harness.clock().date()
        order_id = harness.buy()["order_id"]
        harness.bought()
        count(harness, harness.clock())
        other = replace(harness.minutes, account="late")
        harness.minutes, own = other, harness.minutes
        late_id = harness.buy()["order_id"]
        for each in (order_id, late_id):
            harness.memory.pay(harness.order(each)["checkout_ref"])
        harness.offset += (late - 1) * DAY
        count(harness, harness.clock())
        harness.offset += DAY
        harness.hear_all()
        harness.minutes = own

        context = count(harness, harness.clock())

        with reading(harness.engine) as session:
            payers = read_payers(session, Days(day, day, "UTC"), "RUB")
        assert (payers, firsts(harness.minutes)) == (2, {str(day): (0, 2)})
        harness.offset += 32 * DAY
        count(harness, harness.clock())
        assert str(day) in final(harness.minutes, "day_payer") & final(harness.minutes, "day_first")
        assert not {one.what for one in recount(context, day, day)} & {"day_payer", "day_first"}


class TestUse:
    def test_of_free_minutes_alone_is_counted(self, own_harness: MinutesHarness) -> None:
        own_harness.apply(grant(own_harness.account, 600, at=NOW - 40 * DAY), now=NOW - 40 * DAY)
        own_harness.apply(usage(own_harness.account, 60, at=NOW - 38 * DAY), now=NOW - 38 * DAY)

        count(own_harness, NOW)

        assert firsts(own_harness) == {"2026-10-16": (1, 0)}
        rows = own_harness.select("SELECT * FROM month_retention WHERE size > 0 AND accounts > 0")
        assert [(str(row["month"]), row["began"], row["did"]) for row in rows] == [("2026-10-01", "used", "used")]

    def test_before_the_first_order_is_counted(self, harness: PaymentHarness) -> None:
        free = replace(harness.minutes, account="free")
        before = harness.clock() - 3 * DAY
        free.apply(grant("free", 600, at=before), usage("free", 60, at=before), now=before)
        harness.bought()

        count(harness, harness.clock())

        assert firsts(harness.minutes) == {str(before.date()): (1, 0), str(harness.clock().date()): (0, 1)}


class TestAnotherZone:
    def test_has_first_days_of_its_own(self, harness: PaymentHarness) -> None:
        harness.bought()
        now = harness.clock() + DAY
        paid_at = (harness.clock() - DAY).replace(hour=22)
        with transaction(harness.engine) as session:
            session.execute(text("UPDATE orders SET created_at = :at, paid_at = :at"), {"at": paid_at})
        found = []
        for zone in ("UTC", "Europe/Moscow", "UTC"):
            count(harness, now, zone)
            [first] = harness.minutes.select("SELECT paid_day FROM account_first")
            found.append((first["paid_day"], firsts(harness.minutes)))

        day = paid_at.date()
        assert found == [(one, {str(one): (0, 1)}) for one in (day, day + DAY, day)]

    def test_has_no_final_day_before_activity_is_counted_again(
        self, own_harness: MinutesHarness, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = own_harness.account
        begun = NOW - 60 * DAY
        own_harness.apply(grant(account, 600, at=begun), now=begun)
        for ago in (58, 3):
            name = replace(own_harness, account=f"a{ago}")
            name.apply(usage(name.account, 60, at=NOW - ago * DAY), now=NOW - ago * DAY)
        count(own_harness, NOW)
        whole = firsts(own_harness)

        with monkeypatch.context() as slow:
            slow.setattr("workers.statistics.count.STRETCHES", 10)
            count(own_harness, NOW, "Europe/Moscow")
        [state] = own_harness.select("SELECT activity_until FROM statistics_state")
        early = final(own_harness, "day_first")
        young = own_harness.select("SELECT day FROM day_taken WHERE what = 'day_first' AND NOT is_final")
        count(own_harness, NOW, "Europe/Moscow")

        assert state["activity_until"] < NOW - 45 * DAY
        assert (early, young) == (set(), [])
        assert firsts(own_harness) == whole == {"2026-09-26": (1, 0), "2026-11-20": (1, 0)}
