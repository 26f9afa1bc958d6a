"""What an account has used on days that are over: the sums by day say what the ledger says, or nothing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from domain.minutes.burn import BurnPolicy
from domain.minutes.forecast import Forecast, Outlook
from store.engine import Engine
from store.minutes.days import booked_days, counted_days
from store.minutes.read import account_forecast
from store.reading import reading
from store.tables import AccountRow
from tests.store.minutes.history import DAY, HOUR, NOW, book, grant, reversal, usage
from tests.workers.events import registered
from workers.context import Context
from workers.statistics.count import count_statistics

UTC = ZoneInfo("UTC")
MOSCOW = ZoneInfo("Europe/Moscow")


def count(engine: Engine, *, zone: str = "UTC", now: datetime = NOW) -> None:
    """Add to the sums what is booked."""
    count_statistics(Context(engine, clock=lambda: now, business_zone=zone))


def both(engine: Engine, account: str, zone: ZoneInfo) -> tuple[tuple[int, ...] | None, tuple[int, ...]]:
    """What the sums say, and what the ledger says."""
    with reading(engine) as session:
        row = session.exec(select(AccountRow).where(AccountRow.id == account)).one()
        assert row.number is not None
        counted = counted_days(session, row.number, now=NOW, zone=zone)
        return counted, booked_days(session, row, now=NOW, zone=zone)


def live(engine: Engine, account: str, *, days: int = 40) -> None:
    """Let an account use its minutes for some days, at all hours, and take one usage of two days ago back."""
    began = NOW - days * DAY
    book(engine, grant(account, 2_000, event_id=f"{account}-g", activated_at=began), now=began)
    for back in range(days, 0, -2):
        for hours in (0, 7, 13):
            at = NOW - back * DAY + hours * HOUR
            book(engine, usage(account, 60 + back, event_id=f"{account}-{back}-{hours}", at=at), now=at)
    book(engine, reversal(account, f"{account}-2-7", event_id=f"{account}-r"), now=NOW - DAY)


class TestCountedDays:
    @pytest.mark.parametrize("zone", [UTC, MOSCOW], ids=str)
    def test_are_those_of_the_ledger_with_debt_and_without_what_was_reversed(
        self, engine: Engine, zone: ZoneInfo
    ) -> None:
        live(engine, "a")
        live(engine, "b")
        count(engine, zone=zone.key)

        counted, booked = both(engine, "a", zone)

        assert counted == booked
        assert len(booked) == 28
        # Three times a day on fourteen days, each of a minute and as many seconds as days ago, but for one of two days ago.
        assert sum(booked) == 3 * (14 * 60 + sum(range(2, 29, 2))) - 62

    def test_may_be_of_a_zone_with_another_name(self, engine: Engine) -> None:
        live(engine, "a")
        count(engine, zone="Europe/Moscow")

        counted, booked = both(engine, "a", ZoneInfo("Europe/Minsk"))

        assert counted == booked

    def test_read_no_line_of_the_ledger(self, engine: Engine) -> None:
        live(engine, "a")
        count(engine)

        with reading(engine) as session:
            number = session.exec(select(AccountRow.number).where(AccountRow.id == "a")).one()
            assert number is not None
            found = counted_days(session, number, now=NOW, zone=UTC)
            fetched = session.connection().exec_driver_sql("SELECT pg_stat_get_xact_tuples_fetched('entry'::regclass)")
            lines = fetched.scalar_one()

        assert found is not None
        assert lines == 0

    def test_make_the_forecast_that_the_ledger_makes(self, engine: Engine) -> None:
        live(engine, "a")
        book(engine, registered("a", time_zone="Europe/Moscow", at=NOW), grant("a", 36_000, event_id="more"), now=NOW)

        def said() -> Forecast:
            with reading(engine) as session:
                return account_forecast(session, "a", now=NOW, policy=BurnPolicy.OLDEST_FIRST)

        before = said()
        count(engine, zone="Europe/Moscow")
        counted, _ = both(engine, "a", MOSCOW)

        assert counted is not None
        assert said() == before
        assert before.outlook is Outlook.RUNS_OUT


class TestNothing:
    def test_is_said_before_anything_is_counted(self, engine: Engine) -> None:
        live(engine, "a")

        assert both(engine, "a", UTC)[0] is None

    def test_is_said_while_yesterday_is_not_counted_to_its_end(self, engine: Engine) -> None:
        live(engine, "a")
        count(engine, now=NOW - timedelta(hours=12))

        assert both(engine, "a", UTC)[0] is None

    def test_is_said_where_days_begin_at_another_moment(self, engine: Engine) -> None:
        live(engine, "a")
        count(engine)

        assert both(engine, "a", MOSCOW)[0] is None

    def test_is_said_of_an_account_that_may_be_younger(self, engine: Engine) -> None:
        live(engine, "a", days=20)
        count(engine)

        counted, booked = both(engine, "a", UTC)

        assert counted is None
        assert len(booked) == 20
