"""How lengths, money and moments read in four languages."""

from datetime import UTC, date, datetime

import pytest

from domain.money import Money
from i18n.formats import Formats

NOON = datetime(2026, 12, 3, 11, 2, tzinfo=UTC)


def plain(text: str) -> str:
    """A text with spaces for its no-break and thin spaces, as a person reads it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def formats(tag: str, zone: str | None = "Europe/Moscow") -> Formats:
    """The formats of a person in Moscow."""
    return Formats(tag, zone)


class TestDuration:
    @pytest.mark.parametrize(
        ("seconds", "written"),
        [
            (0, "0 s"),
            (1, "1 s"),
            (59, "59 s"),
            (60, "1 min"),
            (61, "1 min 1 s"),
            (3_600, "1 h"),
            (3_601, "1 h 1 s"),
            (18_720, "5 h 12 min"),
            (18_725, "5 h 12 min 5 s"),
            (4_443_120, "1,234 h 12 min"),
        ],
    )
    def test_leaves_out_what_is_zero(self, seconds: int, written: str) -> None:
        assert plain(formats("en").duration(seconds)) == written

    @pytest.mark.parametrize(
        ("tag", "written"),
        [("ru", "5 ч 12 мин"), ("en", "5 h 12 min"), ("de", "5 h 12 min"), ("es", "5 h 12 min")],
    )
    def test_has_the_units_of_each_language(self, tag: str, written: str) -> None:
        assert plain(formats(tag).duration(18_720)) == written

    @pytest.mark.parametrize("tag", ["ru", "en", "de", "es"])
    def test_never_breaks_between_number_and_unit(self, tag: str) -> None:
        assert " " not in formats(tag).duration(4_443_125)


class TestBalance:
    @pytest.mark.parametrize(
        ("seconds", "written"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (119, "1 min"), (3_659, "1 h")]
    )
    def test_floors_to_whole_minutes_from_one_minute_on(self, seconds: int, written: str) -> None:
        assert plain(formats("en").balance(seconds)) == written


class TestMinutes:
    @pytest.mark.parametrize(
        ("seconds", "written"), [(60, "1 минута"), (18_059, "300 минут"), (72_060, "1 201 минута")]
    )
    def test_are_whole_and_in_words(self, seconds: int, written: str) -> None:
        assert plain(formats("ru").minutes(seconds)) == written


class TestMoney:
    @pytest.mark.parametrize(
        ("tag", "amount", "written"),
        [
            ("ru", Money(119_900, "RUB"), "1 199,00 ₽"),
            ("ru", Money(499, "USD"), "4,99 $"),
            ("ru", Money(500, "JPY"), "500 ¥"),
            ("en", Money(119_900, "RUB"), "RUB 1,199.00"),
            ("en", Money(499, "USD"), "US$4.99"),
            ("en-US", Money(499, "USD"), "$4.99"),
            ("en", Money(399, "EUR"), "€3.99"),
            ("en", Money(500, "JPY"), "JP¥500"),
            ("de", Money(119_900, "RUB"), "1.199,00 RUB"),
            ("de", Money(399, "EUR"), "3,99 €"),
            ("de", Money(500, "JPY"), "500 ¥"),
            ("es", Money(399, "EUR"), "3,99 €"),
            ("es", Money(500, "JPY"), "500 JPY"),
            ("en", Money(0, "EUR"), "€0.00"),
            ("en", Money(-150, "EUR"), "-€1.50"),
            ("en", Money(1_250, "KWD"), "KWD 1.250"),
            ("de", Money(12_345, "CLF"), "1,2345 CLF"),
            ("ru", Money(100, "ISK"), "100 ISK"),
        ],
    )
    def test_has_the_digits_of_its_currency_and_the_habits_of_its_reader(
        self, tag: str, amount: Money, written: str
    ) -> None:
        assert plain(formats(tag).money(amount)) == written

    @pytest.mark.parametrize("tag", ["ru", "en", "de", "es", "es-MX"])
    @pytest.mark.parametrize("currency", ["RUB", "USD", "EUR", "JPY", "KWD"])
    def test_never_breaks_between_number_and_currency(self, tag: str, currency: str) -> None:
        assert " " not in formats(tag).money(Money(123_456_789, currency))


class TestDay:
    @pytest.mark.parametrize(
        ("tag", "written"),
        [
            ("ru", "3 декабря (четверг)"),
            ("en", "Thursday, 3 December"),
            ("en-US", "Thursday, December 3"),
            ("de", "Donnerstag, 3. Dezember"),
            ("es", "jueves 3 de diciembre"),
        ],
    )
    def test_is_in_words(self, tag: str, written: str) -> None:
        assert plain(formats(tag).day(NOON)) == written

    @pytest.mark.parametrize(
        ("zone", "written"),
        [
            ("Pacific/Kiritimati", "Friday, 1 January"),
            ("Europe/Moscow", "Friday, 1 January"),
            (None, "Thursday, 31 December"),
            ("Pacific/Pago_Pago", "Thursday, 31 December"),
        ],
    )
    def test_is_that_of_the_zone(self, zone: str | None, written: str) -> None:
        late = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)

        assert plain(formats("en", zone).day(late)) == written

    def test_of_a_day_is_the_same_in_every_zone(self) -> None:
        days = {formats("en", zone).day(date(2026, 12, 3)) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")}

        assert {plain(day) for day in days} == {"Thursday, 3 December"}

    def test_on_a_leap_day(self) -> None:
        assert plain(formats("ru").full_day(datetime(2028, 2, 29, 12, tzinfo=UTC))) == "29 февраля 2028 г."


class TestMoment:
    @pytest.mark.parametrize(
        ("tag", "written"),
        [
            ("ru", "3 декабря 2026 г., 14:02 (UTC+3)"),
            ("en", "3 December 2026, 14:02 (UTC+3)"),
            ("en-US", "December 3, 2026, 2:02 PM (UTC+3)"),
            ("de", "3. Dezember 2026, 14:02 (UTC+3)"),
            ("es", "3 de diciembre de 2026, 14:02 (UTC+3)"),
        ],
    )
    def test_has_its_year_its_time_and_its_zone(self, tag: str, written: str) -> None:
        assert plain(formats(tag).moment(NOON)) == written

    @pytest.mark.parametrize(
        ("zone", "at", "written"),
        [
            (None, NOON, "11:02 (UTC)"),
            ("Asia/Kolkata", NOON, "16:32 (UTC+5:30)"),
            ("America/St_Johns", NOON, "07:32 (UTC−3:30)"),
            ("Europe/Berlin", datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "01:59 (UTC+1)"),
            ("Europe/Berlin", datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "03:00 (UTC+2)"),
            ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "02:30 (UTC+2)"),
            ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "02:30 (UTC+1)"),
        ],
    )
    def test_says_how_far_from_utc_the_clock_is_then(self, zone: str | None, at: datetime, written: str) -> None:
        assert plain(formats("en", zone).time(at)) == written

    @pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../etc", "Europe", "\0"])
    def test_is_in_utc_where_the_zone_is_unknown(self, zone: str) -> None:
        assert plain(formats("en", zone).time(NOON)) == "11:02 (UTC)"


class TestDays:
    @pytest.mark.parametrize(
        ("tag", "same_month", "two_months"),
        [
            ("ru", "14–18 декабря", "28 ноября – 2 декабря"),
            ("en", "14–18 December", "28 November – 2 December"),
            ("en-US", "December 14–18", "November 28 – December 2"),
            ("de", "14.–18. Dezember", "28. November – 2. Dezember"),
            ("es", "14–18 de diciembre", "28 de noviembre – 2 de diciembre"),
        ],
    )
    def test_name_a_month_once_if_it_is_the_same(self, tag: str, same_month: str, two_months: str) -> None:
        assert plain(formats(tag).days(date(2026, 12, 14), date(2026, 12, 18))) == same_month
        assert plain(formats(tag).days(date(2026, 11, 28), date(2026, 12, 2))) == two_months

    def test_of_one_day_is_that_day(self) -> None:
        assert plain(formats("ru").days(date(2026, 12, 14), date(2026, 12, 14))) == "14 декабря"

    def test_of_the_same_month_in_two_years_names_both(self) -> None:
        assert plain(formats("en").days(date(2026, 12, 14), date(2027, 12, 14))) == "14 December – 14 December"
