"""
What an account has used on its local days that are over.

Where those days are the days of the business zone, they are summed already (`account_day`), and reading them costs the
same for every account. Else, and where not all of it is counted yet, they are read from the ledger.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from domain.minutes.forecast import WINDOW_DAYS, seconds_by_day
from store.minutes.chain import use_since
from store.tables import AccountRow
from store.tables.statistics import AccountDayRow, AccountFirstRow, StatisticsStateRow


def counted_days(session: Session, account: int, *, now: datetime, zone: ZoneInfo) -> tuple[int, ...] | None:
    """
    Return the seconds of the 28 local days before today from the sums by day.

    What was reported or reversed within the last half hour may be missing; what came too late to be judged by its own
    moment counts on the day on which it happened.

    Args:
        session: a reading session.
        account: its number.
        now: aware UTC.
        zone: the account's.

    Returns:
        None where the sums do not say it: the zone has other days than the business zone, yesterday is not counted to
        its end, or the account has used nothing before these days, so that it may be younger than they are.
    """
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(WINDOW_DAYS, 0, -1)]
    state = session.exec(select(StatisticsStateRow).where(StatisticsStateRow.number == 1)).one_or_none()
    if state is None or state.activity_until is None or state.activity_until < _midnight(today, zone):
        return None
    business = ZoneInfo(state.zone)
    if any(_midnight(day, zone) != _midnight(day, business) for day in [*days, today]):
        return None
    first = session.exec(select(AccountFirstRow).where(AccountFirstRow.account == account)).one_or_none()
    if first is None or first.used_day is None or first.used_day > days[0]:
        return None
    # By the days one by one: the key begins with the day, and between two days lie those of all accounts.
    wanted = select(AccountDayRow).where(col(AccountDayRow.day).in_(days), AccountDayRow.account == account)
    used = {row.day: row.seconds for row in session.exec(wanted)}
    return tuple(used.get(day, 0) for day in days)


def booked_days(session: Session, account: AccountRow, *, now: datetime, zone: ZoneInfo) -> tuple[int, ...]:
    """Return the seconds of each known local day before today from the ledger: up to 0.4 s for a busy account."""
    assert account.number is not None
    # A day more, for the zone's midnight lies up to fourteen hours from that of UTC.
    since = now - timedelta(days=WINDOW_DAYS + 1)
    recent = use_since(session, account.number, last_entry_id=account.last_entry_id, since=since)
    return seconds_by_day(recent.used, known_since=recent.known_since, at=now, zone=zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
