"""Days as people type them at commands."""

from datetime import datetime
from typing import Final

import typer

from domain.statistics.period import FIRST_DAY, LAST_DAY

FORMATS: Final = ["%Y-%m-%d"]
"""How a day is written."""


def known_day(day: datetime | None) -> datetime | None:
    """
    Return a day that clocks and zones can reckon with; None: none was typed.

    Raises:
        typer.BadParameter: it is centuries away.
    """
    if day is not None and not FIRST_DAY <= day.date() <= LAST_DAY:
        raise typer.BadParameter(f"{day:%Y-%m-%d} is not a day from {FIRST_DAY} to {LAST_DAY}")
    return day
