"""What makes a day differ: orders that got other seconds, accounts whose usage differs, and their sessions."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from domain.statistics.period import midnight
from domain.statistics.repair import repair_of_grant, repair_of_session, repair_of_usage
from store.statistics.compare import PAID
from store.statistics.count import IS_USE

MOST_ORDERS = 200
"""So many orders are listed; more of them have one cause."""

MOST_LINES = 20_000
"""Of an account's ledger, backwards; whoever has more since a day is compared by the day alone."""

CLOCK_SKEW = timedelta(minutes=10)
"""`booked_at` is a worker's clock; along a ledger it may step back a little."""


@dataclass(frozen=True, slots=True)
class GrantDifference:
    """An order that promised other seconds than the ledger has granted for it."""

    order_id: str
    account_id: str
    gateway: str
    promised_seconds: int
    granted_seconds: int

    @property
    def repair(self) -> str:
        """What is to be done about it."""
        return repair_of_grant(self.promised_seconds, self.granted_seconds)


@dataclass(frozen=True, slots=True)
class UsageDifference:
    """An account whose usage of a day is not what Screph's log says; `has_sessions`: the log has named them."""

    number: int
    account_id: str
    reported_seconds: int | None
    booked_seconds: int | None
    has_sessions: bool

    @property
    def repair(self) -> str:
        """What is to be done about it."""
        return repair_of_usage(self.reported_seconds, self.booked_seconds)


@dataclass(frozen=True, slots=True)
class SessionDifference:
    """A session that was reported and booked differently; `session_id` is "" for usage that names none."""

    session_id: str
    reported_seconds: int | None
    booked_seconds: int | None
    usage_ids: tuple[str, ...]

    @property
    def repair(self) -> str:
        """What is to be done about it."""
        return repair_of_session(self.reported_seconds, self.booked_seconds)


def grant_differences(session: Session, day: date) -> list[GrantDifference]:
    """Return the orders that were paid on a UTC day and got other seconds than they promise, by gateway and id."""
    bounds = {"since": midnight(day, "UTC"), "until": midnight(day + timedelta(days=1), "UTC"), "most": MOST_ORDERS}
    return [GrantDifference(**row) for row in session.execute(_ORDERS, bounds).mappings()]


def usage_differences(
    session: Session, day: date, *, after: int = 0, limit: int = 50
) -> tuple[list[UsageDifference], int | None]:
    """
    Return accounts whose usage of a day differs, and the number after which the next page begins; None: the last one.

    Args:
        session: a reading one.
        day: of the business zone.
        after: the number of an account.
        limit: how many at the most.
    """
    rows = session.execute(_ACCOUNTS, {"day": day, "after": after, "limit": limit + 1}).mappings()
    found = [UsageDifference(**row) for row in rows]
    return found[:limit], found[limit - 1].number if len(found) > limit else None


def session_differences(session: Session, account_id: str, day: date, zone: str) -> list[SessionDifference] | None:
    """
    Return the sessions of an account's day that were reported and booked differently, the largest difference first.

    Returns:
        None where the log has named no sessions, or those of another zone's day, or the account has too many lines
        since that day to be read.
    """
    starts_at, ends_at = midnight(day, zone), midnight(day + timedelta(days=1), zone)
    named = {"account_id": account_id, "day": day, "zone": zone}
    reported = session.execute(_SESSIONS, named).scalar_one_or_none()
    if reported is None:
        return None
    parameters: dict[str, Any] = {"account_id": account_id, "starts_at": starts_at, "ends_at": ends_at}
    booked, is_whole = _booked(session, parameters | {"since": starts_at - CLOCK_SKEW, "most": MOST_LINES})
    if not is_whole:
        return None
    found = [
        SessionDifference(name, reported.get(name), *booked.get(name, (None, ())))
        for name in sorted({*reported, *booked})
        if reported.get(name) != booked.get(name, (None,))[0]
    ]
    return sorted(found, key=lambda one: -abs((one.reported_seconds or 0) - (one.booked_seconds or 0)))


def _booked(session: Session, parameters: dict[str, Any]) -> tuple[dict[str, tuple[int, tuple[str, ...]]], bool]:
    """Return seconds and usages by session, and whether all lines since the day were read."""
    sessions, is_whole = {}, True
    for row in session.execute(_BOOKED, parameters):
        is_whole = is_whole and row.lines < MOST_LINES
        if row.session_id is not None:
            sessions[row.session_id] = (int(row.seconds), tuple(row.usage_ids))
    return sessions, is_whole


_ORDERS = text(f"""
    WITH RECURSIVE {PAID}
    SELECT each_order.id AS order_id, account.id AS account_id, each_order.gateway, promised AS promised_seconds,
           CAST(granted AS bigint) AS granted_seconds
    FROM each_order JOIN account ON account.number = each_order.account
    WHERE promised <> granted ORDER BY each_order.gateway, each_order.id LIMIT :most
""")

_ACCOUNTS = text("""
    SELECT account.number, account.id AS account_id, differs.reported_seconds, differs.booked_seconds,
           usage_day.session_list IS NOT NULL AS has_sessions
    FROM usage_difference AS differs JOIN account ON account.number = differs.account
    LEFT JOIN usage_day ON usage_day.day = differs.day AND usage_day.account = differs.account
    WHERE differs.day = :day AND differs.account > :after ORDER BY differs.account LIMIT :limit
""")

_SESSIONS = text("""
    SELECT session_list FROM usage_day JOIN account ON account.number = usage_day.account
    WHERE account.id = :account_id AND usage_day.day = :day AND usage_day.time_zone = :zone
""")

# Backwards along the account's chain, as far as anything of the day can be booked.
_BOOKED = text(f"""
    WITH RECURSIVE line AS (
        SELECT entry.id, entry.previous_id, entry.account, entry.message_id, entry.usage_id, entry.booked_at, 1 AS place
        FROM account JOIN entry ON entry.id = account.last_entry_id AND entry.account = account.number
        WHERE account.id = :account_id
        UNION ALL
        SELECT entry.id, entry.previous_id, entry.account, entry.message_id, entry.usage_id, entry.booked_at, place + 1
        FROM line JOIN entry ON entry.id = line.previous_id AND entry.account = line.account
        WHERE line.booked_at >= :since AND place < :most
    ), used AS (
        SELECT DISTINCT account, usage_id FROM line WHERE usage_id = message_id
    ), by_session AS (
        SELECT coalesce(inbox.session_id, '') AS session_id, sum(inbox.used_seconds) AS seconds,
               array_agg(inbox.event_id ORDER BY inbox.id) AS usage_ids
        FROM used JOIN inbox ON inbox.id = used.usage_id AND inbox.account = used.account
        WHERE inbox.occurred_at >= :starts_at AND inbox.occurred_at < :ends_at AND inbox.reversed_by IS NULL
          AND {IS_USE.format(inbox="inbox")}
        GROUP BY 1
    )
    SELECT by_session.*, (SELECT coalesce(max(place), 0) FROM line) AS lines
    FROM (VALUES (1)) AS one LEFT JOIN by_session ON true
""")
