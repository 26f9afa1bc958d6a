"""Files of Screph's own log: one account's day on each line, as CSV or as lines of JSON."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

MAX_LINE_CHARACTERS = 65_536
"""As long as an event may be."""

COLUMNS = ("account_id", "day", "seconds", "sessions")
"""Every file has them; `revision` and `time_zone` may be left out, and lines of JSON may have `session_list`."""

OPTIONAL = ("revision", "time_zone", "session_list")


class UnableToReadUsage(ValueError):
    """A file of Screph's log is not one; the sentence says where and why."""


@dataclass(frozen=True, slots=True)
class UsageLine:
    """A line of the file, by its number, as the data of a message."""

    number: int
    account_id: str
    data: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        """The same account, day and revision is the same message, in whichever file it stands."""
        return f"{self.data.get('day')}/{self.data.get('revision', 1)}/{self.account_id}"


def read_usage_file(file: Path, *, zone: str) -> Iterator[UsageLine]:
    """
    Return the lines of a file, one after the other, so that it may be large.

    Args:
        file: its ending says what it is, `.csv` or `.jsonl`.
        zone: that of the days, where a line names none.

    Raises:
        UnableToReadUsage: it cannot be read, or a line has not the columns that it needs.
    """
    lines = {".csv": _csv_lines, ".jsonl": _json_lines}.get(file.suffix.lower())
    if lines is None:
        raise UnableToReadUsage(f"{file} is neither .csv nor .jsonl")
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            for number, row in lines(file, text):
                yield _line(file, number, row, zone)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnableToReadUsage(f"{file} cannot be read: {error}") from error


def _csv_lines(file: Path, text: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    rows = csv.DictReader(text, strict=True)
    named = rows.fieldnames or ()
    missing = [name for name in COLUMNS if name not in named]
    if missing:
        raise UnableToReadUsage(f"{file}: its first line does not name {', '.join(missing)}")
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UnableToReadUsage(f"{file}: its first line names {', '.join(twice)} twice")
    for row in rows:
        # 1,200 seconds without quotes are two cells: what stands behind would be taken for something else.
        if None in row:
            raise UnableToReadUsage(f"{file}:{rows.line_num} has more cells than the first line names")
        # What is empty is left out; a number that is none stays a text, and the message says so.
        yield rows.line_num, {name: _number(name, value) for name, value in row.items() if value}


def _json_lines(file: Path, text: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    number = 0
    while line := text.readline(MAX_LINE_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_LINE_CHARACTERS:
            raise UnableToReadUsage(f"{file}:{number} is longer than {MAX_LINE_CHARACTERS} characters")
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise UnableToReadUsage(f"{file}:{number} is no JSON: {error}") from error
        if not isinstance(row, dict):
            raise UnableToReadUsage(f"{file}:{number} is no object")
        yield number, row


def _line(file: Path, number: int, row: dict[str, Any], zone: str) -> UsageLine:
    known = {name: value for name, value in row.items() if name in (*COLUMNS, *OPTIONAL) and value is not None}
    if extra := sorted(row.keys() - {*COLUMNS, *OPTIONAL}):
        raise UnableToReadUsage(f"{file}:{number} has {', '.join(map(str, extra))}, which nobody knows here")
    account_id = known.pop("account_id", "")
    # A whole number is what Screph calls its users; anything else would become the name of an account by accident.
    if isinstance(account_id, bool) or not isinstance(account_id, str | int):
        raise UnableToReadUsage(f"{file}:{number}: account_id is neither a text nor a whole number")
    return UsageLine(number, str(account_id), {"time_zone": zone, **known})


def _number(name: str, value: str) -> str | int:
    is_number = name in ("seconds", "sessions", "revision") and value.isascii() and value.isdigit() and len(value) < 16
    return int(value) if is_number else value
