"""Referrals in the store; one is changed under the lock of the friend's account."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select, update

from domain.promotions.referral import Acquaintance, Referral, ReferralStatus, ReferralTerms
from store.identity import accounts_of_person
from store.promotions.purchase import purchases_before
from store.tables import AccountRow, InvitationRow, ReferralRow, ReferralTermsRow


class DuePosition(NamedTuple):
    """Where a run over due referrals goes on."""

    due_at: datetime
    id: str


def add_terms(session: Session, terms: ReferralTerms, *, message_id: int, by: str, at: datetime) -> None:
    """Write what referrals give from now on; its number is counted up."""
    session.execute(
        insert(ReferralTermsRow).values(
            referrer_seconds=terms.referrer_seconds,
            friend_seconds=terms.friend_seconds,
            monthly_limit=terms.monthly_limit,
            window_days=terms.window_days,
            valid_days=terms.valid_days,
            is_open=terms.is_open,
            message_id=message_id,
            created_by=by,
            created_at=at,
        )
    )


def find_terms(session: Session) -> ReferralTerms | None:
    """Return what referrals give now; None: nobody has said."""
    row = session.exec(select(ReferralTermsRow).order_by(col(ReferralTermsRow.number).desc()).limit(1)).one_or_none()
    return None if row is None else terms_of(row)


def find_code(session: Session, account: int) -> str | None:
    """Return the code by which an account invites; None: it has none yet."""
    return session.exec(select(InvitationRow.text).where(InvitationRow.account == account)).one_or_none()


def add_code(session: Session, account: int, code: str, folded: str, *, at: datetime) -> bool:
    """Write the code of an account that has none, under its lock; False: another account's reads the same."""
    row = {"account": account, "text": code, "folded": folded, "created_at": at}
    added = insert(InvitationRow).values(row).on_conflict_do_nothing(constraint="invitation_folded")
    return session.execute(added.returning(col(InvitationRow.account))).one_or_none() is not None


def find_inviting_account(session: Session, folded: str) -> int | None:
    """Return the number of the account that invites by a code; None: none does, or it is blocked or closed."""
    return session.exec(
        select(InvitationRow.account)
        .join(AccountRow, col(AccountRow.number) == col(InvitationRow.account))
        .where(InvitationRow.folded == folded)
        .where(col(AccountRow.blocked_at).is_(None), col(AccountRow.closed_at).is_(None))
    ).one_or_none()


def lock_attributions(session: Session) -> None:
    """Let attributions pass one by one: a circle of several could close in transactions that do not see each other."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('referral attribution'))"))


def find_acquaintance(session: Session, *, referrer: int, friend: int, at: datetime) -> Acquaintance:
    """
    Return what speaks against attributing a friend to a referrer; to be asked under `lock_attributions`.

    Args:
        session: of the transaction.
        referrer: the number of the account that has invited.
        friend: the number of the account that came.
        at: aware UTC; what the friend bought before counts.
    """
    referrers, friends = accounts_of_person(session, referrer), accounts_of_person(session, friend)
    return Acquaintance(
        is_same_person=not set(referrers).isdisjoint(friends),
        is_circle=bool(session.execute(_IS_CIRCLE, {"referrers": referrers, "friends": friends}).scalar_one()),
        has_bought=purchases_before(session, friends, at=at).number > 0,
        is_attributed=bool(session.execute(_IS_ATTRIBUTED, {"friends": friends}).scalar_one()),
    )


def add_referral(session: Session, row: dict[str, Any]) -> None:
    """Write a new referral, its columns by name."""
    session.execute(insert(ReferralRow).values(**row))


def save_referral(session: Session, referral_id: str, **changes: Any) -> None:
    """Write what has changed of a referral, by column."""
    session.execute(update(ReferralRow).where(col(ReferralRow.id) == referral_id).values(**changes))


def find_referral(session: Session, *, friend_id: str | None = None, referral_id: str | None = None) -> Referral | None:
    """Return a referral by its id or by the friend's account; whoever will change it holds the friend's lock."""
    row = session.execute(_FIND, {"friend_id": friend_id, "referral_id": referral_id}).one_or_none()
    if row is None:
        return None
    terms = ReferralTerms(
        number=row.terms,
        referrer_seconds=row.terms_referrer_seconds,
        friend_seconds=row.terms_friend_seconds,
        monthly_limit=row.monthly_limit,
        window_days=row.window_days,
        valid_days=row.valid_days,
    )
    return Referral(
        id=str(row.id),
        referrer_id=row.referrer_id,
        friend_id=row.friend_id,
        status=ReferralStatus(row.status),
        terms=terms,
        attributed_at=row.attributed_at,
        order_id=row.order_id,
        due_at=row.due_at,
        qualified_at=row.qualified_at,
        ended_at=row.ended_at,
        why=row.why,
        referrer_seconds=row.referrer_seconds,
        friend_seconds=row.friend_seconds,
        referrer_voided_seconds=row.referrer_voided_seconds,
        friend_voided_seconds=row.friend_voided_seconds,
    )


def find_due_referrals(session: Session, *, at: datetime, after: DuePosition | None, limit: int) -> list[DuePosition]:
    """Return pending referrals whose time has come, the oldest first, from behind a position."""
    due = (
        select(ReferralRow.due_at, ReferralRow.id)
        .where(col(ReferralRow.status) == ReferralStatus.PENDING, col(ReferralRow.due_at) <= at)
        .order_by(col(ReferralRow.due_at), col(ReferralRow.id))
        .limit(limit)
    )
    if after is not None:
        later = col(ReferralRow.due_at) > after.due_at
        due = due.where(later | ((col(ReferralRow.due_at) == after.due_at) & (col(ReferralRow.id) > after.id)))
    return [DuePosition(due_at, referral_id) for due_at, referral_id in session.exec(due) if due_at is not None]


def count_rewarded(session: Session, referrer: int, *, since: datetime) -> int:
    """
    Return how many referrals of an account were rewarded since a moment, without those that were taken back.

    To be asked under the account's lock.
    """
    named = {"referrer": referrer, "since": since}
    count: int = session.execute(_COUNT_REWARDED, named).scalar_one()
    return count


def terms_of(row: ReferralTermsRow) -> ReferralTerms:
    """Return the terms of a row."""
    return ReferralTerms(
        number=row.number or 0,
        referrer_seconds=row.referrer_seconds,
        friend_seconds=row.friend_seconds,
        monthly_limit=row.monthly_limit,
        window_days=row.window_days,
        valid_days=row.valid_days,
        is_open=row.is_open,
    )


# UNION ends at what it has seen, should a circle ever be there.
# Whoever has invited an account stands for all accounts of the same person, at every step.
_IS_CIRCLE = text("""
    WITH RECURSIVE above(account) AS (
        SELECT unnest(CAST(:referrers AS integer[]))
        UNION
        SELECT coalesce(other.account, referral.referrer)
        FROM above JOIN referral ON referral.friend = above.account
        LEFT JOIN identity AS mine ON mine.account = referral.referrer
        LEFT JOIN identity AS other ON other.value = mine.value
        WHERE referral.status <> 'refused'
    )
    SELECT EXISTS (SELECT FROM above WHERE account = ANY(:friends))
""")

_IS_ATTRIBUTED = text("SELECT EXISTS (SELECT FROM referral WHERE friend = ANY(:friends))")

_FIND = text("""
    SELECT referral.*, referrer.id AS referrer_id, friend.id AS friend_id, terms.monthly_limit, terms.window_days,
           terms.valid_days, terms.referrer_seconds AS terms_referrer_seconds,
           terms.friend_seconds AS terms_friend_seconds
    FROM referral
    JOIN account AS referrer ON referrer.number = referral.referrer
    JOIN account AS friend ON friend.number = referral.friend
    JOIN referral_terms AS terms ON terms.number = referral.terms
    WHERE referral.id = CAST(:referral_id AS uuid)
       OR referral.friend = (SELECT number FROM account WHERE id = :friend_id)
""")

_COUNT_REWARDED = text("""
    SELECT count(*) FROM referral
    WHERE referrer = :referrer AND status = 'qualified' AND referrer_seconds > 0 AND qualified_at >= :since
""")
