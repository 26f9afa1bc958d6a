"""Counting what was booked and paid, each thing once, whoever else counts at the same time."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from domain.statistics.bucket import CLOCK_ERROR, PATIENCE, countable_until, quarter_of
from domain.statistics.period import midnight
from store.engine import Session
from store.statistics.count import (
    MONEY_AT_ONCE,
    count_activity,
    count_days_again,
    count_first_payments,
    count_first_payments_again,
    count_minutes,
    count_money,
    forget_activity,
)
from store.statistics.rollup import ROLLUPS, Rollup
from store.statistics.snapshot import KEPT_DAYS, close_day, first_active_day, forget_old_days
from store.statistics.state import State, first_booked, hidden_writers, lock_state, oldest_open, save_state
from workers.context import Context
from workers.due_run import Counts
from workers.statistics.nights import forget_rollups, save_snapshots, take_next

log = logging.getLogger(__name__)

STRETCH = timedelta(days=1)
"""So much is counted in one transaction; usually it is a quarter of an hour."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before everything that was ever booked."""

STRETCHES = 400
"""Transactions of one run; what is left, the next run does a minute later."""


def count_statistics(
    context: Context, *, patience: timedelta = PATIENCE, clock_error: timedelta = CLOCK_ERROR
) -> Counts:
    """
    Add to the sums what was booked and paid since the last time, and close the days that are over.

    Args:
        context: what handlers need.
        patience: for how long after its end a quarter of an hour is left open.
        clock_error: how far a worker's clock may be behind the database's.

    Returns:
        How many changes of money, stretches of the ledger, days, rollups of a day and snapshots it counted.
    """
    counted: Counter[str] = Counter(money=0, minutes=0, activity=0, days=0, rollups=0, snapshots=0)
    while not context.stopping.is_set():
        money = context.transact(lambda session: _count_money(session, context))
        counted["money"] += money
        if money < MONEY_AT_ONCE:
            break
    until = partial(_countable_until, context, patience, clock_error)
    for name, step in (("minutes", _count_minutes), ("activity", _count_activity), ("days", _close_day)):
        for _ in range(STRETCHES):
            work = partial(step, context=context, until=until)
            if context.stopping.is_set() or not context.transact(work):
                break
            counted[name] += 1
    for rollup in ROLLUPS:
        for _ in range(STRETCHES):
            taking = partial(_take_next, context=context, rollup=rollup, until=until)
            if context.stopping.is_set() or not context.transact(taking):
                break
            counted["rollups"] += 1
    counted["snapshots"] += context.transact(lambda session: _save_snapshots(session, context))
    return counted


def _count_money(session: Session, context: Context) -> int:
    now = context.clock()
    state = _state(session, context)
    count_first_payments(session, state.zone)
    counted = count_money(session, state.zone, now=now)
    save_state(session, replace(state, counted_at=now))
    return counted


Until = Callable[[Session], datetime]
"""Returns up to where everything that is booked can be seen."""


def _countable_until(context: Context, patience: timedelta, clock_error: timedelta, session: Session) -> datetime:
    hidden = hidden_writers(session)
    if hidden:
        # One of them may be about to book into a quarter of an hour that would be counted without it.
        log.error(
            "nothing is counted now, for it cannot be seen since when transactions of %s are open: run"
            " deploy/postgres/roles.sql again as a superuser, or GRANT pg_read_all_stats to the role of the workers",
            ", ".join(hidden),
        )
        return NEVER
    oldest = oldest_open(session)
    return countable_until(context.clock(), oldest_open=oldest, patience=patience, clock_error=clock_error)


def _count_minutes(session: Session, context: Context, until: Until) -> bool:
    state = _state(session, context)
    stretch = _stretch(session, until(session), state.minutes_until)
    if stretch is None:
        return False
    count_minutes(session, *stretch, state.zone)
    save_state(session, replace(state, minutes_until=stretch[1], counted_at=context.clock()))
    return True


def _count_activity(session: Session, context: Context, until: Until) -> bool:
    now = context.clock()
    state = _state(session, context)
    stretch = _stretch(session, until(session), state.activity_until)
    if stretch is None:
        return False
    changed = count_activity(session, *stretch, state.zone)
    changed_from = _earlier(state.changed_from, changed)
    save_state(session, replace(state, activity_until=stretch[1], changed_from=changed_from, counted_at=now))
    return True


def _close_day(session: Session, context: Context, until: Until) -> bool:
    state = _state(session, context)
    if state.activity_until is None:
        return False
    day = state.changed_from or first_active_day(session)
    if day is None or midnight(day + timedelta(days=1), state.zone) > state.activity_until:
        return False
    close_day(session, day, at=context.clock())
    forget_old_days(session, day - timedelta(days=KEPT_DAYS))
    save_state(session, replace(state, changed_from=day + timedelta(days=1)))
    return True


def _save_snapshots(session: Session, context: Context) -> int:
    return save_snapshots(session, _state(session, context), now=context.clock())


def _take_next(session: Session, context: Context, rollup: Rollup, until: Until) -> bool:
    state = _state(session, context)
    return take_next(session, state, rollup, now=context.clock(), counted_until=until(session))


def _state(session: Session, context: Context) -> State:
    """Return the state, locked; days of another zone than the present one are forgotten, and counted again."""
    zone = context.business_zone
    state = lock_state(session, zone)
    if state.zone == zone:
        return state
    forget_activity(session)
    forget_rollups(session)
    count_days_again(session, zone)
    count_first_payments_again(session, zone)
    state = replace(state, zone=zone, activity_until=None, changed_from=None)
    save_state(session, state)
    return state


def _stretch(session: Session, until: datetime, counted_until: datetime | None) -> tuple[datetime, datetime] | None:
    """Return the period that is to be counted next, whole quarters of an hour; None: nothing can be yet."""
    if until == NEVER:
        # Noted as counted, it would begin the counts of an empty ledger half a century before there is anything.
        return None
    since = counted_until
    if since is None:
        first = first_booked(session)
        since = until - STRETCH if first is None else quarter_of(first)
    return (since, min(until, since + STRETCH)) if since < until else None


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
