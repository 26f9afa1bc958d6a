"""README.md, "Expiry": time ends a package; its rest is booked once no late usage can burn it."""

from datetime import timedelta

import pytest

from domain.minutes.burn import burn
from domain.minutes.entry import EntryKind
from domain.minutes.expire import expiring_seconds
from domain.minutes.judge import judge
from domain.minutes.package import post
from tests.domain.minutes.builders import DAY, INSTANT, NOON, entry, package

LATE_WINDOW = timedelta(hours=72)


class TestExpiringSeconds:
    def test_is_the_rest_once_the_late_window_has_closed(self) -> None:
        ended = package(left_seconds=42, expires_at=NOON)

        assert expiring_seconds(ended, now=NOON + LATE_WINDOW + INSTANT, late_window=LATE_WINDOW) == 42

    def test_is_nothing_at_the_last_instant_of_the_late_window(self) -> None:
        ended = package(expires_at=NOON)

        assert expiring_seconds(ended, now=NOON + LATE_WINDOW, late_window=LATE_WINDOW) == 0

    @pytest.mark.parametrize("now", [NOON - DAY / 2, NOON - INSTANT, NOON, NOON + INSTANT, NOON + DAY])
    def test_is_nothing_while_late_usage_may_still_burn_it(self, now) -> None:
        package_ending_at_noon = package(expires_at=NOON)

        assert expiring_seconds(package_ending_at_noon, now=now, late_window=LATE_WINDOW) == 0

    def test_is_nothing_when_the_package_never_ends(self) -> None:
        assert expiring_seconds(package(), now=NOON + 9_000 * DAY, late_window=LATE_WINDOW) == 0

    def test_is_nothing_when_nothing_is_left(self) -> None:
        empty = package(left_seconds=0, consumed_seconds=600, expires_at=NOON)

        assert expiring_seconds(empty, now=NOON + 9 * DAY, late_window=LATE_WINDOW) == 0

    def test_is_only_what_was_not_consumed(self) -> None:
        ended = package(left_seconds=1, consumed_seconds=599, expires_at=NOON)

        assert expiring_seconds(ended, now=NOON + 9 * DAY, late_window=LATE_WINDOW) == 1

    def test_is_nothing_the_second_time(self) -> None:
        ended = package("p", 42, expires_at=NOON)
        now = NOON + 9 * DAY

        swept = post(ended, entry(EntryKind.EXPIRE, -expiring_seconds(ended, now=now, late_window=LATE_WINDOW), "p"))

        assert swept.expired_seconds == 42
        assert expiring_seconds(swept, now=now, late_window=LATE_WINDOW) == 0

    @pytest.mark.parametrize("since_end", [LATE_WINDOW - INSTANT, LATE_WINDOW, LATE_WINDOW + INSTANT])
    def test_never_takes_what_usage_booked_at_the_same_instant_could_burn(self, since_end: timedelta) -> None:
        ended = package(left_seconds=600, expires_at=NOON)
        now = NOON + since_end

        last_usage = judge(NOON - INSTANT, now=now, late_window=LATE_WINDOW)
        burns = burn(600, [ended], at=last_usage.at).burns

        assert not (burns and expiring_seconds(ended, now=now, late_window=LATE_WINDOW))
