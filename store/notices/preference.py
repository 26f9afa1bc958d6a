"""How accounts want to hear of things, and their browsers, in the store."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from store.records import table_of
from store.tables import AccountRow, NoticePreferenceRow, PushSubscriptionRow

_ACCOUNTS = table_of(AccountRow)
_PREFERENCES = table_of(NoticePreferenceRow)
_PUSH_SUBSCRIPTIONS = table_of(PushSubscriptionRow)


def save_preference(session: Session, account: int, kind: str, channel: str, *, is_wanted: bool, at: datetime) -> None:
    """
    Write whether an account wants notices of a kind by a channel; an older choice changes nothing.

    Args:
        session: a transaction.
        account: the number of the account.
        kind: or `all`.
        channel: `mail` or `push`.
        is_wanted: what it has chosen.
        at: aware UTC moment of the choice.
    """
    said = {"is_wanted": is_wanted, "changed_at": at}
    saving = insert(_PREFERENCES).values(account=account, kind=kind, channel=channel, **said)
    session.execute(
        saving.on_conflict_do_update(
            index_elements=[_PREFERENCES.c.account, _PREFERENCES.c.kind, _PREFERENCES.c.channel],
            set_=said,
            where=_PREFERENCES.c.changed_at <= at,
        )
    )


def save_choices(session: Session, account: int, values: Mapping[str, Any]) -> None:
    """Write quiet hours and the threshold of a low balance, as far as an account has chosen them."""
    if values:
        session.execute(update(_ACCOUNTS).where(_ACCOUNTS.c.number == account).values(**values))


def save_push_subscription(
    session: Session, account: int, endpoint: str, keys: Mapping[str, str], *, at: datetime
) -> None:
    """Write that a browser of an account takes web push; whoever had it before does no more."""
    values = {"account": account, "created_at": at, "gone_at": None, **keys}
    saving = insert(_PUSH_SUBSCRIPTIONS).values(endpoint=endpoint, **values)
    session.execute(
        saving.on_conflict_do_update(
            index_elements=[_PUSH_SUBSCRIPTIONS.c.endpoint], set_=values, where=_PUSH_SUBSCRIPTIONS.c.created_at <= at
        )
    )


def end_push_subscription(session: Session, account: int, endpoint: str, *, at: datetime) -> None:
    """Write that a browser of an account takes no web push any more."""
    session.execute(
        update(_PUSH_SUBSCRIPTIONS)
        .where(_PUSH_SUBSCRIPTIONS.c.endpoint == endpoint, _PUSH_SUBSCRIPTIONS.c.account == account)
        .where(_PUSH_SUBSCRIPTIONS.c.gone_at.is_(None), _PUSH_SUBSCRIPTIONS.c.created_at <= at)
        .values(gone_at=at)
    )
