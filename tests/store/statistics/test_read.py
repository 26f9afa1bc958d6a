"""What pages of figures read: sums by day of a zone, in one currency, without tests."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from domain.statistics.period import Days
from store.engine import Engine
from store.reading import reading
from store.statistics.count import count_days_again
from store.statistics.read.activity import read_activity
from store.statistics.read.liability import read_deferred, read_offers
from store.statistics.read.minutes import read_minutes
from store.statistics.read.sales import Sums, read_sales
from store.statistics.read.sums import freshness, late_changes
from store.transaction import transaction

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 3)
DAYS = Days(FIRST, LAST, "UTC")


def at(day: int, hour: int = 12) -> datetime:
    """A quarter of November."""
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def insert(engine: Engine, table: str, *rows: dict[str, Any]) -> None:
    """Write some rows."""
    with transaction(engine) as session:
        for row in rows:
            names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
            session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
        count_days_again(session, "UTC")


def money(day: int, **amounts: Any) -> dict[str, Any]:
    """Money of a quarter."""
    usual = {"bucket": at(day), "currency": "EUR", "gateway": "stripe", "product": 1, "kind": "first"}
    return usual | amounts


class TestSales:
    def test_have_every_day_and_every_stage_by_name(self, engine: Engine) -> None:
        insert(
            engine,
            "bucket_money",
            money(1, gross_minor=500, orders=2, fee_minor=20),
            money(1, gross_minor=300, orders=1, kind="renewal"),
            money(3, refunded_minor=600, refunds=1, lost_minor=100),
        )

        with reading(engine) as session:
            sales = read_sales(session, DAYS, "EUR")

        assert sales.days[FIRST] == Sums(gross_minor=800, orders=3, fee_minor=20)
        assert sales.days[FIRST + timedelta(days=1)] == Sums()
        # More went back than came in: a day may be below nothing.
        assert sales.days[LAST].net_minor == -700
        assert (sales.total.net_minor, sales.total.payout_minor) == (100, 80)
        assert {kind: one.gross_minor for kind, one in sales.by_kind.items()} == {"first": 500, "renewal": 300}

    @pytest.mark.parametrize(
        "other", [{"currency": "RUB"}, {"is_test": True}, {"gateway": "sandbox"}, {"bucket": at(4, 0)}]
    )
    def test_leave_out_what_is_not_meant(self, engine: Engine, other: dict[str, Any]) -> None:
        insert(engine, "bucket_money", money(1, gross_minor=500, **other))

        with reading(engine) as session:
            assert read_sales(session, DAYS, "EUR").total == Sums()

    def test_are_of_the_zones_day(self, engine: Engine) -> None:
        insert(engine, "bucket_money", money(1, bucket=at(1, 22), gross_minor=500))

        with reading(engine) as session:
            in_london = read_sales(session, Days(FIRST, LAST, "UTC"), "EUR").days
        with transaction(engine) as session:
            count_days_again(session, "Europe/Moscow")
        with reading(engine) as session:
            in_moscow = read_sales(session, Days(FIRST, LAST, "Europe/Moscow"), "EUR").days

        assert in_london[date(2026, 11, 1)].gross_minor == 500
        assert in_moscow[date(2026, 11, 2)].gross_minor == 500


class TestMinutes:
    def test_are_told_apart_by_what_became_of_them(self, engine: Engine) -> None:
        def lines(kind: str, package: str, seconds: int, day: int = 1) -> dict[str, Any]:
            return {"bucket": at(day), "entry_kind": kind, "package_kind": package, "seconds": seconds, "lines": 1}

        insert(
            engine,
            "bucket_minutes",
            lines("grant", "purchased", 600),
            lines("grant", "promo", 300),
            lines("burn", "purchased", -200),
            lines("give_back", "purchased", 50),
            lines("settle", "purchased", -30),
            lines("expire", "promo", -100),
            lines("debt", "none", 90),
            lines("debt_settled", "none", -30, day=2),
            lines("forgiven", "none", 5),
        )

        with reading(engine) as session:
            minutes = read_minutes(session, DAYS)

        total = minutes.total
        assert (total.sold, total.given, total.used, total.settled) == (600, 300, 150, 30)
        assert (total.expired, total.voided, total.debt, total.forgiven) == (100, 0, 60, 5)
        assert minutes.left == {"promo": 200, "purchased": 420}
        assert minutes.owed == 60
        assert minutes.days[FIRST].debt == 90


class TestActivity:
    def test_says_who_came_for_the_first_time(self, engine: Engine) -> None:
        day = {"day": FIRST, "counted_at": at(2), "seconds": 60, "usages": 1, "of_day": 1, "of_week": 2, "of_month": 4}
        insert(engine, "day_activity", day)
        insert(engine, "day_first", {"day": FIRST, "first_used": 1, "first_paid": 1})

        with reading(engine) as session:
            [found] = read_activity(session, DAYS)

        assert (found.first_used, found.first_paid, found.stickiness) == (1, 1, 0.25)


class TestLiability:
    def test_earned_is_the_difference_of_two_days(self, engine: Engine) -> None:
        insert(
            engine,
            "day_deferred",
            *(
                {
                    "day": day,
                    "taken_at": at(1),
                    "currency": "EUR",
                    "kind": "first",
                    "product": 1,
                    "seconds": deferred,
                    "deferred_minor": deferred,
                    "net_minor": net,
                }
                for day, deferred, net in ((date(2026, 10, 31), 100, 1000), (LAST, 150, 1200))
            ),
        )

        nights = ({"what": "deferred", "day": day, "taken_at": at(1)} for day in (date(2026, 10, 31), LAST))
        insert(engine, "day_taken", *nights)

        with reading(engine) as session:
            before, after = read_deferred(session, DAYS, "EUR")
            [offer] = read_offers(session, LAST, "EUR")

        assert after.earned_minor - before.earned_minor == 150
        assert (offer.kind, offer.deferred_minor) == ("first", 150)


class TestFreshness:
    def test_says_that_nothing_is_counted_yet(self, engine: Engine) -> None:
        with reading(engine) as session:
            found = freshness(session)

        assert (found.minutes_until, found.money_waiting.value) == (None, 0)

    def test_names_days_that_were_changed_later(self, engine: Engine) -> None:
        late = {"bucket": at(1), "what": "gross", "currency": "EUR", "changed_on": date(2026, 11, 5), "amount": 100}
        insert(engine, "late_change", late, late | {"bucket": at(1, 13)})

        with reading(engine) as session:
            [found] = late_changes(session, DAYS, currency="EUR")

        assert (found.day, found.changed_on, found.amount) == (FIRST, date(2026, 11, 5), 200)
