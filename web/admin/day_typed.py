"""A day that an address asks for, from a time that clocks and zones can reckon with."""

from datetime import date
from typing import Annotated

from pydantic import Field

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)

DayTyped = Annotated[date, Field(ge=FIRST, le=LAST)]
"""Beyond them there is no business, and midnights and days before may be no moments at all: the address is refused."""
