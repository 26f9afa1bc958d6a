"""Sheets of figures: one table each, from which its chart, its CSV and its JSON are made."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from web.csv_rows import csv_text

Value = int | float | str | None


class Unit(StrEnum):
    """How the values of a column are written."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"
    SECONDS = "seconds"
    SHARE = "share"
    HEAT = "heat"
    """A share that is coloured by how much it is; None: it is not known yet."""


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column: its name for programs, its title for people, and the unit of its values.

    `rows` names the list of what its numbers are made of; `filters` is what its values restrict such a list to.
    """

    name: str
    title: str
    unit: Unit = Unit.COUNT
    rows: str | None = None
    filters: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """
    One table of figures; money is in minor units of `currency`, time in seconds.

    `total` is of the whole period and `before` of as many days right before it, column by column; None where a figure
    does not add up; `sums_are` says what these two lines are. `charted` names the column that is drawn. `definition`
    says what the figures mean, `parts` are further tables of the same period, `note` what is not known,
    `caption` what the table is, where that is not the title, and `drawn` what the chart is, where the title of its
    column does not say it.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    definition: str
    currency: str | None = None
    charted: str | None = None
    total: tuple[Value, ...] | None = None
    before: tuple[Value, ...] | None = None
    sums_are: tuple[str, str] = ("All days", "Before")
    note: str = ""
    caption: str = ""
    drawn: str = ""
    parts: tuple["Sheet", ...] = field(default=())

    @property
    def is_by_day(self) -> bool:
        """Tell whether its rows are days."""
        return self.columns[0].filters == "day"

    @property
    def chart_title(self) -> str:
        """Return what is drawn, by what."""
        title = next((column.title for column in self.columns if column.name == self.charted), "")
        return self.drawn or f"{title}, by {self.columns[0].title.lower()}"

    @property
    def ends_of_chart(self) -> list[tuple[str, Value, Unit]]:
        """Return the label, value and unit of the highest and of the lowest bar, for the chart has no scale."""
        place = next((number for number, column in enumerate(self.columns) if column.name == self.charted), 0)
        known = [(value, str(row[0])) for row in self.rows if place and isinstance(value := row[place], int | float)]
        ends = [find(known, key=lambda each: each[0]) for find in (max, min)] if known else []
        return [(label, value, self.columns[place].unit) for value, label in ends]

    def bars(self) -> list[tuple[str, float, float, float]]:
        """Return the chart as bars: label, x, y and height, in a box of 100 by 100; what is below zero hangs."""
        if self.charted is None or not self.rows:
            return []
        place = [column.name for column in self.columns].index(self.charted)
        values = [float(row[place] or 0) for row in self.rows]
        most, least = max(0.0, *values), min(0.0, *values)
        span = most - least or 1.0
        bars = []
        for number, (row, value) in enumerate(zip(self.rows, values, strict=True)):
            top = (most - max(value, 0.0)) / span * 100
            bars.append((str(row[0]), number * 100 / len(values), top, abs(value) / span * 100))
        return bars

    def as_csv(self) -> str:
        """Return the table for spreadsheets: amounts in minor units, names of columns in the first line."""
        return csv_text([[column.name for column in self.columns], *self.rows])

    def as_json(self) -> dict[str, Any]:
        """Return the table for programs."""
        names = [column.name for column in self.columns]
        return {
            "title": self.title,
            "currency": self.currency,
            "units": {column.name: str(column.unit) for column in self.columns},
            "rows": [dict(zip(names, row, strict=True)) for row in self.rows],
            "total": None if self.total is None else dict(zip(names, self.total, strict=True)),
            "before": None if self.before is None else dict(zip(names, self.before, strict=True)),
            "parts": [part.as_json() for part in self.parts],
        }


def changes(total: Sequence[Value], before: Sequence[Value]) -> list[float | None]:
    """Return by which part each figure has grown; None: there was nothing before, or it is no figure."""
    found: list[float | None] = []
    for now, then in zip(total, before, strict=True):
        is_number = isinstance(now, int | float) and isinstance(then, int | float) and then
        # Of what was below zero, more is still growth.
        found.append((now - then) / abs(then) if is_number else None)  # type: ignore[operator, arg-type]
    return found
