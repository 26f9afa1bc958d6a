"""Read models of the admin pages: an account's head, and whatever a person may type to find something."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Select, func, select, text
from sqlmodel import Session

from store.cursor import read_cursor, write_cursor
from store.minutes.explain import UnknownUsage, explain_usage
from store.payments.read import MIN_BEGINNING, UnknownOrder, name_order
from store.payments.read_admin import gateways_of_orders
from store.promotions.read_guard import UnknownCode, promo_code
from store.records import columns_of, record_of, table_of
from store.subscriptions.read import UnknownSubscription, subscription_page
from store.tables import AccountRow, CampaignRow, EntryRow, OrderRow, PromotionRow, RefundRow, StandingChangeRow

SAME_MAIL = 20
"""So many accounts of one mail address, or with one beginning, are shown."""

LEAST_BEGINNING = 3
"""Characters of an account's id that are looked for as the beginning of ids; fewer begin too many."""

_ACCOUNTS = table_of(AccountRow)
_ENTRIES = table_of(EntryRow)
_ORDERS = table_of(OrderRow)
_REFUNDS = table_of(RefundRow)
_PROMOTIONS = table_of(PromotionRow)
_CAMPAIGNS = table_of(CampaignRow)
_STANDING = table_of(StandingChangeRow)
_BY_BYTES = text("account.id USING ~<~")


@dataclass(frozen=True, slots=True)
class AccountHead:
    """What is known of an account; `last_line_at` is when its ledger was last written."""

    id: str
    username: str | None
    email: str | None
    locale: str | None
    currency: str | None
    time_zone: str | None
    referrer: str | None
    debt_seconds: int
    is_test: bool
    opened_at: datetime
    blocked_at: datetime | None
    closed_at: datetime | None
    last_line_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StandingLine:
    """A change of what an account may do: `by` is the source of the message that asked for it."""

    standing: str
    by: str
    reason: str
    at: datetime


Only = Literal["blocked", "test"]


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account in a list."""

    id: str
    username: str | None
    email: str | None
    debt_seconds: int
    opened_at: datetime
    blocked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Hit:
    """What was found: what it is, how it is named in addresses, and a few words about it."""

    kind: str
    id: str
    words: str


def account_head(session: Session, account_id: str) -> AccountHead | None:
    """Return what is known of an account; None: there is none."""
    columns = [_ACCOUNTS.c[name] for name in AccountHead.__dataclass_fields__ if name in _ACCOUNTS.c]
    wanted = select(*columns, _ACCOUNTS.c.number, _ACCOUNTS.c.last_entry_id).where(_ACCOUNTS.c.id == account_id)
    row = session.execute(wanted).one_or_none()
    if row is None:
        return None
    last = select(_ENTRIES.c.booked_at).where(_ENTRIES.c.id == row.last_entry_id, _ENTRIES.c.account == row.number)
    values = {column.name: getattr(row, column.name) for column in columns}
    return AccountHead(**values, last_line_at=session.execute(last).scalar_one_or_none())


def standing_changes(session: Session, account_id: str) -> list[StandingLine]:
    """Return who blocked, freed or closed an account and why, the newest first; the last few."""
    wanted = (
        select(*columns_of(StandingLine, _STANDING))
        .join_from(_STANDING, _ACCOUNTS, _STANDING.c.account == _ACCOUNTS.c.number)
        .where(_ACCOUNTS.c.id == account_id)
        .order_by(_STANDING.c.id.desc())
        .limit(10)
    )
    return [record_of(StandingLine, _STANDING, row) for row in session.execute(wanted)]


def list_accounts(
    session: Session, *, only: Only | None = None, limit: int = 50, cursor: str | None = None
) -> tuple[tuple[AccountLine, ...], str | None]:
    """
    Return a page of accounts, the newest first, and the cursor of the next one; blocked ones or test accounts alone.

    Raises:
        WrongCursor: no page of accounts has given it.
    """
    query = select(*columns_of(AccountLine, _ACCOUNTS), _ACCOUNTS.c.number).order_by(_ACCOUNTS.c.number.desc())
    if only is not None:
        query = query.where(_ACCOUNTS.c.blocked_at.is_not(None) if only == "blocked" else _ACCOUNTS.c.is_test)
    if cursor is not None:
        query = query.where(_ACCOUNTS.c.number < int(read_cursor(cursor, account=int)["account"]))
    rows = session.execute(query.limit(limit + 1)).all()
    following = write_cursor({"account": rows[limit - 1].number}) if len(rows) > limit else None
    return tuple(record_of(AccountLine, _ACCOUNTS, row) for row in rows[:limit]), following


def search(session: Session, typed: str, *, at: datetime) -> list[Hit]:
    """
    Return whatever has the name that somebody has typed; each look-up is one of an index.

    Args:
        session: a reading session.
        typed: an account's id, its beginning or a mail address, an order's id or the first eight characters of it,
            a gateway's reference of a checkout, payment or refund, a usage's id, a code, or the name of a promotion or
            campaign.
        at: aware UTC moment.
    """
    typed = typed.strip()
    if not typed:
        return []
    looks: tuple[Callable[[Session, str], Iterator[Hit]], ...] = (
        _accounts,
        _orders,
        _references,
        _subscriptions,
        _usages,
        _promotions,
    )
    hits = [hit for look in looks for hit in look(session, typed)]
    return [*hits, *_codes(session, typed, at)]


def _accounts(session: Session, typed: str) -> Iterator[Hit]:
    named = select(_ACCOUNTS.c.id, _ACCOUNTS.c.username).where(_ACCOUNTS.c.id == typed)
    mailed = (
        select(_ACCOUNTS.c.id, _ACCOUNTS.c.username)
        .where(func.lower(_ACCOUNTS.c.email) == typed.lower())
        .order_by(_ACCOUNTS.c.number)
        .limit(SAME_MAIL)
    )
    row = session.execute(named).one_or_none()
    if row is not None:
        yield Hit("account", row.id, row.username or "an account")
    elif len(typed) >= LEAST_BEGINNING:
        # Whoever has typed a whole id wants that one, whatever other ids begin so.
        for row in session.execute(accounts_beginning(typed)):
            yield Hit("account", row.id, f"begins so{f', {row.username}' if row.username else ''}")
    if "@" in typed:
        for row in session.execute(mailed):
            yield Hit("account", row.id, f"has this mail address{f', {row.username}' if row.username else ''}")


def accounts_beginning(typed: str) -> Select[tuple[str, str | None]]:
    """Return the query of accounts whose id begins so, in the one form that the index `account_beginning` serves."""
    escaped = typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    begins = _ACCOUNTS.c.id.like(f"{escaped}%")
    # In the order of that index: by any other one, all ids of a common beginning would be read before they are sorted.
    return select(_ACCOUNTS.c.id, _ACCOUNTS.c.username).where(begins).order_by(_BY_BYTES).limit(SAME_MAIL)


def _orders(session: Session, typed: str) -> Iterator[Hit]:
    if len(typed) < MIN_BEGINNING:
        return
    try:
        order = name_order(session, typed)
    except UnknownOrder:
        return
    yield Hit("order", order.id, f"of account {order.account_id}, {order.price}")


def _references(session: Session, typed: str) -> Iterator[Hit]:
    # The indexes begin with the gateway, of which there are a few.
    for gateway in gateways_of_orders(session):
        paid = select(_ORDERS.c.id).where(
            _ORDERS.c.gateway == gateway, (_ORDERS.c.payment_ref == typed) | (_ORDERS.c.checkout_ref == typed)
        )
        for row in session.execute(paid):
            yield Hit("order", row.id, f"{gateway} calls it so")
        refunded = select(_REFUNDS.c.order_id).where(_REFUNDS.c.gateway == gateway, _REFUNDS.c.refund_ref == typed)
        for row in session.execute(refunded):
            yield Hit("order", row.order_id, f"{gateway} calls a refund of it so")


def _subscriptions(session: Session, typed: str) -> Iterator[Hit]:
    if len(typed) < MIN_BEGINNING:
        return
    try:
        found = subscription_page(session, typed).subscription
    except UnknownSubscription:
        return
    # A subscription may be named by its account as well, which stands among the hits already.
    if not found.id.startswith(typed):
        return
    yield Hit("subscription", found.id, f"of account {found.account_id}, {found.status}")


def _usages(session: Session, typed: str) -> Iterator[Hit]:
    try:
        found = explain_usage(session, typed).usage
    except UnknownUsage:
        return
    yield Hit("usage", found.event_id, f"of account {found.account_id}, {found.used_seconds} s")


def _promotions(session: Session, typed: str) -> Iterator[Hit]:
    for row in session.execute(select(_PROMOTIONS.c.id, _PROMOTIONS.c.kind).where(_PROMOTIONS.c.id == typed)):
        yield Hit("promotion", row.id, f"a promotion, {row.kind}")
    for row in session.execute(select(_CAMPAIGNS.c.id, _CAMPAIGNS.c.status).where(_CAMPAIGNS.c.id == typed)):
        yield Hit("campaign", row.id, f"a campaign, {row.status}")


def _codes(session: Session, typed: str, at: datetime) -> Iterator[Hit]:
    try:
        code = promo_code(session, typed, at=at)
    except UnknownCode:
        return
    yield Hit("promotion", code.promotion.id, f"code {code.text}, {code.promotion.kind}")
