"""Days on which two sides differ: the gateway's money, the ledger's grants, and Screph's log of usage."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Select, or_, select
from sqlmodel import Session

from store.records import table_of
from store.tables import GatewaySumRow, GrantSumRow, UsageSumRow

_SUMS = table_of(GatewaySumRow)
_GRANTS = table_of(GrantSumRow)
_USAGE = table_of(UsageSumRow)

SCREPH = "screph"
"""What stands for the gateway where Screph's own log is the other side."""

Found = tuple[str, str, str, datetime, str]
"""What it is called, the gateway, which, since when, and what is known: the fields of a review item."""


def days_that_differ(session: Session) -> Iterator[Found]:
    """Return each day of each comparison on which the two sides differ."""
    yield from _totals(session)
    yield from _grants(session)
    yield from _usage(session)


def day_queries() -> dict[str, Select[tuple[object, ...]]]:
    """Return the query of each comparison; each has an index of the days that differ."""
    return {"totals": _totals_that_differ(), "grants": _grants_that_differ(), "usage": _usage_that_differs()}


def _totals_that_differ() -> Select[tuple[object, ...]]:
    return select(*_SUMS.c).where(
        or_(
            _SUMS.c.ours_captured_minor != _SUMS.c.theirs_captured_minor,
            _SUMS.c.ours_refunded_minor != _SUMS.c.theirs_refunded_minor,
        )
    )


def _totals(session: Session) -> Iterator[Found]:
    for row in session.execute(_totals_that_differ()):
        sentence = (
            f"captured {row.ours_captured_minor} here and {row.theirs_captured_minor} there, "
            f"refunded {row.ours_refunded_minor} here and {row.theirs_refunded_minor} there, in minor units"
        )
        ref = f"{row.currency} {row.day:%Y-%m-%d}"
        yield "totals differ", row.gateway, ref, row.compared_at, sentence


def _grants_that_differ() -> Select[tuple[object, ...]]:
    return select(*_GRANTS.c).where(_GRANTS.c.differing > 0)


def _grants(session: Session) -> Iterator[Found]:
    for row in session.execute(_grants_that_differ()):
        sentence = (
            f"{row.differing} of {row.orders} orders got other seconds than they promise: "
            f"{row.promised_seconds} promised, {row.granted_seconds} granted by the ledger"
        )
        yield "grants differ", row.gateway, f"{row.day}", row.compared_at, sentence


def _usage_that_differs() -> Select[tuple[object, ...]]:
    return select(*_USAGE.c).where(_USAGE.c.differing > 0)


def _usage(session: Session) -> Iterator[Found]:
    for row in session.execute(_usage_that_differs()):
        sentence = (
            f"accounts that differ from Screph's log: {row.differing}; {row.missing_seconds} seconds were reported "
            f"and not booked, {row.surplus_seconds} booked and not reported"
        )
        yield "usage differs", SCREPH, f"{row.day}", row.compared_at, sentence
