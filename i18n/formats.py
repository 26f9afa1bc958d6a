"""Formats: how lengths, money, numbers and moments are written for one person."""

import re
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time, get_datetime_format
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from domain.money import Money, decimal_text, exponent
from i18n.catalogue import NO_BREAK, load_catalogue
from i18n.language import choose_locale


class Formats:
    """
    The language, the country's habits and the time zone of one person.

    A number and its unit never part at the end of a line: the space between them does not break.
    """

    def __init__(self, tag: str | None, zone: str | None) -> None:
        """
        Choose language and zone; what is not known becomes English and UTC.

        Args:
            tag: BCP 47, such as `ru` or `en-US`.
            zone: IANA, such as `Europe/Moscow`.
        """
        self.locale: Locale = choose_locale(tag)
        self.zone: tzinfo = _zone(zone)
        self._catalogue = load_catalogue(self.locale.language)

    def gettext(self, text: str) -> str:
        """Return the translation of a text."""
        return self._catalogue.gettext(text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the translation of a text in the form that a whole number asks for."""
        return self._catalogue.ngettext(one, many, count)

    def number(self, count: int) -> str:
        """Return a whole number with its groups: `1,234`."""
        return str(format_decimal(count, locale=self.locale))

    def duration(self, seconds: int) -> str:
        """Return a length to the second, without what is zero: `5 h 12 min`, `45 s`."""
        minutes, rest = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        parts = [self.gettext("%(count)s h") % {"count": self.number(hours)}] if hours else []
        if minutes:
            parts.append(self.gettext("%(count)s min") % {"count": minutes})
        if rest or not parts:
            parts.append(self.gettext("%(count)s s") % {"count": rest})
        return _unbroken(" ".join(parts))

    def change(self, seconds: int) -> str:
        """Return a length that was added or taken, with its sign: `+5 h`, `−30 s`."""
        return f"{'+' if seconds > 0 else '−'}{self.duration(abs(seconds))}" if seconds else self.duration(0)

    def balance(self, seconds: int) -> str:
        """Return what is left, in whole minutes from one minute on: nobody is promised a minute that is not full."""
        return self.duration(seconds - seconds % 60 if seconds >= 60 else seconds)

    def minutes(self, seconds: int) -> str:
        """Return whole minutes, floored, in words: `1 minute`, `300 minutes`."""
        count = seconds // 60
        words = self.ngettext("%(count)s minute", "%(count)s minutes", count)
        return _unbroken(words % {"count": self.number(count)})

    def money(self, amount: Money) -> str:
        """Return an amount with all digits of its currency: `199,00 ₽`, `RUB 199.00`, `¥500`."""
        decimals = exponent(amount.currency)
        pattern = self.locale.currency_formats["standard"].pattern
        pattern = pattern.replace("0.00", f"0.{'0' * decimals}" if decimals else "0")
        if get_currency_symbol(amount.currency, locale=self.locale)[-1].isalpha():
            # "RUB199.00" is hard to read; Babel knows no spacing of its own.
            pattern = pattern.replace("¤#", f"¤{NO_BREAK}#")
        written = format_currency(
            Decimal(decimal_text(amount)), amount.currency, format=pattern, locale=self.locale, currency_digits=False
        )
        return str(written)

    def day(self, at: date) -> str:
        """Return a day within a year of now in words, or the day of a moment: `Thursday, 3 December`."""
        local = self._day_of(at)
        words = {"weekday": format_date(local, "EEEE", locale=self.locale), "day": self._day_and_month(local)}
        # Translators: a day in words; `%(day)s` is "3 December".
        return self.gettext("%(weekday)s, %(day)s") % words

    def full_day(self, at: date) -> str:
        """Return a day, or the day of a moment, with its year: `3 December 2026`."""
        return _unbroken(format_date(self._day_of(at), "long", locale=self.locale))

    def time(self, at: datetime) -> str:
        """Return the time of day of a moment, with the zone's distance from UTC: `14:02 (UTC+3)`."""
        local = at.astimezone(self.zone)
        return f"{format_time(local, 'short', locale=self.locale)}{NO_BREAK}({_offset(local)})"

    def moment(self, at: datetime) -> str:
        """Return a moment with its year, time and zone: `3 December 2026, 14:02 (UTC+3)`."""
        pattern = str(get_datetime_format("medium", locale=self.locale))
        return pattern.replace("{1}", self.full_day(at)).replace("{0}", self.time(at))

    def days(self, first: date, last: date) -> str:
        """Return a range of days within a year of now: `14–18 December`, `28 November – 2 December`."""
        begin, end = self._day_and_month(first), self._day_and_month(last)
        if first == last:
            return end
        if (first.year, first.month) != (last.year, last.month):
            return f"{begin}{NO_BREAK}– {end}"
        if day := re.match(r"\d+\.?", begin):
            return f"{day.group()}–{end}"
        return f"{begin}–{last.day}"

    def _day_of(self, at: date) -> date:
        # A moment is a date, too, and has another day in another zone.
        return at.astimezone(self.zone).date() if isinstance(at, datetime) else at

    def _day_and_month(self, day: date) -> str:
        return _unbroken(str(format_skeleton("MMMMd", day, locale=self.locale)))


def _zone(name: str | None) -> tzinfo:
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, OSError, ValueError):
        return UTC


def _offset(local: datetime) -> str:
    minutes = int((local.utcoffset() or local - local).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    # The minus sign, unlike the hyphen, never parts from its number at the end of a line.
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _unbroken(text: str) -> str:
    return re.sub(r"(?<=\d) |(?<=\d\.) | (?=\d)", NO_BREAK, text)
