"""How the installation does, in figures for Prometheus; every query reads an index or a small table."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Session

from domain.payments.order import OPEN_STATUSES
from domain.payments.refund import OPEN_REFUND_STATUSES
from store.outbox import backlog, count_refused
from store.payments.review import KINDS, ReviewItem, review_items
from store.payments.review_days import SCREPH
from store.read import JobRun, last_runs
from store.tables.columns import in_enum

SHOWN_DEAD_LETTERS = 100
"""Pairs of queue and code; the broker's own codes may be of a producer's making, and each is a time series."""

AGES = ("hour", "day", "older")
"""How long something has been open: less than an hour, less than a day, longer."""


@dataclass(frozen=True, slots=True)
class Open:
    """How many orders or refunds of a status are open, by age."""

    what: str
    status: str
    age: str
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an audit said: when it ended, and the names of the invariants that did not hold."""

    at: datetime
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """The figures as of one moment; a moment is None where nothing waits."""

    outbox_waiting: int
    outbox_oldest: datetime | None
    outbox_refused: int
    dead_letters: dict[tuple[str, str], int]
    open: tuple[Open, ...]
    oldest_due: dict[str, datetime | None]
    runs: dict[str, JobRun]
    review_items: dict[str, int]
    counted_until: datetime | None
    audited_at: datetime | None
    broken_invariants: int
    deferred: dict[str, int]
    in_debt: int
    differences: dict[tuple[str, str], int]
    differing_seconds: dict[str, int]


NOTHING = Health(0, None, 0, {}, (), {}, {}, {}, None, None, 0, {}, 0, {}, {})
"""What an installation shows in which nothing has happened yet."""


def read_health(session: Session, jobs: Iterable[str], *, now: datetime) -> Health:
    """
    Read the figures.

    Args:
        session: a reading one.
        jobs: of the timetable.
        now: aware UTC.
    """
    waiting, oldest = backlog(session)
    verdict, items = last_verdict(session), review_items(session, now=now)
    differences, seconds = _differences(session, {item.id for item in items})
    return Health(
        outbox_waiting=waiting.value,
        outbox_oldest=oldest,
        outbox_refused=count_refused(session).value,
        dead_letters=_dead_letters(session),
        open=(*_open(session, "orders", OPEN_STATUSES, now), *_open(session, "refund", OPEN_REFUND_STATUSES, now)),
        oldest_due={row.job: row.since for row in session.execute(_OLDEST_DUE, {"now": now})},
        runs=last_runs(session, jobs),
        review_items=_by_kind(items),
        counted_until=session.execute(_COUNTED_UNTIL).scalar_one_or_none(),
        audited_at=verdict.at if verdict else None,
        broken_invariants=len(verdict.broken) if verdict else 0,
        deferred={row.currency: int(row.minor) for row in session.execute(_DEFERRED)},
        in_debt=int(session.execute(_IN_DEBT).scalar_one()),
        differences=differences,
        differing_seconds=seconds,
    )


def last_verdict(session: Session) -> Verdict | None:
    """Return what the audit said last; None: there was none."""
    row = session.execute(_VERDICT).one_or_none()
    return None if row is None else Verdict(row.ended_at, tuple(sorted(row.broken)))


def _dead_letters(session: Session) -> dict[tuple[str, str], int]:
    found = [((row.queue, row.code), row.letters) for row in session.execute(_DEAD_LETTERS)]
    shown = dict(found[:SHOWN_DEAD_LETTERS])
    if rest := sum(count for _, count in found[SHOWN_DEAD_LETTERS:]):
        shown["other", "other"] = rest
    return shown


def _open(session: Session, table: str, statuses: Iterable[StrEnum], now: datetime) -> list[Open]:
    # Spelled out as in the partial index, which a parameter would not match.
    found = session.execute(text(_OPEN.format(table=table, statuses=in_enum("status", statuses))), {"now": now})
    return [Open(table, row.status, row.age, row.number) for row in found]


def _by_kind(items: Iterable[ReviewItem]) -> dict[str, int]:
    counts = dict.fromkeys(map(str, KINDS.values()), 0)
    for item in items:
        counts[str(KINDS[item.kind])] += 1
    return counts


def _differences(session: Session, open_items: Collection[str]) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """
    Return by how much days differ: money by gateway and currency, seconds by side.

    A day that somebody has accepted with a reason adds nothing, or its alarm would never end.
    """
    money: dict[tuple[str, str], int] = {}
    for row in session.execute(_DIFFERENCES):
        of_day = int(row.minor) if row.item_id in open_items else 0
        money[row.gateway, row.currency] = money.get((row.gateway, row.currency), 0) + of_day
    seconds = {"grants": 0, "usage": 0}
    for row in session.execute(_DIFFERING_SECONDS, {"screph": SCREPH}):
        seconds[row.side] += int(row.seconds) if row.item_id in open_items else 0
    return money, seconds


_DEAD_LETTERS = text("""
    SELECT queue, code, count(*) AS letters FROM dead_letter
    WHERE state = 'waiting' GROUP BY queue, code ORDER BY count(*) DESC, queue, code
""")

_OPEN = """
    SELECT CAST(status AS text) AS status, age, count(*) AS number
    FROM (SELECT status, CASE WHEN created_at > :now - interval '1 hour' THEN 'hour'
                              WHEN created_at > :now - interval '1 day' THEN 'day' ELSE 'older' END AS age
          FROM {table} WHERE {statuses}) AS open
    GROUP BY status, age
"""

_OLDEST_DUE = text("""
    SELECT 'expiry-sweep' AS job,
           (SELECT min(announce_at) FROM package WHERE has_left AND announce_at <= :now) AS since
    UNION ALL SELECT 'send-notices', (SELECT min(due_at) FROM notice WHERE state = 'waiting' AND due_at <= :now)
    UNION ALL SELECT 'renew-subscriptions', (SELECT min(due_at) FROM subscription WHERE due_at <= :now)
    UNION ALL SELECT 'top-up',
                     (SELECT min(due_at) FROM topup WHERE is_on AND order_id IS NULL AND due_at <= :now)
    UNION ALL SELECT 'poll-open-payments',
                     (SELECT min(updated_at) FROM orders WHERE status IN ('pending', 'action_required', 'approved'))
""")

# What was never counted waits since the first line. Ids follow time but for what is under way at once.
_COUNTED_UNTIL = text("""
    SELECT least(coalesce(minutes_until, first.at), coalesce(activity_until, first.at))
    FROM (SELECT min(booked_at) AS at FROM (SELECT booked_at FROM entry ORDER BY id LIMIT 1000) AS line) AS first
    LEFT JOIN statistics_state ON true
""")

_VERDICT = text("SELECT ended_at, broken FROM audit_run ORDER BY ended_at DESC LIMIT 1")

_DEFERRED = text("""
    SELECT currency, sum(deferred_minor) AS minor FROM day_deferred
    WHERE day = (SELECT max(day) FROM day_deferred) GROUP BY currency
""")

# A debt has lines of its own, and few accounts have one; the table of accounts may be large.
_IN_DEBT = text("""
    SELECT count(*) FROM account WHERE debt_seconds > 0 AND number IN (
        SELECT account FROM entry WHERE package IS NULL AND kind <> 'forgiven')
""")

_DIFFERING_SECONDS = text("""
    SELECT 'grants' AS side, 'grants:' || gateway || ':' || day AS item_id,
           abs(promised_seconds - granted_seconds) AS seconds
    FROM grant_sum WHERE differing > 0
    UNION ALL
    SELECT 'usage', 'usage:' || :screph || ':' || day, missing_seconds + surplus_seconds
    FROM usage_sum WHERE differing > 0
""")

_DIFFERENCES = text("""
    SELECT gateway, currency,
           'totals:' || gateway || ':' || currency || ' ' || to_char(day AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS item_id,
           abs(ours_captured_minor - theirs_captured_minor) + abs(ours_refunded_minor - theirs_refunded_minor) AS minor
    FROM gateway_sum
    WHERE ours_captured_minor <> theirs_captured_minor OR ours_refunded_minor <> theirs_refunded_minor
""")
