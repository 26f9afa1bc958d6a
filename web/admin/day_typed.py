"""A day that an address asks for, from a time that clocks and zones can reckon with."""

from datetime import date
from typing import Annotated

from pydantic import Field

from domain.statistics.period import FIRST_DAY, LAST_DAY

DayTyped = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""The address of any other one is refused."""
