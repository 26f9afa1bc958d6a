"""What is taken day by day: snapshots that cannot be had later, and sums of days that become final with time."""

from datetime import date, datetime, timedelta

from domain.statistics.period import day_of
from store.engine import Session
from store.statistics.deferred import DEFERRED, save_breakage, save_deferred
from store.statistics.promotions import PROMOTIONS, save_promotions
from store.statistics.recurring import SUBSCRIPTIONS, save_month, save_subscriptions
from store.statistics.rollup import ROLLUPS, Rollup, first_bought, first_used, forget_rollup, take
from store.statistics.state import State
from store.statistics.taken import forget_taken, is_taken, last_final, mark_taken, young_days

TAKEN_AGAIN_AFTER = timedelta(hours=1)
"""How old the sums of a young day may get."""

YOUNG_FOR = timedelta(days=2)
"""So long after its end a day is young; later its sums are taken again once a day until they are final."""

CATCHING_UP = timedelta(days=1)
"""So far behind, activity is being counted again: until it is there, days of it that are young would be wrong."""


def save_snapshots(session: Session, state: State, *, now: datetime) -> int:
    """
    Save how everything stands as the end of yesterday, unless that is done; return how many snapshots were taken.

    A night on which nobody counted stays missing, for how things stood then is not known any more.
    """
    yesterday = day_of(now, state.zone) - timedelta(days=1)
    taken = 0
    if not is_taken(session, SUBSCRIPTIONS, yesterday):
        save_subscriptions(session, yesterday)
        mark_taken(session, SUBSCRIPTIONS, yesterday, at=now, is_final=True)
        save_month(session, yesterday, state.zone)
        taken += 1
    if not is_taken(session, PROMOTIONS, yesterday):
        save_promotions(session, yesterday, at=now)
        mark_taken(session, PROMOTIONS, yesterday, at=now, is_final=True)
        taken += 1
    if not is_taken(session, DEFERRED, yesterday):
        save_deferred(session, yesterday, at=now)
        save_breakage(session, state.zone)
        mark_taken(session, DEFERRED, yesterday, at=now, is_final=True)
        taken += 1
    return taken


def take_next(session: Session, state: State, rollup: Rollup, *, now: datetime, counted_until: datetime) -> bool:
    """
    Take the next day of a rollup that wants it.

    Args:
        session: a transaction, with the state locked.
        state: how far everything is counted.
        rollup: which sums.
        now: aware UTC.
        counted_until: before this moment nothing can be written any more.

    Returns:
        Whether there was one.
    """
    found = _next_day(session, state, rollup, now=now, counted_until=counted_until)
    if found is None:
        return False
    day, is_final = found
    take(session, rollup, day, state.zone)
    mark_taken(session, rollup.table, day, at=now, is_final=is_final)
    return True


def forget_rollups(session: Session) -> None:
    """Forget what was taken of days of another zone; months stay as they are, for what they are made of goes."""
    for rollup in ROLLUPS:
        if not rollup.by_month:
            forget_rollup(session, rollup)
            forget_taken(session, rollup.table)


def _next_day(
    session: Session, state: State, rollup: Rollup, *, now: datetime, counted_until: datetime
) -> tuple[date, bool] | None:
    """Return the next day that wants to be taken, and whether that is for good."""
    last = last_final(session, rollup.table)
    day = rollup.next_after(last) if last else _first_day(session, state, rollup)
    if day is None:
        return None
    known_until, shows_young = counted_until, rollup.shows_young
    if rollup.reads_activity:
        if state.activity_until is None:
            return None
        known_until = min(counted_until, state.activity_until)
        shows_young = shows_young and counted_until - known_until < CATCHING_UP
    young = young_days(session, rollup.table)
    while day <= day_of(now, state.zone):
        ends_at = rollup.period_of(day, state.zone).ends_at
        is_final = ends_at + rollup.final_after <= known_until
        if not is_final and not shows_young:
            return None
        good_for = TAKEN_AGAIN_AFTER if now < ends_at + YOUNG_FOR else timedelta(days=1)
        if is_final or day not in young or young[day] + good_for <= now:
            return day, is_final
        day = rollup.next_after(day)
    return None


def _first_day(session: Session, state: State, rollup: Rollup) -> date | None:
    """Return the first day of which a rollup can say anything; None: nothing was bought yet, nor used."""
    bought_at = first_bought(session)
    bought = None if bought_at is None else day_of(bought_at, state.zone)
    used = first_used(session) if rollup.reads_activity else None
    day = min((one for one in (bought, used) if one is not None), default=None)
    return day.replace(day=1) if day is not None and rollup.by_month else day
