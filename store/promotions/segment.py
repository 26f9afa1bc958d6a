"""Segments as queries: the accounts that meet criteria at one moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlmodel import Session

from domain.gateway.payment import PaymentStatus
from domain.minutes.package import PackageState
from domain.promotions.segment import Segment
from store.records import table_of
from store.tables import (
    AccountRow,
    CampaignAccountRow,
    CampaignRow,
    EntryRow,
    InboxRow,
    OrderRow,
    PackageRow,
    ProductRow,
)

_ACCOUNTS, _PACKAGES, _ENTRIES = table_of(AccountRow), table_of(PackageRow), table_of(EntryRow)
_INBOX, _ORDERS, _PRODUCTS = table_of(InboxRow), table_of(OrderRow), table_of(ProductRow)
_CAMPAIGNS, _MEMBERS = table_of(CampaignRow), table_of(CampaignAccountRow)

BOOKED_BEFORE = timedelta(minutes=5)
"""A producer's clock may be that much ahead, so usage may be booked that much before it happened."""


def accounts_in(segment: Segment, *, at: datetime) -> Select[tuple[int]]:
    """
    Return the query of the numbers of the accounts in a segment.

    Usage costs as much to look for as was booked since the first moment that is asked for, however old the ledger is.

    Args:
        segment: its moments are not after `at`.
        at: aware UTC; balances are those of this moment.
    """
    return select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.closed_at.is_(None), *_conditions(segment, at))


def count_accounts(session: Session, segment: Segment, *, at: datetime) -> int:
    """Return how many accounts are in a segment at a moment."""
    found = accounts_in(segment, at=at).subquery()
    count: int = session.execute(select(func.count()).select_from(found)).scalar_one()
    return count


def _conditions(segment: Segment, at: datetime) -> Iterator[ColumnElement[bool]]:
    number = _ACCOUNTS.c.number
    if segment.used_from is not None:
        yield number.in_(_used(segment.used_from, segment.used_until))
    if segment.unused_since is not None:
        yield _ACCOUNTS.c.opened_at < segment.unused_since
        used = _used(segment.unused_since, None).subquery()
        yield ~select(used).where(used.c.account == number).exists()
    paid = select(_ORDERS.c.account).where(_ORDERS.c.account == number, _ORDERS.c.status == PaymentStatus.PAID)
    if segment.product_ids:
        ids = select(_PRODUCTS.c.number).where(_PRODUCTS.c.id.in_(sorted(segment.product_ids)))
        yield paid.where(_ORDERS.c.product.in_(ids)).exists()
    if segment.countries:
        named = select(_ORDERS.c.account).where(_ORDERS.c.account == number)
        yield named.where(_ORDERS.c.country.in_(sorted(segment.countries))).exists()
    if segment.balance_below_seconds is not None:
        yield _balance(at) < segment.balance_below_seconds
    if segment.balance_at_least_seconds is not None:
        yield _balance(at) >= segment.balance_at_least_seconds
    if segment.without_campaign_ids:
        ids = select(_CAMPAIGNS.c.number).where(_CAMPAIGNS.c.id.in_(sorted(segment.without_campaign_ids)))
        yield ~select(_MEMBERS).where(_MEMBERS.c.account == number, _MEMBERS.c.campaign.in_(ids)).exists()


def _used(since: datetime, until: datetime | None) -> Select[tuple[int]]:
    # When usage happened has no index, for every usage would pay for it. It is booked afterwards, so its id is found by
    # the index of what was booked, which costs next to nothing; the key of the inbox does the rest.
    booked = _ENTRIES.c.booked_at >= since - BOOKED_BEFORE
    first_id = select(func.min(_ENTRIES.c.message_id)).where(booked).scalar_subquery()
    # A lost dispute is booked as a usage, too; whoever lost one has used nothing then.
    is_use = _INBOX.c.type != "screph.dispute.applied.v1"
    used = select(_INBOX.c.account).where(_INBOX.c.id >= first_id, _INBOX.c.occurred_at >= since, is_use)
    return used if until is None else used.where(_INBOX.c.occurred_at < until)


def _balance(at: datetime) -> ColumnElement[int]:
    """Return what an account can spend at a moment, in seconds; domain/minutes/README.md, "Burn order"."""
    ends_at = _PACKAGES.c.expires_at
    eligible = (
        select(func.coalesce(func.sum(_PACKAGES.c.left_seconds), 0))
        .where(_PACKAGES.c.account == _ACCOUNTS.c.number, _PACKAGES.c.has_left)
        .where(_PACKAGES.c.state == PackageState.ACTIVE, _PACKAGES.c.activated_at <= at)
        .where(ends_at.is_(None) | (ends_at > at))
    )
    return eligible.scalar_subquery()
