"""Reading notices and what became of them: what commands, and later pages, show. Nothing here writes or locks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Select, select
from sqlmodel import Session

from domain.notices.delivery import Channel, DeliveryState, NoticeState
from domain.notices.notice import NoticeKind
from domain.notices.owed import is_wanted
from domain.notices.quiet_hours import QUIET_FROM, QUIET_UNTIL
from store.cursor import read_cursor, write_cursor
from store.numbers import number_of
from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, NoticeDeliveryRow, NoticePreferenceRow, NoticeRow, PushSubscriptionRow

_NOTICES, _DELIVERIES = table_of(NoticeRow), table_of(NoticeDeliveryRow)
_ACCOUNTS, _PREFERENCES = table_of(AccountRow), table_of(NoticePreferenceRow)
_BROWSERS = table_of(PushSubscriptionRow)

MAX_BROWSERS = 200
"""More than these one account does not show."""


class UnknownNotice(LookupError):
    """No notice has this number."""


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """A notice in a list."""

    id: int
    account_id: str
    kind: NoticeKind
    subject: str
    state: NoticeState
    owed_at: datetime
    due_at: datetime
    ended_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class NoticeList:
    """A page of notices, the newest first; `next_cursor` leads to the next page, where there is one."""

    lines: tuple[NoticeLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Choices:
    """How an account wants to hear of things: what it said of kinds and channels, and its quiet hours, local time."""

    said: Mapping[tuple[str, Channel], bool]
    quiet_from: time
    quiet_until: time

    def wants(self, kind: NoticeKind, channel: Channel) -> bool:
        """Tell whether notices of a kind are wanted by a channel."""
        return is_wanted(self.said, kind, channel)


@dataclass(frozen=True, slots=True)
class NoticeDetails:
    """A notice on its page."""

    id: int
    account_id: str
    kind: NoticeKind
    subject: str
    state: NoticeState
    content: Mapping[str, Any]
    owed_at: datetime
    not_before: datetime | None
    due_at: datetime
    ended_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery of a notice; `address` is None for a push, and after it was erased."""

    channel: Channel
    push_subscription: int
    address: str | None
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime
    sent_at: datetime | None
    message_id: str
    last_error: str | None


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A notice with its deliveries."""

    notice: NoticeDetails
    deliveries: tuple[DeliveryLine, ...]


@dataclass(frozen=True, slots=True)
class PushLine:
    """A browser of an account that takes web push; `endpoint` is its address at the push service, a secret."""

    id: int
    endpoint: str
    created_at: datetime


def list_push_subscriptions(session: Session, account_id: str) -> list[PushLine]:
    """Return the browsers of an account that take web push, the newest first; `MAX_BROWSERS` at the most."""
    query = (
        select(*columns_of(PushLine, _BROWSERS))
        .where(_BROWSERS.c.account == number_of(_BROWSERS.c.account, account_id), _BROWSERS.c.gone_at.is_(None))
        .order_by(_BROWSERS.c.id.desc())
        .limit(MAX_BROWSERS)
    )
    return [record_of(PushLine, _BROWSERS, row) for row in session.execute(query)]


def account_choices(session: Session, account_id: str) -> Choices:
    """Return how an account wants to hear of things."""
    row = session.execute(
        select(_ACCOUNTS.c.number, _ACCOUNTS.c.quiet_from, _ACCOUNTS.c.quiet_until).where(_ACCOUNTS.c.id == account_id)
    ).one()
    said = session.execute(
        select(_PREFERENCES.c.kind, _PREFERENCES.c.channel, _PREFERENCES.c.is_wanted).where(
            _PREFERENCES.c.account == row.number
        )
    )
    return Choices(
        {(each.kind, Channel(each.channel)): each.is_wanted for each in said},
        QUIET_FROM if row.quiet_from is None else row.quiet_from,
        QUIET_UNTIL if row.quiet_until is None else row.quiet_until,
    )


def list_notices(
    session: Session,
    *,
    account_id: str | None = None,
    state: NoticeState | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> NoticeList:
    """
    Return a page of notices, the newest first.

    Args:
        session: any.
        account_id: only of this account.
        state: only in this state.
        limit: so many at most, > 0.
        cursor: of the page before; the first page without.

    Raises:
        WrongCursor: no page of notices has given it.
    """
    before = None if cursor is None else int(read_cursor(cursor, notice=int)["notice"])
    query = notices_query(account_id=account_id, state=state, limit=limit + 1, before=before)
    lines = [record_of(NoticeLine, _NOTICES, row) for row in session.execute(query)]
    following = write_cursor({"notice": lines[limit - 1].id}) if len(lines) > limit else None
    return NoticeList(tuple(lines[:limit]), following)


def notices_query(
    *, account_id: str | None, state: NoticeState | None, limit: int, before: int | None
) -> Select[tuple[Any, ...]]:
    """Return the query of a list of notices; an index gives it in its order, so its cost does not grow."""
    query = select(*columns_of(NoticeLine, _NOTICES)).order_by(_NOTICES.c.id.desc()).limit(limit)
    if account_id is not None:
        query = query.where(_NOTICES.c.account == number_of(_NOTICES.c.account, account_id))
    if state is not None:
        query = query.where(_NOTICES.c.state == state)
    if before is not None:
        query = query.where(_NOTICES.c.id < before)
    return query


def notice_owner(session: Session, notice: int) -> str | None:
    """Return the account that a notice is owed to; None: there is no such notice."""
    row = session.execute(select(*columns_of(NoticeDetails, _NOTICES)).where(_NOTICES.c.id == notice)).one_or_none()
    return None if row is None else record_of(NoticeDetails, _NOTICES, row).account_id


def notice_page(session: Session, notice: int) -> NoticePage:
    """
    Return a notice with its deliveries, mails first.

    Raises:
        UnknownNotice: there is none with this number.
    """
    row = session.execute(select(*columns_of(NoticeDetails, _NOTICES)).where(_NOTICES.c.id == notice)).one_or_none()
    if row is None:
        raise UnknownNotice(f"there is no notice {notice}; `billing notices list` shows them")
    deliveries = session.execute(
        select(*columns_of(DeliveryLine, _DELIVERIES))
        .where(_DELIVERIES.c.notice == notice)
        .order_by(_DELIVERIES.c.channel, _DELIVERIES.c.push_subscription)
    )
    return NoticePage(
        record_of(NoticeDetails, _NOTICES, row),
        tuple(record_of(DeliveryLine, _DELIVERIES, delivery) for delivery in deliveries),
    )
