"""What an import of the old backend's users did: counts, odd rows with their reasons, and minutes before and after."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Oddity:
    """A row that was not imported as it is, and why."""

    table: str
    id: Any
    reason: str


@dataclass(slots=True)
class ImportReport:
    """
    What an import did, or would do. Minutes are those that users can spend.

    `minutes_before` were added up by the old database itself; `minutes_after` are in our store, as it says after each
    batch; `minutes_odd` are those of odd rows. Together the last two are the first, or something is wrong.
    """

    counts: Counter[str] = field(default_factory=Counter)
    oddities: list[Oddity] = field(default_factory=list)
    minutes_before: int = 0
    minutes_after: int = 0
    minutes_odd: int = 0

    @property
    def adds_up(self) -> bool:
        """Tell whether every minute is accounted for."""
        return self.minutes_before == self.minutes_after + self.minutes_odd

    def note(self, table: str, row_id: Any, reason: str) -> None:
        """Note a row that is odd."""
        self.oddities.append(Oddity(table, row_id, reason))
