"""Reading programmes and referrals: what runs, what it has given, and who came by whom. No locks, no writes."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from domain.promotions.programme import Trigger
from domain.promotions.referral import ReferralStatus
from store.cursor import read_cursor, write_cursor
from store.tables import ProgrammeRow

MAX_PROGRAMMES = 1_000


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """A programme with what it has given so far."""

    id: str
    trigger: Trigger
    seconds: int
    valid_days: int | None
    purchases: int
    after_days: int
    product_ids: tuple[str, ...]
    starts_at: datetime | None
    ends_at: datetime | None
    uses_limit: int | None
    budget_seconds: int | None
    used: int
    used_seconds: int
    paused_at: datetime | None
    paused_by: str | None
    pause_reason: str | None
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A referral in a list; `why` where it came to nothing."""

    id: str
    referrer_id: str
    friend_id: str
    status: ReferralStatus
    attributed_at: datetime
    order_id: str | None
    due_at: datetime | None
    qualified_at: datetime | None
    why: str | None
    referrer_seconds: int
    friend_seconds: int
    referrer_voided_seconds: int
    friend_voided_seconds: int


def invitation_code(session: Session, account_id: str) -> str | None:
    """Return the code by which an account invites others; None: it has not asked for one."""
    code: str | None = session.execute(_CODE_OF, {"account_id": account_id}).scalar_one_or_none()
    return code


def list_programmes(session: Session) -> tuple[ProgrammeLine, ...]:
    """Return the programmes, the newest first; there are few, and at the most `MAX_PROGRAMMES` are shown."""
    rows = session.exec(select(ProgrammeRow).order_by(col(ProgrammeRow.number).desc()).limit(MAX_PROGRAMMES))
    return tuple(
        ProgrammeLine(
            id=row.id,
            trigger=Trigger(row.trigger),
            seconds=row.seconds,
            valid_days=row.valid_days,
            purchases=row.purchases,
            after_days=row.after_days,
            product_ids=tuple(row.product_ids),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            uses_limit=row.uses_limit,
            budget_seconds=row.budget_seconds,
            used=row.used,
            used_seconds=row.used_seconds,
            paused_at=row.paused_at,
            paused_by=row.paused_by,
            pause_reason=row.pause_reason,
            created_by=row.created_by,
            created_at=row.created_at,
        )
        for row in rows
    )


def list_referrals(
    session: Session, *, account_id: str | None, limit: int, cursor: str | None
) -> tuple[tuple[ReferralLine, ...], str | None]:
    """
    Return a page of referrals, the newest first, and the cursor of the next one, where there is one.

    Args:
        session: any.
        account_id: only those in which this account has invited, or was invited.
        limit: how many.
        cursor: of the page before; None begins.

    Raises:
        WrongCursor: no page of referrals has given it.
    """
    after = {"at": None, "id": None} if cursor is None else read_cursor(cursor, at=datetime, id=UUID)
    query = _LIST if account_id is None else _LIST_OF_ACCOUNT
    named = {"account_id": account_id, "at": after["at"], "id": after["id"], "most": limit + 1}
    rows = session.execute(query, named).all()
    lines = tuple(
        ReferralLine(str(row.id), row.referrer_id, row.friend_id, ReferralStatus(row.status), *row[4:])
        for row in rows[:limit]
    )
    if len(rows) <= limit:
        return lines, None
    return lines, write_cursor({"at": lines[-1].attributed_at.isoformat(), "id": lines[-1].id})


def _list(where: str) -> str:
    return f"""
        SELECT referral.id, referrer.id AS referrer_id, friend.id AS friend_id, referral.status,
               referral.attributed_at, referral.order_id, referral.due_at, referral.qualified_at, referral.why,
               referral.referrer_seconds, referral.friend_seconds, referral.referrer_voided_seconds,
               referral.friend_voided_seconds
        FROM referral
        JOIN account AS referrer ON referrer.number = referral.referrer
        JOIN account AS friend ON friend.number = referral.friend
        WHERE {where} AND (CAST(:at AS timestamptz) IS NULL
               OR (referral.attributed_at, referral.id) < (CAST(:at AS timestamptz), CAST(:id AS uuid)))
        ORDER BY referral.attributed_at DESC, referral.id DESC
        LIMIT :most
    """


_LIST = text(_list("CAST(:account_id AS text) IS NULL"))
_LIST_OF_ACCOUNT = text(
    _list("(SELECT number FROM account WHERE id = :account_id) IN (referral.referrer, referral.friend)")
)

_CODE_OF = text("""
    SELECT invitation.text FROM invitation JOIN account ON account.number = invitation.account
    WHERE account.id = :account_id
""")
