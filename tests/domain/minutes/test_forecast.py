"""Time to empty: a range of dates, what will expire unused, or that nobody knows."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.minutes.burn import BurnPolicy
from domain.minutes.forecast import (
    HORIZON_DAYS,
    Forecast,
    Outlook,
    busy_rate,
    forecast,
    seconds_by_day,
    usual_rate,
)
from domain.minutes.package import Package
from tests.domain.minutes.builders import DAY, HOUR, INSTANT, NOON, package

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
TODAY = MIDNIGHT.date()
ZONES = ("UTC", "Europe/Moscow", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago")
STEADY = (600,) * 28


def days_from_now(days: int) -> date:
    """A local date after today."""
    return TODAY + timedelta(days=days)


def of(*packages: Package, used: tuple[int, ...] = STEADY, at: datetime = MIDNIGHT, zone: str = "UTC") -> Forecast:
    """The forecast of an account that uses ten minutes a day unless said otherwise."""
    return forecast(packages, used, at=at, zone=ZoneInfo(zone))


class TestRates:
    def test_of_steady_use_are_that_use(self) -> None:
        assert (usual_rate(STEADY), busy_rate(STEADY)) == (600, 600)

    def test_usual_weighs_half_for_each_week_that_has_passed(self) -> None:
        weekly = [usual_rate([0] * back + [1_000_000] + [0] * (27 - back)) for back in (27, 20, 13, 6)]

        assert weekly == sorted(weekly, reverse=True)
        assert [round(later / earlier, 2) for later, earlier in zip(weekly[1:], weekly, strict=False)] == [
            0.5,
            0.5,
            0.5,
        ]

    def test_busy_is_the_ninetieth_percentile_of_weeks(self) -> None:
        # Of 22 weeks, the 20th in order: two may be busier.
        used = [0] * 7 + [700] * 14 + [0] * 7

        assert busy_rate(used) == 700

    def test_busy_is_never_below_usual(self) -> None:
        just_begun = [0] * 25 + [50_000] * 3

        assert busy_rate(just_begun) == usual_rate(just_begun) > 0

    @given(st.lists(st.integers(0, 200_000), min_size=7, max_size=28))
    def test_lie_between_nothing_and_the_most(self, used: list[int]) -> None:
        assert 0 <= usual_rate(used) <= busy_rate(used) <= max(used)


class TestNotEnoughData:
    @pytest.mark.parametrize("used", [(), (600,) * 6, (0,) * 28, (0,) * 26 + (600,) * 2])
    def test_with_fewer_than_seven_days_or_three_active_ones(self, used: tuple[int, ...]) -> None:
        assert of(package(left_seconds=6_000), used=used) == Forecast(Outlook.NOT_ENOUGH_DATA)

    def test_seven_days_with_three_active_ones_are_enough(self) -> None:
        assert of(package(left_seconds=6_000), used=(0, 0, 0, 0, 60, 60, 60)).outlook is Outlook.RUNS_OUT

    def test_nothing_left_needs_none(self) -> None:
        later = package(activated_at=MIDNIGHT + HOUR)

        assert of(package(left_seconds=0), later, used=()) == Forecast(Outlook.EMPTY)


class TestRunsOut:
    def test_is_a_range_also_where_use_is_steady(self) -> None:
        found = of(package(left_seconds=6_000))

        assert found == Forecast(Outlook.RUNS_OUT, days_from_now(9), days_from_now(10))

    def test_is_wider_where_use_is_not(self) -> None:
        weeks = ((600,) * 7 + (100,) * 7) * 2

        found = of(package(left_seconds=6_000), used=weeks)

        assert found.earliest is not None
        assert found.latest is not None
        # Six days of ten minutes and one of less are a busy week; the last two weeks weigh most in a usual day.
        assert found.earliest == days_from_now(11)
        assert found.latest > days_from_now(18)

    def test_takes_what_is_left_of_today_into_account(self) -> None:
        in_the_evening = of(package(left_seconds=600), at=MIDNIGHT + 18 * HOUR)

        assert in_the_evening.earliest == days_from_now(1)

    def test_counts_packages_that_start_in_time(self) -> None:
        now, later = package("1", 1_200), package("2", 1_200, activated_at=MIDNIGHT + 36 * HOUR)
        too_late = package("2", 1_200, activated_at=MIDNIGHT + 49 * HOUR)

        assert of(now, later).earliest == days_from_now(3)
        assert of(now, too_late).earliest == days_from_now(1)

    def test_ends_after_a_year(self) -> None:
        found = of(package(left_seconds=10**9))

        assert found == Forecast(Outlook.RUNS_OUT, days_from_now(HORIZON_DAYS), None)

    def test_follows_the_burn_order(self) -> None:
        expiring = package("1", 3_000, activated_at=NOON - DAY, expires_at=MIDNIGHT + 5 * DAY)
        older = package("2", 3_000, activated_at=NOON - 9 * DAY)

        assert of(expiring, older).outlook is Outlook.EXPIRES_UNUSED
        policy = BurnPolicy.SOONEST_EXPIRY
        found = forecast([expiring, older], STEADY, at=MIDNIGHT, zone=UTC, policy=policy)
        assert (found.outlook, found.earliest) == (Outlook.RUNS_OUT, days_from_now(9))


class TestExpiresUnused:
    def test_says_how_much_and_when(self) -> None:
        found = of(package(left_seconds=6_000, expires_at=MIDNIGHT + 4 * DAY + HOUR))

        # Four days of ten minutes, and one hour's share of the fifth.
        assert (found.outlook, found.unused_seconds, found.unused_on) == (
            Outlook.EXPIRES_UNUSED,
            6_000 - 4 * 600 - 25,
            days_from_now(4),
        )

    def test_names_the_first_date_and_everything_on_it(self) -> None:
        tomorrow = MIDNIGHT + DAY
        found = of(
            package("1", 6_000, expires_at=tomorrow + HOUR),
            package("2", 1_000, expires_at=tomorrow + HOUR),
            package("3", 9_000, expires_at=tomorrow + 9 * DAY),
        )

        assert (found.unused_on, found.unused_seconds) == (days_from_now(1), 7_000 - 600 - 25)

    def test_leaves_out_less_than_a_minute(self) -> None:
        found = of(package(left_seconds=6_059, expires_at=MIDNIGHT + 10 * DAY))

        assert (found.outlook, found.unused_seconds) == (Outlook.RUNS_OUT, 0)

    def test_is_not_said_of_what_has_ended_already(self) -> None:
        found = of(package("1", 6_000, expires_at=MIDNIGHT - HOUR), package("2", 6_000))

        assert found.outlook is Outlook.RUNS_OUT


class TestDays:
    @pytest.mark.parametrize("zone", ZONES)
    def test_are_local(self, zone: str) -> None:
        local = ZoneInfo(zone)
        yesterday = NOON.astimezone(local).date() - timedelta(days=1)
        late = datetime(yesterday.year, yesterday.month, yesterday.day, 23, 45, tzinfo=local)
        early = late.replace(hour=0, minute=0)

        days = seconds_by_day(
            [(late, 5), (early, 7), (early - INSTANT, 100), (late + timedelta(minutes=15), 1_000)],
            known_since=NOON - 60 * DAY,
            at=NOON,
            zone=local,
        )

        assert days[-2:] == (100, 12)
        assert (len(days), sum(days)) == (28, 112)

    @pytest.mark.parametrize(
        ("zone", "change"),
        [
            ("Europe/Berlin", date(2026, 3, 29)),
            ("Europe/Berlin", date(2026, 10, 25)),
            ("America/Santiago", date(2026, 9, 6)),  # there midnight itself is left out
            ("Australia/Lord_Howe", date(2026, 4, 5)),  # by half an hour
        ],
    )
    def test_on_which_clocks_change_are_days_like_others(self, zone: str, change: date) -> None:
        at = datetime(change.year, change.month, change.day, 12, tzinfo=ZoneInfo(zone)) - 2 * DAY
        at = at.astimezone(UTC)

        # Half of a day, and then four whole ones.
        found = of(package(left_seconds=300 + 4 * 600, activated_at=at - DAY), at=at, zone=zone)

        assert found.earliest == change + timedelta(days=2)

    @pytest.mark.parametrize("zone", ZONES)
    def test_of_which_there_are_29_in_february(self, zone: str) -> None:
        at = datetime(2028, 2, 27, tzinfo=ZoneInfo(zone)).astimezone(UTC)

        found = of(package(left_seconds=1_500, activated_at=at - DAY), at=at, zone=zone)

        assert (found.earliest, found.latest) == (date(2028, 2, 29), date(2028, 3, 1))

    def test_that_a_zone_skipped_are_left_out(self) -> None:
        at = datetime(2011, 12, 29, tzinfo=ZoneInfo("Pacific/Apia")).astimezone(UTC)

        found = of(package(left_seconds=1_200, activated_at=at - DAY), at=at, zone="Pacific/Apia")

        assert found.earliest == date(2011, 12, 31)

    def test_before_the_first_that_is_known_are_left_out(self) -> None:
        days = seconds_by_day([(NOON - 3 * DAY, 9)], known_since=NOON - 3 * DAY - HOUR, at=NOON, zone=UTC)

        assert days == (9, 0, 0)
        assert seconds_by_day([], known_since=NOON, at=NOON, zone=UTC) == ()


@st.composite
def accounts(draw: st.DrawFn) -> list[Package]:
    """Some packages, of which some start later and some end."""
    count = draw(st.integers(1, 5))
    packages = []
    for number in range(count):
        starts = MIDNIGHT + draw(st.timedeltas(min_value=-40 * DAY, max_value=20 * DAY))
        lasts = draw(st.none() | st.timedeltas(min_value=HOUR, max_value=80 * DAY))
        packages.append(
            package(
                str(number),
                draw(st.integers(0, 40_000)),
                priority=draw(st.sampled_from((10, 100))),
                activated_at=starts,
                expires_at=None if lasts is None else starts + lasts,
            )
        )
    return packages


class TestEveryForecast:
    @given(
        packages=accounts(),
        used=st.lists(st.integers(0, 5_000), min_size=7, max_size=28),
        zone=st.sampled_from(ZONES),
        more=st.integers(1, 50_000),
        which=st.integers(0, 4),
    )
    def test_is_a_range_that_more_minutes_never_make_earlier(
        self, packages: list[Package], used: list[int], zone: str, more: int, which: int
    ) -> None:
        before = of(*packages, used=tuple(used), zone=zone)
        fuller = list(packages)
        one = fuller[which % len(fuller)]
        fuller[which % len(fuller)] = package(
            one.id,
            one.left_seconds + more,
            priority=one.priority,
            activated_at=one.activated_at,
            expires_at=one.expires_at,
        )
        after = of(*fuller, used=tuple(used), zone=zone)

        for found in (before, after):
            if found.outlook is Outlook.RUNS_OUT:
                assert found.earliest is not None
                assert found.latest is None or found.earliest < found.latest
            if found.outlook is Outlook.EXPIRES_UNUSED:
                assert 60 <= found.unused_seconds <= sum(each.left_seconds for each in fuller)
                assert found.unused_on in {
                    each.expires_at.astimezone(ZoneInfo(zone)).date() for each in fuller if each.expires_at
                }
        if before.earliest is not None:
            assert after.earliest is None or after.earliest >= before.earliest
            assert before.latest is None or after.latest is None or after.latest >= before.latest - DAY

    @given(left=st.integers(1, 30_000), used=st.lists(st.integers(60, 5_000), min_size=7, max_size=28))
    def test_of_one_package_burns_just_what_it_has(self, left: int, used: list[int]) -> None:
        found = of(package(left_seconds=left), used=tuple(used))

        usual_days, busy_days = -(-left // usual_rate(used)), -(-left // busy_rate(used))
        if found.latest is not None:
            assert found.earliest == days_from_now(busy_days - 1)
            assert found.latest == days_from_now(max(usual_days - 1, busy_days))
        else:
            assert usual_days > HORIZON_DAYS
