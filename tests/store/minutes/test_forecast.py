"""What an account has used of late: read by its chain, however long its past is."""

from datetime import datetime, timedelta

import pytest

from domain.minutes.burn import BurnPolicy
from domain.minutes.forecast import Forecast, Outlook
from store.engine import Engine
from store.minutes.chain import RecentUse, use_since
from store.minutes.read import DaysKey, UnknownAccount, account_balance, account_forecast
from store.reading import reading
from tests.store.minutes.history import DAY, NOW, book, grant, reversal, usage
from tests.workers.events import registered

LONG_AGO = NOW - 100 * DAY


def use(engine: Engine, at: datetime, seconds: int, *, event_id: str | None = None) -> None:
    """Book a usage at once."""
    book(engine, usage("a", seconds, event_id=event_id or f"use-{at.isoformat()}", at=at), now=at)


def recent(engine: Engine, *, since: datetime = NOW - 28 * DAY) -> RecentUse:
    """What the account has used since a moment."""
    with reading(engine) as session:
        number, last = session.connection().exec_driver_sql("SELECT number, last_entry_id FROM account").one()
        return use_since(session, number, last_entry_id=last, since=since)


@pytest.fixture
def granted(engine: Engine) -> Engine:
    """An account that got ten hours a hundred days ago."""
    book(engine, grant("a", 36_000, event_id="g", activated_at=LONG_AGO), now=LONG_AGO)
    return engine


class TestUseSince:
    def test_is_summed_by_quarters_of_an_hour(self, granted: Engine) -> None:
        for minutes, seconds in ((0, 5), (14, 7), (15, 11)):
            use(granted, NOW - DAY + timedelta(minutes=minutes), seconds)

        found = recent(granted)

        assert sorted(found.used) == [(NOW - DAY, 12), (NOW - DAY + timedelta(minutes=15), 11)]

    def test_counts_what_became_debt_or_was_forgiven_once(self, engine: Engine) -> None:
        book(engine, grant("a", 100, event_id="g"), now=NOW - 20 * DAY)
        use(engine, NOW - 10 * DAY, 1_000)
        use(engine, NOW - 9 * DAY, 30)
        # The next purchase pays the debt, which is no use of today.
        book(engine, grant("a", 5_000, event_id="g2"), now=NOW)

        assert sorted(recent(engine).used) == [(NOW - 10 * DAY, 1_000), (NOW - 9 * DAY, 30)]

    def test_leaves_out_what_was_reversed(self, granted: Engine) -> None:
        for days in (60, 5, 4):
            use(granted, NOW - days * DAY, 600, event_id=f"u{days}")
        for days in (60, 5):
            book(granted, reversal("a", f"u{days}", event_id=f"r{days}", at=NOW - 2 * DAY), now=NOW - 2 * DAY)

        assert recent(granted).used == ((NOW - 4 * DAY, 600),)

    def test_is_known_since_the_first_line_if_that_is_young(self, engine: Engine) -> None:
        book(engine, grant("a", 100, event_id="g"), now=NOW - 9 * DAY)

        assert recent(engine) == RecentUse((), NOW - 9 * DAY)

    def test_is_known_since_the_use_that_a_late_first_line_is_about(self, engine: Engine) -> None:
        book(engine, usage("a", 60, event_id="u", at=NOW - 2 * DAY), now=NOW)

        assert recent(engine) == RecentUse(((NOW - 2 * DAY, 60),), NOW - 2 * DAY)

    def test_is_known_for_all_the_time_of_an_older_account(self, granted: Engine) -> None:
        assert recent(granted) == RecentUse((), NOW - 28 * DAY)

    def test_reads_nothing_of_what_was_before(self, granted: Engine) -> None:
        for days in range(90, 30, -1):
            use(granted, NOW - days * DAY, 60)
        use(granted, NOW - DAY, 60)

        plan = _rows_read(granted)

        assert plan <= 3


class TestAccountForecast:
    @pytest.mark.parametrize(("zone", "days"), [("UTC", 32), ("Pacific/Kiritimati", 33), ("Pacific/Pago_Pago", 32)])
    def test_is_in_the_accounts_own_days(self, granted: Engine, zone: str, days: int) -> None:
        book(granted, registered("a", time_zone=zone, at=NOW - 30 * DAY), now=NOW - 30 * DAY)
        for back in range(28, 0, -1):
            use(granted, NOW - back * DAY, 600)

        with reading(granted) as session:
            found = account_forecast(session, "a", now=NOW, policy=BurnPolicy.OLDEST_FIRST)
            left = account_balance(session, "a", at=None, now=NOW, policy=BurnPolicy.OLDEST_FIRST).available_seconds

        assert left == 36_000 - 28 * 600
        # On the eastern side of the date line it is tomorrow already.
        earliest = NOW.date() + timedelta(days=days)
        assert found == Forecast(Outlook.RUNS_OUT, earliest, earliest + timedelta(days=1))

    def test_of_a_new_account_is_not_known(self, engine: Engine) -> None:
        book(engine, grant("a", 6_000, event_id="g"), now=NOW - 3 * DAY)

        with reading(engine) as session:
            found = account_forecast(session, "a", now=NOW, policy=BurnPolicy.OLDEST_FIRST)

        assert found.outlook is Outlook.NOT_ENOUGH_DATA

    def test_of_nobody_is_refused(self, engine: Engine) -> None:
        with reading(engine) as session, pytest.raises(UnknownAccount):
            account_forecast(session, "nobody", now=NOW, policy=BurnPolicy.OLDEST_FIRST)


def _rows_read(engine: Engine) -> int:
    """How many rows of the ledger the query reads, by PostgreSQL's own count."""
    with reading(engine) as session:
        number, last = session.connection().exec_driver_sql("SELECT number, last_entry_id FROM account").one()
        use_since(session, number, last_entry_id=last, since=NOW - 28 * DAY)
        fetched = session.connection().exec_driver_sql("SELECT pg_stat_get_xact_tuples_fetched('entry'::regclass)")
        return int(fetched.scalar_one())


class Known(dict[DaysKey, tuple[int, ...]]):
    """A memory that forgets nothing, and counts what is put into it."""

    puts = 0

    def now(self) -> float:
        return 0.0

    def put(self, key: DaysKey, value: tuple[int, ...], /, *, since: float) -> None:
        self.puts += 1
        self[key] = value


class TestKnownDays:
    def forecast_at(self, engine: Engine, at: datetime, known: Known | None) -> Forecast:
        with reading(engine) as session:
            return account_forecast(session, "a", now=at, policy=BurnPolicy.OLDEST_FIRST, known=known)

    def test_are_read_once_a_day_and_zone(self, granted: Engine) -> None:
        known = Known()
        for days in range(1, 10):
            use(granted, NOW - days * DAY, 600)

        first, again = (self.forecast_at(granted, NOW, known) for _ in range(2))
        self.forecast_at(granted, NOW + DAY, known)
        book(granted, registered("a", time_zone="Asia/Novosibirsk"), now=NOW + DAY)
        self.forecast_at(granted, NOW + DAY, known)

        assert first == again == self.forecast_at(granted, NOW, None)
        assert first.outlook is Outlook.RUNS_OUT
        assert known.puts == len(known) == 3

    def test_go_with_what_is_left_now(self, granted: Engine) -> None:
        known = Known()
        for days in range(1, 10):
            use(granted, NOW - days * DAY, 600)
        before = self.forecast_at(granted, NOW, known)

        use(granted, NOW, 20_000)
        after = self.forecast_at(granted, NOW, known)

        assert known.puts == 1
        assert after == self.forecast_at(granted, NOW, None)
        assert after != before
