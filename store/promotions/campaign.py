"""Campaigns in the store: changed under the lock of their row, and granted account by account."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlmodel import Session

from domain.promotions.campaign import WORKING, Campaign
from domain.promotions.segment import Segment
from store.json_rows import json_rows, text_array
from store.promotions.segment import accounts_in
from store.records import changed_names, columns_of, record_of, table_of, update_of, values_of
from store.tables import AccountRow, CampaignAccountRow, CampaignRow

_CAMPAIGNS, _MEMBERS, _ACCOUNTS = table_of(CampaignRow), table_of(CampaignAccountRow), table_of(AccountRow)


class Work(NamedTuple):
    """A campaign of which there is something to do; `number` is the store's own."""

    number: int
    campaign: Campaign


class Member(NamedTuple):
    """An account of a campaign that is locked; `package_id` is what it got, if it has got anything."""

    account_id: str
    number: int
    package_id: str | None


def add_campaign(session: Session, campaign: Campaign) -> int | None:
    """Write a new campaign and return its number; None: there is one of its id."""
    values = insert_or_not(_CAMPAIGNS).values(values_of(campaign, _CAMPAIGNS))
    added = values.on_conflict_do_nothing(index_elements=[_CAMPAIGNS.c.id]).returning(_CAMPAIGNS.c.number)
    number: int | None = session.execute(added).scalar_one_or_none()
    return number


def add_members(session: Session, number: int, segment: Segment, *, at: datetime) -> int:
    """Write down the accounts of a segment as those that a campaign is for, and return how many they are."""
    accounts = accounts_in(segment, at=at).subquery()
    chosen = select(literal(number), accounts.c.number)
    # Sorted, so that the rows of a chunk lie side by side.
    named = insert(_MEMBERS).from_select(["campaign", "account"], chosen.order_by(accounts.c.number))
    result = session.execute(named)
    # What was just filled has no statistics, and without them the first chunks would each read all of it.
    session.execute(text("ANALYZE campaign_account"))
    return int(result.rowcount)  # type: ignore[attr-defined]


def lock_campaign(session: Session, campaign_id: str) -> Campaign | None:
    """Return a campaign, locked until the end of the transaction: chunks of it that are under way are waited for."""
    found = select(*columns_of(Campaign, _CAMPAIGNS)).where(_CAMPAIGNS.c.id == campaign_id)
    row = session.execute(found.with_for_update()).one_or_none()
    return None if row is None else record_of(Campaign, _CAMPAIGNS, row)


def share_campaign(session: Session, number: int) -> Campaign:
    """Return a campaign that nobody changes until the end of the transaction; other chunks may share it."""
    found = select(*columns_of(Campaign, _CAMPAIGNS)).where(_CAMPAIGNS.c.number == number)
    return record_of(Campaign, _CAMPAIGNS, session.execute(found.with_for_update(read=True)).one())


def save_campaign(session: Session, campaign: Campaign, *, before: Campaign) -> None:
    """Write what has changed of a campaign that is locked; `before` was read under the lock."""
    if names := changed_names(campaign, before):
        values = values_of(campaign, _CAMPAIGNS, names)
        session.execute(update_of(Campaign, _CAMPAIGNS, names), values | {"of_id": campaign.id})


def find_working(session: Session) -> list[Work]:
    """Return the campaigns of which there is something to do, the oldest first."""
    wanted = select(_CAMPAIGNS.c.number, *columns_of(Campaign, _CAMPAIGNS)).where(_CAMPAIGNS.c.status.in_(WORKING))
    rows = session.execute(wanted.order_by(_CAMPAIGNS.c.number))
    return [Work(row.number, record_of(Campaign, _CAMPAIGNS, row)) for row in rows]


def lock_next(session: Session, work: Work, *, after: int, limit: int) -> list[Member]:
    """
    Lock the next accounts of a campaign with which there is something to do, in the order of their numbers.

    Those that another worker has locked are left out.

    Args:
        session: the transaction in which it is done.
        work: the campaign; its status says what there is to do.
        after: the number of the last account of the chunk before; 0 begins.
        limit: how many at the most.
    """
    return _members(session, _NEXT[work.campaign.status], campaign=work.number, after=after, most=limit)


def lock_members(session: Session, work: Work, account_ids: Collection[str]) -> list[Member]:
    """Lock those of some accounts of a campaign with which there is something to do."""
    ids = text_array(account_ids)
    return _members(session, _SOME[work.campaign.status], campaign=work.number, ids=ids)


def mark_granted(session: Session, number: int, packages: Iterable[tuple[int, str]]) -> None:
    """Note the packages that accounts of a campaign got, by account number and package id; `save` has written them."""
    rows = ({"account": account, "package_id": package_id} for account, package_id in packages)
    session.execute(_GRANTED, {"campaign": number, "granted": json_rows(rows)})


def mark_voided(session: Session, number: int, seconds: Iterable[tuple[int, int]]) -> None:
    """Note what was taken back from accounts of a campaign, by account number and seconds."""
    rows = ({"account": account, "seconds": taken} for account, taken in seconds)
    session.execute(_VOIDED, {"campaign": number, "voided": json_rows(rows)})


class Sums(NamedTuple):
    """How far a campaign is: `left` accounts wait, `granted` have their minutes, `voided_seconds` were taken back."""

    left: int
    granted: int
    voided_seconds: int


def sums_of(session: Session, work: Work) -> Sums:
    """Return how far a campaign is; what other workers have locked still waits."""
    package, voided = _MEMBERS.c.package, _MEMBERS.c.voided_seconds
    counts = select(
        func.count().filter(package.is_(None)).label("without"),
        func.count(package).label("granted"),
        func.count(package).filter(voided.is_(None)).label("unvoided"),
        func.coalesce(func.sum(voided), 0).label("seconds"),
    ).where(_MEMBERS.c.campaign == work.number)
    row = session.execute(counts).one()
    is_running = work.campaign.status == "running"
    return Sums(row.without if is_running else row.unvoided, row.granted, int(row.seconds))


def _members(session: Session, query: str, **parameters: object) -> list[Member]:
    return [Member(*row) for row in session.execute(text(query), parameters)]


_TO_DO = {
    "running": "member.package IS NULL",
    "voiding": "member.package IS NOT NULL AND member.voided_seconds IS NULL",
}

# The rows are found and locked before anything is joined: the key has them in their order, so a chunk costs the same
# however many were handled before. PostgreSQL would otherwise choose to join all that are left.
_NEXT = {
    status: f"""
        WITH member AS MATERIALIZED (
            SELECT member.account, member.package FROM campaign_account AS member
            WHERE member.campaign = :campaign AND member.account > :after AND {to_do}
            ORDER BY member.account LIMIT :most
            FOR NO KEY UPDATE SKIP LOCKED
        )
        SELECT account.id, account.number, package.id::text
        FROM member
        JOIN account ON account.number = member.account
        LEFT JOIN package ON package.number = member.package AND package.account = member.account
        ORDER BY member.account
    """
    for status, to_do in _TO_DO.items()
}

_SOME = {
    status: f"""
        SELECT account.id, account.number, package.id::text
        FROM unnest(CAST(:ids AS text[])) AS wanted (id)
        JOIN LATERAL (SELECT account.id, account.number FROM account WHERE account.id = wanted.id OFFSET 0)
            AS account ON true
        JOIN LATERAL (SELECT member.account, member.package FROM campaign_account AS member
                      WHERE member.campaign = :campaign AND member.account = account.number AND {to_do}
                      FOR NO KEY UPDATE SKIP LOCKED) AS member ON true
        LEFT JOIN package ON package.number = member.package AND package.account = member.account
        ORDER BY account.number
    """
    for status, to_do in _TO_DO.items()
}

_GRANTED = text("""
    UPDATE campaign_account SET package = package.number
    FROM json_to_recordset(CAST(:granted AS json)) AS given (account integer, package_id uuid)
    JOIN package ON package.id = given.package_id AND package.account = given.account
    WHERE campaign_account.campaign = :campaign AND campaign_account.account = given.account
""")

_VOIDED = text("""
    UPDATE campaign_account SET voided_seconds = given.seconds
    FROM json_to_recordset(CAST(:voided AS json)) AS given (account integer, seconds bigint)
    WHERE campaign_account.campaign = :campaign AND campaign_account.account = given.account
""")
