"""What is said of a package as time goes by, and when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.minutes.announce import Announcement, announcement, first_announcement_at
from domain.minutes.package import Package
from tests.domain.minutes.builders import DAY, HOUR, INSTANT, NOON, package

END = NOON + 30 * DAY
WEEK_BEFORE, DAY_BEFORE = END - 7 * DAY, END - DAY


def live_until(end: datetime | None, *, since: datetime = NOON) -> Package:
    """A package with something left."""
    return package(activated_at=since, expires_at=end)


class TestFirstAnnouncement:
    def test_is_the_warning_a_week_before_the_end(self) -> None:
        assert first_announcement_at(live_until(END), now=NOON) == WEEK_BEFORE

    def test_is_the_start_of_one_that_is_granted_for_later(self) -> None:
        assert first_announcement_at(live_until(END), now=NOON - INSTANT) == NOON
        assert first_announcement_at(live_until(None), now=NOON - HOUR) == NOON

    def test_is_never_for_one_that_never_ends(self) -> None:
        assert first_announcement_at(live_until(None), now=NOON) is None

    @pytest.mark.parametrize(
        ("lasting", "first"),
        [(8 * DAY, DAY), (7 * DAY, 6 * DAY), (7 * DAY + INSTANT, INSTANT), (DAY, DAY), (HOUR, HOUR)],
    )
    def test_is_no_warning_within_which_the_package_began(self, lasting: timedelta, first: timedelta) -> None:
        assert first_announcement_at(live_until(NOON + lasting), now=NOON) == NOON + first

    def test_of_one_that_is_granted_late_leaves_out_what_is_past(self) -> None:
        assert first_announcement_at(live_until(END), now=WEEK_BEFORE) == DAY_BEFORE
        assert first_announcement_at(live_until(END), now=DAY_BEFORE) == END

    def test_of_one_that_has_ended_already_is_its_end(self) -> None:
        assert first_announcement_at(live_until(END), now=END) == END
        assert first_announcement_at(live_until(END), now=END + DAY) == END

    def test_of_the_earliest_package_there_can_be_is_no_error(self) -> None:
        began = datetime.min.replace(tzinfo=UTC)

        assert first_announcement_at(live_until(began + HOUR, since=began), now=began) == began + HOUR


class TestAnnouncement:
    @pytest.mark.parametrize(
        ("now", "said"),
        [
            (WEEK_BEFORE, Announcement(warning_days=7, next_at=DAY_BEFORE)),
            (DAY_BEFORE - INSTANT, Announcement(warning_days=7, next_at=DAY_BEFORE)),
            # Three days without a scheduler: of two warnings only the one that is still true.
            (DAY_BEFORE, Announcement(warning_days=1, next_at=END)),
            (END - INSTANT, Announcement(warning_days=1, next_at=END)),
            (END, Announcement(has_ended=True)),
            (END + 100 * DAY, Announcement(has_ended=True)),
        ],
    )
    def test_says_what_is_still_true(self, now: datetime, said: Announcement) -> None:
        assert announcement(live_until(END), since=WEEK_BEFORE, now=now) == said

    def test_says_each_warning_once(self) -> None:
        assert announcement(live_until(END), since=DAY_BEFORE, now=DAY_BEFORE + HOUR).warning_days == 1
        assert announcement(live_until(END), since=END, now=END - HOUR) == Announcement(next_at=END)

    def test_says_that_a_package_has_started(self) -> None:
        said = announcement(live_until(END), since=NOON, now=NOON)

        assert said == Announcement(has_started=True, next_at=WEEK_BEFORE)

    def test_says_a_start_that_was_missed_with_what_came_after(self) -> None:
        said = announcement(live_until(END), since=NOON, now=DAY_BEFORE)
        ended = announcement(live_until(END), since=NOON, now=END)

        assert said == Announcement(has_started=True, warning_days=1, next_at=END)
        assert ended == Announcement(has_started=True, has_ended=True)

    def test_of_one_that_never_ends_is_its_start_alone(self) -> None:
        assert announcement(live_until(None), since=NOON, now=NOON + DAY) == Announcement(has_started=True)

    @given(
        lasting=st.timedeltas(min_value=INSTANT, max_value=60 * DAY),
        granted=st.timedeltas(min_value=-20 * DAY, max_value=20 * DAY),
        steps=st.lists(st.timedeltas(min_value=timedelta(), max_value=20 * DAY), max_size=12),
    )
    def test_says_everything_at_most_once_and_the_end_for_certain(
        self, lasting: timedelta, granted: timedelta, steps: list[timedelta]
    ) -> None:
        one, now = live_until(NOON + lasting), NOON + granted
        since = first_announcement_at(one, now=now)
        said = []

        for step in (*steps, 90 * DAY):
            now += step
            if since is not None and since <= now:
                said.append(announcement(one, since=since, now=now))
                assert said[-1].next_at is None or said[-1].next_at > now
                since = said[-1].next_at

        assert sum(each.has_started for each in said) == (granted < timedelta())
        assert [each.has_ended for each in said] == [False] * (len(said) - 1) + [True]
        warned = [each.warning_days for each in said if each.warning_days]
        assert warned in ([], [7], [1], [7, 1])
        assert all(lasting > timedelta(days=days) for days in warned)
        assert since is None
