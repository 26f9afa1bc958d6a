"""Bonus programmes in the store, and what they have given; a programme's row is the lock of its limits."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from domain.promotions.programme import BIRTHDAY_WITHIN, Awards, Programme, Trigger
from store.tables import ProgrammeAwardRow, ProgrammeRow


class Award(NamedTuple):
    """What a programme has given to an account for one order, and not taken back."""

    id: int
    programme: Programme
    order_id: str
    package_id: str


class Celebrating(NamedTuple):
    """An account that may have a birthday."""

    number: int
    id: str
    opened_at: datetime


def add_programme(session: Session, programme: Programme, *, message_id: int, by: str, at: datetime) -> bool:
    """Write a new programme, its number counted up; False: there is one of this id already."""
    values = asdict(programme) | {"product_ids": sorted(programme.product_ids)}
    for derived in ("number", "used", "used_seconds", "is_paused"):
        del values[derived]
    values |= {"message_id": message_id, "created_by": by, "created_at": at}
    added = insert(ProgrammeRow).values(values).on_conflict_do_nothing(constraint="programme_id")
    return session.execute(added.returning(col(ProgrammeRow.number))).one_or_none() is not None


def switch_programme(session: Session, programme_id: str, *, is_on: bool, by: str, why: str, at: datetime) -> bool:
    """Switch a programme on or off; False: there is none of this id."""
    paused = {"paused_at": None, "paused_by": None} if is_on else {"paused_at": at, "paused_by": by}
    changed = update(ProgrammeRow).where(col(ProgrammeRow.id) == programme_id).values(**paused, pause_reason=why)
    return session.execute(changed.returning(col(ProgrammeRow.number))).one_or_none() is not None


def find_running_programmes(session: Session, *triggers: Trigger) -> list[Programme]:
    """Return the programmes of some triggers that are switched on, in the order in which they are locked."""
    rows = session.exec(
        select(ProgrammeRow)
        .where(col(ProgrammeRow.trigger).in_(triggers), col(ProgrammeRow.paused_at).is_(None))
        .order_by(col(ProgrammeRow.number))
    )
    return [programme_of(row) for row in rows]


def lock_programme(session: Session, number: int) -> Programme:
    """Return a programme as it is now, locked until the end of the transaction."""
    row = session.exec(
        select(ProgrammeRow)
        .where(col(ProgrammeRow.number) == number)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()
    return programme_of(row)


def find_awards(session: Session, programme: Programme, accounts: Sequence[int]) -> Awards:
    """Return what some accounts, those of a person, have had of a programme; to be asked under its lock."""
    row = session.execute(_AWARDS, {"programme": programme.number, "accounts": list(accounts)}).one()
    return Awards(row.times, row.last_at)


def has_award(session: Session, programme: Programme, account: int, cause: str) -> bool:
    """Tell whether a programme has given to an account for a cause, whatever became of it."""
    named = {"programme": programme.number, "account": account, "cause": cause}
    return bool(session.execute(_HAS_AWARD, named).scalar_one())


def add_award(session: Session, programme: Programme, account: int, award: dict[str, Any]) -> None:
    """
    Write what a programme gives, and count it.

    Args:
        session: the transaction in which the programme and the account are locked.
        programme: as it is.
        account: the number of the account.
        award: `cause`, `order_id`, `package_id`, `earned_at`, `granted_at`.
    """
    session.execute(
        insert(ProgrammeAwardRow).values(
            programme=programme.number, account=account, seconds=programme.seconds, **award
        )
    )
    _count(session, programme.number, uses=1, seconds=programme.seconds)


def find_awards_for_orders(session: Session, account: int) -> list[Award]:
    """Return what an account was given for orders and still has, in the order of the programmes' locks."""
    rows = session.execute(
        select(ProgrammeAwardRow, ProgrammeRow)
        .join(ProgrammeRow, col(ProgrammeRow.number) == col(ProgrammeAwardRow.programme))
        .where(col(ProgrammeAwardRow.account) == account, col(ProgrammeAwardRow.reversed_at).is_(None))
        .where(col(ProgrammeAwardRow.order_id).is_not(None))
        .order_by(col(ProgrammeRow.number), col(ProgrammeAwardRow.id))
    )
    return [
        Award(award.id or 0, programme_of(programme), award.order_id or "", award.package_id)
        for award, programme in rows
    ]


def reverse_award(session: Session, award: Award, *, voided_seconds: int, at: datetime) -> None:
    """Note that what was left of an award was taken back, so that its programme may give it again."""
    session.execute(
        update(ProgrammeAwardRow)
        .where(col(ProgrammeAwardRow.id) == award.id)
        .values(reversed_at=at, voided_seconds=voided_seconds)
    )
    _count(session, award.programme.number, uses=-1, seconds=-voided_seconds)


def find_celebrating(
    session: Session, programme: Programme, *, after: int, at: datetime, limit: int
) -> list[Celebrating]:
    """
    Return accounts with a birthday within the last days, by number, that were given nothing of a programme for it.

    Args:
        session: any.
        programme: whose bonus it is.
        after: the number behind which to go on; 0 begins.
        at: aware UTC.
        limit: how many.
    """
    named = {"programme": programme.number, "after": after, "since": at - BIRTHDAY_WITHIN, "at": at, "most": limit}
    return [Celebrating(row.number, row.id, row.opened_at) for row in session.execute(_CELEBRATING, named)]


def programme_of(row: ProgrammeRow) -> Programme:
    """Return the programme of a row."""
    return Programme(
        number=row.number or 0,
        id=row.id,
        trigger=Trigger(row.trigger),
        seconds=row.seconds,
        valid_days=row.valid_days,
        purchases=row.purchases,
        after_days=row.after_days,
        product_ids=frozenset(row.product_ids),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        uses_limit=row.uses_limit,
        budget_seconds=row.budget_seconds,
        used=row.used,
        used_seconds=row.used_seconds,
        is_paused=row.paused_at is not None,
    )


def _count(session: Session, number: int, *, uses: int, seconds: int) -> None:
    used = {"used": col(ProgrammeRow.used) + uses, "used_seconds": col(ProgrammeRow.used_seconds) + seconds}
    counted = update(ProgrammeRow).where(col(ProgrammeRow.number) == number).values(**used)
    session.execute(counted, execution_options={"synchronize_session": False})


# What was taken back before a second of it was used is as if it had not been given.
_AWARDS = text("""
    SELECT count(*) AS times, max(earned_at) AS last_at
    FROM programme_award
    WHERE account = ANY(:accounts) AND programme = :programme AND voided_seconds < seconds
""")

_HAS_AWARD = text("""
    SELECT EXISTS (SELECT FROM programme_award
                   WHERE account = :account AND programme = :programme AND cause = :cause)
""")

# Every account once a run, along its key: a day's birthdays have no index of their own, which every new account would
# have to pay for. A birthday of December is celebrated in January, too.
_CELEBRATING = text("""
    WITH run AS (
        SELECT CAST(:since AS timestamptz) AT TIME ZONE 'UTC' AS since,
               CAST(:at AS timestamptz) AT TIME ZONE 'UTC' AS at
    )
    SELECT account.number, account.id, account.opened_at
    FROM account
    CROSS JOIN run
    WHERE account.number > :after AND account.blocked_at IS NULL AND account.closed_at IS NULL
      AND EXISTS (
          SELECT FROM generate_series(0, 1) AS ago
          CROSS JOIN LATERAL (SELECT account.opened_at AT TIME ZONE 'UTC' AS opened_at) AS utc
          CROSS JOIN LATERAL (
              SELECT utc.opened_at + make_interval(
                  years => CAST(extract(year FROM run.at) - extract(year FROM utc.opened_at) AS integer) - ago
              ) AS birthday
          ) AS this
          WHERE this.birthday > run.since AND this.birthday <= run.at AND this.birthday > utc.opened_at
      )
      AND NOT EXISTS (
          SELECT FROM programme_award AS given
          WHERE given.account = account.number AND given.programme = :programme AND given.earned_at > :since
      )
    ORDER BY account.number
    LIMIT :most
""")
