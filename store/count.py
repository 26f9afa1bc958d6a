"""Counts that do not grow with a table: exact while there is little, about right from then on."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, select

EXACT_UP_TO = 10_000
"""So many rows are counted; it takes milliseconds. What is more is estimated."""


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are; with `is_about`, by estimate."""

    value: int
    is_about: bool = False

    def __str__(self) -> str:
        return f"about {self.value:,}" if self.is_about else str(self.value)


def count_up_to(session: Session, rows: Any) -> Count:
    """Count what a query finds, up to a limit; with `is_about` there are more, and the value is the limit."""
    counted = session.exec(select(func.count()).select_from(rows.limit(EXACT_UP_TO + 1).subquery())).one()
    return Count(EXACT_UP_TO, is_about=True) if counted > EXACT_UP_TO else Count(counted)


def estimated_rows(session: Session, table: str) -> int:
    """Return how many rows a table has by PostgreSQL's own estimate, which autovacuum and ANALYZE renew."""
    found: float = session.execute(
        text("SELECT reltuples FROM pg_class WHERE oid = CAST(:table AS regclass)"), {"table": table}
    ).scalar_one()
    return max(0, int(found))


def estimated_share(session: Session, table: str, column: str, value: str) -> float:
    """Return which part of a table's rows has a value in a column, by the statistics; 0 for a rare value."""
    found: float | None = session.execute(
        text("""
            SELECT frequency
            FROM pg_stats, unnest(CAST(CAST(most_common_vals AS text) AS text[]), most_common_freqs)
                           AS common (value, frequency)
            WHERE schemaname = current_schema AND tablename = :table AND attname = :column AND value = :value
        """),
        {"table": table, "column": column, "value": value},
    ).scalar_one_or_none()
    return found or 0.0
