"""The clock of a process: the host's own, or, for tests and the demonstration, one that a file moves."""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

Clock = Callable[[], datetime]
"""Returns the present moment, aware UTC."""

MAX_SHIFT = timedelta(days=36_525)
"""A century: far enough for every test, and no date runs out of its calendar."""

_SHIFT = re.compile(
    r"(?P<sign>[+-])(?=\d)(?:(?P<days>\d{1,5})d)? ?"
    r"(?:(?P<hour>\d{1,3}):(?P<minute>\d\d)(?::(?P<second>\d\d))?"
    r"|(?:(?P<hours>\d{1,6})h)?(?:(?P<minutes>\d{1,8})m)?(?:(?P<seconds>\d{1,10})s)?)",
    re.ASCII,
)


class UnableToReadClock(ValueError):
    """A text is no shift of a clock."""


def utc_now() -> datetime:
    """Return the present moment by this host's clock."""
    return datetime.now(UTC)


class ShiftedClock:
    """
    A clock that runs as the host's does, shifted by what a file says.

    Every process that is given the same file has the same time, and whoever writes the file moves them all. A file
    that is missing shifts nothing. One that cannot be read, such as one that is being written, leaves the shift as it
    was: time must not jump back for an instant.

    Args:
        file: holds a shift, as `read_shift` has it.
        host_clock: what is shifted.

    Raises:
        UnableToReadClock: the file is there and does not hold a shift.
    """

    def __init__(self, file: Path, *, host_clock: Clock = utc_now) -> None:
        self._file = file
        self._host_clock = host_clock
        self._shift = _shift_in(file)

    def __call__(self) -> datetime:
        """Return the present moment, shifted."""
        return self._host_clock() + self.shift

    @property
    def shift(self) -> timedelta:
        """How far ahead of the host's clock this one is; negative where it is behind."""
        try:
            self._shift = _shift_in(self._file)
        except UnableToReadClock:
            pass  # the shift stays; see above
        return self._shift


def read_shift(text: str, *, written_at: datetime) -> timedelta:
    """
    Return the shift that a text means: `+3d`, `-00:05`, `+1d 02:30:00`, `+90m`, or a moment in ISO 8601.

    Args:
        text: days, and hours, minutes and seconds as `h:mm:ss` or with letters. A moment is what the clock showed when
            the text was written, and it has gone on from there.
        written_at: aware UTC.

    Raises:
        UnableToReadClock: it is none of these, or more than a century.
    """
    text = text.strip()
    shift = _span(text) if text[:1] in ("+", "-") else _moment(text) - written_at
    if abs(shift) > MAX_SHIFT:
        raise UnableToReadClock(f"{text[:40]!r} shifts the clock by more than {MAX_SHIFT.days} days")
    return shift


def shift_text(shift: timedelta) -> str:
    """Return a shift as `read_shift` reads it, such as `+3d 02:30:00`; a part of a second counts as one."""
    sign = "-" if shift < timedelta() else "+"
    # Rounded upwards, so that time does not go back.
    seconds = abs(-(-shift // timedelta(seconds=1)))
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"{sign}{days}d {hour:02}:{minute:02}:{second:02}"


def move_clock(file: Path, by: timedelta) -> timedelta:
    """
    Move the clock of every process that is given a file, and return its new shift.

    Raises:
        UnableToReadClock: the file does not hold a shift, or the clock would be more than a century off.
        OSError: the file cannot be written.
    """
    shift = _shift_in(file) + by
    if abs(shift) > MAX_SHIFT:
        raise UnableToReadClock(
            f"the clock would be {shift_text(shift)} off; more than {MAX_SHIFT.days} days are refused"
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    # In one step, so that nobody reads half of it.
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    new.write_text(shift_text(shift) + "\n", encoding="utf-8")
    new.replace(file)
    return shift


def _shift_in(file: Path) -> timedelta:
    try:
        with file.open(encoding="utf-8") as opened:
            written_at = datetime.fromtimestamp(os.fstat(opened.fileno()).st_mtime, UTC)
            text = opened.read(200)
    except FileNotFoundError:
        return timedelta()
    except (OSError, UnicodeDecodeError) as error:
        raise UnableToReadClock(f"{file} cannot be read: {error}") from error
    try:
        return read_shift(text, written_at=written_at)
    except UnableToReadClock as error:
        raise UnableToReadClock(f"{file}: {error}") from error


def _span(text: str) -> timedelta:
    found = _SHIFT.fullmatch(text)
    if found is None:
        raise UnableToReadClock(f"{text[:40]!r} is not a shift such as +3d, -00:05 or +1d 02:30:00")
    part = {name: int(value or 0) for name, value in found.groupdict().items() if name != "sign"}
    shift = timedelta(
        days=part["days"],
        hours=part["hour"] + part["hours"],
        minutes=part["minute"] + part["minutes"],
        seconds=part["second"] + part["seconds"],
    )
    return -shift if found["sign"] == "-" else shift


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnableToReadClock(
            f"{text[:40]!r} is neither a shift such as +3d or -00:05 nor a moment such as 2027-02-28T12:00:00Z"
        ) from error
