"""An invariant of the store, as SQL."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invariant:
    """A sentence that must hold, and the query that finds where it does not."""

    name: str
    sentence: str
    query: str
