"""Reading subscriptions: what commands, and later pages, show. Nothing here writes or locks."""

from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.money import Money
from domain.payments.order import PurchaseKind
from domain.periods import PeriodUnit
from domain.subscriptions.subscription import LIVE_STATUSES, SubscriptionStatus
from store.newest_first import WantedPage, page_of
from store.numbers import number_of
from store.records import columns_of, record_of, table_of
from store.tables import MethodChangeRow, OrderRow, SavedMethodRow, SubscriptionRow

_SUBSCRIPTIONS = table_of(SubscriptionRow)
_ORDERS = table_of(OrderRow)
_METHODS, _CHANGES = table_of(SavedMethodRow), table_of(MethodChangeRow)

MIN_BEGINNING = 8
"""A subscription may be named by so many of the first characters of its id, or more."""

MAX_ORDERS = 24
"""So many of its orders a page shows, the newest first."""


MAX_CHANGES = 24
"""So many of its changes of method, likewise."""


class UnknownSubscription(LookupError):
    """No subscription has this id, or several begin so."""


@dataclass(frozen=True, slots=True)
class SubscriptionLine:
    """A subscription in a list; on its trial, `period_end` is `trial_ends_at`."""

    id: str
    account_id: str
    product_id: str
    gateway: str
    price: Money
    period: PeriodUnit
    status: SubscriptionStatus
    cancel_at_period_end: bool
    needs_buyer: bool
    period_end: datetime | None
    trial_ends_at: datetime | None
    next_attempt_at: datetime | None
    created_at: datetime
    discount_periods_left: int
    discounted_price_minor: int | None

    @property
    def cheaper_price(self) -> Money | None:
        """What each of the next `discount_periods_left` payments costs; None: they are not cheaper."""
        return _cheaper(self.price, self.discount_periods_left, self.discounted_price_minor)


@dataclass(frozen=True, slots=True)
class SubscriptionList:
    """A page of subscriptions, the newest first; `next_cursor` leads to the next page, where there is one."""

    lines: tuple[SubscriptionLine, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionDetails:
    """A subscription on its page; on its trial, `period_end` is `trial_ends_at`."""

    id: str
    account_id: str
    product_id: str
    title: str
    gateway: str
    price: Money
    period: PeriodUnit
    granted_seconds: int
    valid_days: int | None
    status: SubscriptionStatus
    created_at: datetime
    period_start: datetime | None
    period_end: datetime | None
    trial_days: int | None
    trial_seconds: int | None
    trial_ends_at: datetime | None
    order_id: str | None
    paid_order_id: str | None
    failed_attempts: int
    first_failed_at: datetime | None
    next_attempt_at: datetime | None
    needs_buyer: bool
    next_product_id: str | None
    next_price_minor: int | None
    cancel_at_period_end: bool
    cancelled_at: datetime | None
    cancelled_by: str | None
    cancel_reason: str | None
    paused_at: datetime | None
    resumes_at: datetime | None
    ended_at: datetime | None
    discount_periods_left: int
    discounted_price_minor: int | None

    @property
    def cheaper_price(self) -> Money | None:
        """What each of the next `discount_periods_left` payments costs; None: they are not cheaper."""
        return _cheaper(self.price, self.discount_periods_left, self.discounted_price_minor)


@dataclass(frozen=True, slots=True)
class SubscriptionOrder:
    """An order that pays, or was to pay, for a period."""

    id: str
    kind: PurchaseKind
    gateway: str
    price: Money
    status: PaymentStatus
    needs_review: bool
    attempt: int
    failure: str | None
    period_start: datetime | None
    period_end: datetime | None
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class SubscriptionMethod:
    """A saved method."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class MethodChangeLine:
    """A change of method: to which one, who wanted it, and why."""

    method_id: int
    label: str
    old_gateway: str
    gateway: str
    changed_by: str
    reason: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """
    A subscription with the method that is charged next, its orders and its changes of method, the newest first.

    No method: its gateway has none that may be charged.
    """

    subscription: SubscriptionDetails
    method: SubscriptionMethod | None
    orders: tuple[SubscriptionOrder, ...]
    method_changes: tuple[MethodChangeLine, ...]


def list_subscriptions(
    session: Session,
    *,
    account_id: str | None = None,
    status: SubscriptionStatus | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> SubscriptionList:
    """
    Return a page of subscriptions, the newest first.

    Args:
        session: any.
        account_id: only of this account.
        status: only in this state.
        limit: so many at most, > 0.
        cursor: of the page before; the first page without.

    Raises:
        WrongCursor: no page of subscriptions has given it.
    """
    wanted = WantedPage(account_id, status, limit, cursor)
    return SubscriptionList(*page_of(session, SubscriptionLine, _SUBSCRIPTIONS, wanted))


def live_subscription(session: Session, account_id: str) -> SubscriptionLine | None:
    """Return the subscription of an account that has begun and has not ended; None: there is none."""
    wanted = (
        select(*columns_of(SubscriptionLine, _SUBSCRIPTIONS))
        .where(_SUBSCRIPTIONS.c.account == number_of(_SUBSCRIPTIONS.c.account, account_id))
        .where(_SUBSCRIPTIONS.c.status.in_(LIVE_STATUSES))
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else record_of(SubscriptionLine, _SUBSCRIPTIONS, row)


def subscription_page(session: Session, named: str) -> SubscriptionPage:
    """
    Return a subscription and its orders.

    Args:
        session: any.
        named: its id, the beginning of it, or the id of an account: then its newest one.

    Raises:
        UnknownSubscription: there is none, or there are several.
    """
    found = select(*columns_of(SubscriptionDetails, _SUBSCRIPTIONS))
    newest = (_SUBSCRIPTIONS.c.created_at.desc(), _SUBSCRIPTIONS.c.id.desc())
    of_account = _SUBSCRIPTIONS.c.account == number_of(_SUBSCRIPTIONS.c.account, named)
    rows = session.execute(found.where(_is_named(named)).limit(2)).all()
    if len(rows) > 1:
        raise UnknownSubscription(f"the ids of several subscriptions begin with {named}; give more of it")
    row = rows[0] if rows else session.execute(found.where(of_account).order_by(*newest).limit(1)).one_or_none()
    if row is None:
        raise UnknownSubscription(
            f"there is no subscription {named}; give its id, {MIN_BEGINNING} characters of it, or its account"
        )
    orders = session.execute(
        select(*columns_of(SubscriptionOrder, _ORDERS))
        .where(_ORDERS.c.subscription_id == row.id)
        .order_by(_ORDERS.c.created_at.desc(), _ORDERS.c.id.desc())
        .limit(MAX_ORDERS)
    )
    return SubscriptionPage(
        record_of(SubscriptionDetails, _SUBSCRIPTIONS, row),
        _method(session, row.id),
        tuple(record_of(SubscriptionOrder, _ORDERS, order) for order in orders),
        _method_changes(session, row.id),
    )


def _cheaper(price: Money, periods_left: int, minor: int | None) -> Money | None:
    return Money(minor, price.currency) if periods_left and minor is not None and minor < price.minor else None


def _method(session: Session, subscription_id: str) -> SubscriptionMethod | None:
    """Return the first method of the gateway by which a subscription is charged."""
    is_its_own = and_(_METHODS.c.account == _SUBSCRIPTIONS.c.account, _METHODS.c.gateway == _SUBSCRIPTIONS.c.gateway)
    row = session.execute(
        select(_METHODS.c.id, _METHODS.c.label)
        .join(_SUBSCRIPTIONS, is_its_own)
        .where(_SUBSCRIPTIONS.c.id == subscription_id, _METHODS.c.ended_at.is_(None))
        .order_by(_METHODS.c.preferred_at.desc(), _METHODS.c.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else SubscriptionMethod(row.id, row.label)


def _method_changes(session: Session, subscription_id: str) -> tuple[MethodChangeLine, ...]:
    rows = session.execute(
        select(*_CHANGES.c, _METHODS.c.label)
        .join(_METHODS, _METHODS.c.id == _CHANGES.c.method_id)
        .where(_CHANGES.c.subscription_id == subscription_id)
        .order_by(_CHANGES.c.id.desc())
        .limit(MAX_CHANGES)
    )
    names = tuple(field.name for field in fields(MethodChangeLine))
    return tuple(MethodChangeLine(**{name: row._mapping[name] for name in names}) for row in rows)


def _is_named(named: str) -> ColumnElement[bool]:
    if len(named) < MIN_BEGINNING:
        return _SUBSCRIPTIONS.c.id == named
    # Ids are lower-case hexadecimal, so this is the range of all that begin so, and the primary key serves it.
    return and_(_SUBSCRIPTIONS.c.id >= named, _SUBSCRIPTIONS.c.id <= f"{named}~")
