"""Whom a notice is for, as the store knows them, and what the channels have found out about their addresses."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlmodel import Session

from domain.notices.delivery import Channel
from domain.notices.owed import PushSubscription, Recipient
from domain.notices.quiet_hours import QUIET_FROM, QUIET_UNTIL, QuietHours
from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, NoticePreferenceRow, PushSubscriptionRow

MAX_PUSH_SUBSCRIPTIONS = 10
"""Browsers of one account that get a notice, the newest first; more are none of one person's."""

_ACCOUNTS = table_of(AccountRow)
_PREFERENCES = table_of(NoticePreferenceRow)
_PUSH_SUBSCRIPTIONS = table_of(PushSubscriptionRow)

_FIND = select(
    _ACCOUNTS.c.number,
    _ACCOUNTS.c.email,
    _ACCOUNTS.c.mail_bad_since,
    _ACCOUNTS.c.locale,
    _ACCOUNTS.c.time_zone,
    _ACCOUNTS.c.quiet_from,
    _ACCOUNTS.c.quiet_until,
    _ACCOUNTS.c.closed_at,
).where(_ACCOUNTS.c.id == bindparam("of_id"))


def find_recipient(session: Session, account_id: str) -> Recipient:
    """Return an account as notices see it; one that nobody has named has no address."""
    row = session.execute(_FIND, {"of_id": account_id}).one_or_none()
    if row is None:
        return Recipient(account_id)
    is_mail_bad = row.mail_bad_since is not None
    return Recipient(
        account_id=account_id,
        email=None if is_mail_bad else row.email,
        is_mail_bad=is_mail_bad,
        locale=row.locale,
        is_closed=row.closed_at is not None,
        quiet_hours=QuietHours(
            QUIET_FROM if row.quiet_from is None else row.quiet_from,
            QUIET_UNTIL if row.quiet_until is None else row.quiet_until,
            row.time_zone,
        ),
        subscriptions=_push_subscriptions(session, row.number),
        preferences=_preferences(session, row.number),
    )


def mark_mail_bad(session: Session, account_id: str, address: str, *, at: datetime) -> None:
    """Write that the address of an account was refused for good; not if it has another one meanwhile."""
    session.execute(
        update(_ACCOUNTS)
        .where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.email == address, _ACCOUNTS.c.mail_bad_since.is_(None))
        .values(mail_bad_since=at)
    )


def mark_push_gone(session: Session, subscription: int, *, at: datetime) -> None:
    """Write that a push service does not know a subscription any more."""
    session.execute(
        update(_PUSH_SUBSCRIPTIONS)
        .where(_PUSH_SUBSCRIPTIONS.c.id == subscription, _PUSH_SUBSCRIPTIONS.c.gone_at.is_(None))
        .values(gone_at=at)
    )


def _push_subscriptions(session: Session, account: int) -> tuple[PushSubscription, ...]:
    rows = session.execute(
        select(*columns_of(PushSubscription, _PUSH_SUBSCRIPTIONS))
        .where(_PUSH_SUBSCRIPTIONS.c.account == account, _PUSH_SUBSCRIPTIONS.c.gone_at.is_(None))
        .order_by(_PUSH_SUBSCRIPTIONS.c.id.desc())
        .limit(MAX_PUSH_SUBSCRIPTIONS)
    )
    return tuple(record_of(PushSubscription, _PUSH_SUBSCRIPTIONS, row) for row in rows)


def _preferences(session: Session, account: int) -> dict[tuple[str, Channel], bool]:
    rows = session.execute(
        select(_PREFERENCES.c.kind, _PREFERENCES.c.channel, _PREFERENCES.c.is_wanted).where(
            _PREFERENCES.c.account == account
        )
    )
    return {(row.kind, Channel(row.channel)): row.is_wanted for row in rows}
