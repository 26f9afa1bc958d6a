"""Notices in the store: each is owed once, and sent by one worker at a time."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.notices.delivery import NoticeState
from domain.notices.notice import NoticeKind
from domain.notices.owed import Notice
from store.numbers import number_of
from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, NoticeRow

_NOTICES, _ACCOUNTS = table_of(NoticeRow), table_of(AccountRow)


def add_notice(
    session: Session, kind: NoticeKind, account_id: str, subject: str, values: Mapping[str, Any]
) -> Notice | None:
    """
    Write a notice that is owed; None when it was owed before, or there is no such account.

    Args:
        session: a transaction.
        kind: with account and subject it names the notice.
        account_id: Screph's id.
        subject: what it is about in particular.
        values: `content`, `owed_at`, `due_at` and, where there is one, `not_before`.
    """
    account = select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id)
    if session.execute(account).scalar_one_or_none() is None:
        return None
    adding = (
        insert(_NOTICES)
        .values(account=number_of(_NOTICES.c.account, account_id), kind=kind, subject=subject, **values)
        .on_conflict_do_nothing(constraint="notice_once")
        .returning(_NOTICES.c.id)
    )
    notice = session.execute(adding).scalar_one_or_none()
    return None if notice is None else find_notice(session, notice)


def claim_due(session: Session, *, now: datetime, until: datetime) -> int | None:
    """
    Claim the notice that has been due for longest and that no other worker has locked; return its number.

    The number alone, so that one that cannot be read does not undo its claim and stand first for ever.

    Args:
        session: a transaction.
        now: aware UTC.
        until: when it is due again, should this worker die.
    """
    due = due_query(now=now).with_for_update(skip_locked=True).cte("due")
    claiming = update(_NOTICES).where(_NOTICES.c.id == due.c.id).values(due_at=until).returning(_NOTICES.c.id)
    number: int | None = session.execute(claiming).scalar_one_or_none()
    return number


def due_query(*, now: datetime) -> Select[tuple[Any, ...]]:
    """Return the query of the notice that has been due for longest; a partial index has them in this order."""
    return (
        select(_NOTICES.c.id)
        .where(_NOTICES.c.state == NoticeState.WAITING, _NOTICES.c.due_at <= now)
        .order_by(_NOTICES.c.due_at, _NOTICES.c.id)
        .limit(1)
    )


def find_notice(session: Session, notice: int) -> Notice | None:
    """Return a notice by its number."""
    row = session.execute(select(*columns_of(Notice, _NOTICES)).where(_NOTICES.c.id == notice)).one_or_none()
    return None if row is None else record_of(Notice, _NOTICES, row)


def put_off(session: Session, notice: int, *, due_at: datetime) -> None:
    """Let a waiting notice be tried again at a moment."""
    session.execute(
        update(_NOTICES).where(_NOTICES.c.id == notice, _NOTICES.c.state == NoticeState.WAITING).values(due_at=due_at)
    )


def end_notice(session: Session, notice: int, state: NoticeState, *, at: datetime, reason: str | None = None) -> None:
    """
    Write that a notice was sent, dropped or failed; one that has ended stays as it is.

    Args:
        session: a transaction.
        notice: its number.
        state: not `waiting`.
        at: aware UTC.
        reason: why it was dropped or failed.
    """
    session.execute(
        update(_NOTICES)
        .where(_NOTICES.c.id == notice, _NOTICES.c.state == NoticeState.WAITING)
        .values(state=state, ended_at=at, reason=reason)
    )


def reopen_notice(session: Session, notice: int, *, due_at: datetime, ended_at: datetime | None = None) -> bool:
    """Let a notice wait again; `ended_at`: only if it has ended then, and not again since. Tell whether it was done."""
    wanted = update(_NOTICES).where(_NOTICES.c.id == notice)
    if ended_at is not None:
        wanted = wanted.where(_NOTICES.c.ended_at == ended_at)
    reopened = wanted.values(state=NoticeState.WAITING, ended_at=None, reason=None, due_at=due_at)
    return session.execute(reopened.returning(_NOTICES.c.id)).one_or_none() is not None
