"""The audit: every invariant as SQL. Each query returns the rows that break one; none is the proof."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, RowMapping, text

from store.access.sealing import seal_pads
from store.audit.invariant import Invariant
from store.audit.minutes import INVARIANTS
from store.reading import reading
from store.statistics.state import READS_ONLY

ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class InvariantCheck:
    """An invariant with the rows that break it; without rows it holds."""

    invariant: Invariant
    rows: tuple[dict[str, Any], ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing breaks it."""
        return not self.rows


@dataclass(frozen=True, slots=True)
class Audit:
    """Every invariant with what was found, and the totals over all accounts."""

    checks: tuple[InvariantCheck, ...]
    totals: dict[str, int]

    @property
    def holds(self) -> bool:
        """Tell whether every invariant holds."""
        return all(check.holds for check in self.checks)


def audit(engine: Engine) -> Audit:
    """
    Check every invariant as of one moment.

    It reads the whole ledger; there is no time limit, and nobody is locked out.
    """
    with reading(engine) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        # Counting waits for transactions that may still book something; this one never does.
        session.execute(text(f"SET LOCAL application_name = '{READS_ONLY}'"))
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        checks = []
        inner_pads, outer_pads = seal_pads(engine)
        keys = {"inner_pads": inner_pads, "outer_pads": outer_pads}
        for invariant in INVARIANTS:
            query = text(f"{invariant.query} LIMIT {ROWS_SHOWN}")
            needed = {name: keys[name] for name in query.compile().params}
            rows = session.execute(query, needed).mappings()
            checks.append(InvariantCheck(invariant, tuple(_plain(row) for row in rows)))
        totals = session.execute(_TOTALS).mappings().one()
        return Audit(tuple(checks), {name: int(value) for name, value in totals.items()})


def _plain(row: RowMapping) -> dict[str, Any]:
    # PostgreSQL sums bigints to numerics; seconds are whole numbers here as everywhere.
    return {name: int(value) if isinstance(value, Decimal) else value for name, value in row.items()}


_TOTALS = text("""
    SELECT (SELECT count(*) FROM account) AS accounts, count(*) AS packages,
           coalesce(sum(granted_seconds), 0) AS granted_seconds, coalesce(sum(left_seconds), 0) AS left_seconds,
           coalesce(sum(consumed_seconds), 0) AS consumed_seconds, coalesce(sum(held_seconds), 0) AS held_seconds,
           coalesce(sum(frozen_seconds), 0) AS frozen_seconds, coalesce(sum(expired_seconds), 0) AS expired_seconds,
           coalesce(sum(voided_seconds), 0) AS voided_seconds,
           (SELECT coalesce(sum(debt_seconds), 0) FROM account) AS debt_seconds,
           (SELECT count(*) FROM usage) AS usages, (SELECT count(*) FROM entry) AS entries
    FROM package
""")
