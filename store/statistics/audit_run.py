"""Verdicts of the audit."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from store.tables import AuditRunRow


def save_audit_run(
    session: Session, *, began_at: datetime, ended_at: datetime, invariants: int, broken: Mapping[str, int]
) -> None:
    """Save a verdict: how many invariants were asked, and which did not hold, with how many rows each."""
    session.add(AuditRunRow(began_at=began_at, ended_at=ended_at, invariants=invariants, broken=dict(broken)))
