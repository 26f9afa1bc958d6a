"""The test clock: a file moves the time of every process that is given it."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boot.clock import MAX_SHIFT, ShiftedClock, UnableToReadClock, move_clock, read_shift, shift_text
from boot.settings import Settings, UnableToStart, load_settings
from boot.wiring import open_clock

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The place of a clock's file that does not exist yet."""
    return tmp_path / "folder" / "clock"


def clock_of(file: Path) -> ShiftedClock:
    """A test clock on a host whose own stands still."""
    return ShiftedClock(file, host_clock=lambda: NOW)


class TestReadShift:
    @pytest.mark.parametrize(
        ("text", "shift"),
        [
            ("+3d", 3 * DAY),
            ("-00:05", -timedelta(minutes=5)),
            ("+1d 02:30:05\n", DAY + timedelta(hours=2, minutes=30, seconds=5)),
            ("+90m", timedelta(minutes=90)),
            ("-1d12h", -1.5 * DAY),
            ("+1h30m5s", timedelta(hours=1, minutes=30, seconds=5)),
            ("+0s", timedelta()),
            ("2027-02-28T12:00:00Z", datetime(2027, 2, 28, 12, tzinfo=UTC) - NOW),
            ("2026-11-22T15:00:00+03:00", -DAY),
            ("2026-11-24 12:00", DAY),
        ],
    )
    def test_takes_spans_and_moments(self, text: str, shift: timedelta) -> None:
        assert read_shift(text, written_at=NOW) == shift

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "3d",
            "+",
            "-d",
            "+3",
            "+3x",
            "+1d 2",
            "++3d",
            "tomorrow",
            "+99999d",
            "+1:2",
            "9999-01-01T00:00:00Z",
            "+١d",
        ],
    )
    def test_refuses_everything_else(self, text: str) -> None:
        with pytest.raises(UnableToReadClock):
            read_shift(text, written_at=NOW)

    @given(st.timedeltas(min_value=-MAX_SHIFT + DAY, max_value=MAX_SHIFT - DAY))
    def test_reads_what_is_written_and_goes_back_by_nothing(self, shift: timedelta) -> None:
        again = read_shift(shift_text(shift), written_at=NOW)

        assert timedelta() <= again - shift < timedelta(seconds=1)


class TestShiftedClock:
    def test_goes_as_the_host_does_without_a_file(self, file: Path) -> None:
        assert clock_of(file)() == NOW

    def test_is_moved_while_it_runs(self, file: Path) -> None:
        clock, another = clock_of(file), clock_of(file)

        readings = []
        for by in (DAY, timedelta(hours=3), -timedelta(minutes=5)):
            move_clock(file, by)
            readings.append((clock(), another()))

        moved = [DAY, DAY + timedelta(hours=3), DAY + timedelta(hours=2, minutes=55)]
        assert readings == [(NOW + each, NOW + each) for each in moved]

    def test_goes_on_from_a_moment_in_its_file(self, file: Path) -> None:
        file.parent.mkdir()
        file.write_text("2027-02-28T12:00:00Z")
        os.utime(file, (NOW.timestamp() - 60, NOW.timestamp() - 60))

        assert clock_of(file)() == datetime(2027, 2, 28, 12, 1, tzinfo=UTC)

    @pytest.mark.parametrize("half", ["", "+", "+3", "\x00", "+3d and more"])
    def test_stays_where_it_is_while_its_file_cannot_be_read(self, file: Path, half: str) -> None:
        move_clock(file, 3 * DAY)
        clock = clock_of(file)

        file.write_text(half)

        assert clock() == NOW + 3 * DAY

    @pytest.mark.parametrize("by", [MAX_SHIFT, -MAX_SHIFT])
    def test_is_not_moved_out_of_the_century(self, file: Path, by: timedelta) -> None:
        move_clock(file, by)

        with pytest.raises(UnableToReadClock, match="36525 days"):
            move_clock(file, by)
        assert clock_of(file)() == NOW + by


class TestBillingClock:
    def test_is_the_hosts_unless_it_is_set(self) -> None:
        before = datetime.now(UTC)

        now = open_clock(Settings(_env_file=None))()

        assert timedelta() <= now - before < timedelta(minutes=5)

    def test_is_refused_in_production(self, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        monkeypatch.setenv("BILLING_CLOCK", str(file))
        monkeypatch.setenv("ENVIRONMENT", "production")

        with pytest.raises(UnableToStart, match="BILLING_CLOCK"):
            load_settings(with_database=False)

    def test_that_is_nonsense_ends_the_start(self, file: Path) -> None:
        file.parent.mkdir()
        file.write_text("tomorrow")

        with pytest.raises(UnableToStart, match=r"BILLING_CLOCK: .*'tomorrow'"):
            open_clock(Settings(_env_file=None, billing_clock=file))
