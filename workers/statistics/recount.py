"""Counting days again, for whoever does not trust a figure."""

from dataclasses import replace
from datetime import date, timedelta

from domain.statistics.bucket import QUARTER, quarter_of
from domain.statistics.period import Days
from store.engine import Session
from store.statistics.recount import (
    Difference,
    recount_activity,
    recount_days,
    recount_minutes,
    recount_money,
    recount_rollup,
)
from store.statistics.rollup import ROLLUPS
from store.statistics.state import lock_state, save_state
from store.statistics.taken import last_final
from workers.context import Context


def recount(context: Context, first: date, last: date) -> list[Difference]:
    """
    Count some days of the business zone again, as far as they are counted, and replace what was wrong.

    Nobody counts meanwhile. Where nothing was wrong nothing is changed.

    Args:
        context: what handlers need.
        first: of the days.
        last: of the days, included.

    Returns:
        Every sum that was wrong, one after the other by table.
    """
    return context.transact(lambda session: _recount(session, context, first, last))


def _recount(session: Session, context: Context, first: date, last: date) -> list[Difference]:
    state = lock_state(session, context.business_zone)
    days = Days(first, last, state.zone)
    since, until = quarter_of(days.starts_at), quarter_of(days.ends_at + QUARTER - timedelta(microseconds=1))
    found = recount_money(session, since, until)
    if state.minutes_until is not None:
        found += recount_minutes(session, since, min(until, state.minutes_until))
    found += recount_days(session, days)
    if state.activity_until is not None:
        of_days = recount_activity(session, days, counted_until=state.activity_until)
        if of_days:
            save_state(session, replace(state, changed_from=min(first, state.changed_from or first)))
        found += of_days
    return found + _recount_rollups(session, days)


def _recount_rollups(session: Session, days: Days) -> list[Difference]:
    """Take the days again that are final; the others are taken again anyway."""
    found = []
    for rollup in ROLLUPS:
        final = last_final(session, rollup.table)
        day = days.first.replace(day=1) if rollup.by_month else days.first
        while final is not None and day <= min(days.last, final):
            found += recount_rollup(session, rollup, day, days.zone)
            day = rollup.next_after(day)
    return found
