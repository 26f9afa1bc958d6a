"""What is known of accounts besides their minutes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, case, col, or_, update

from domain.identity import identity_of_mail
from store.identity import note_identities
from store.tables import AccountRow

FIELDS = ("username", "email", "locale", "currency", "time_zone")


def describe_account(session: Session, account: int, known: Mapping[str, Any], *, at: datetime) -> bool:
    """
    Save what Screph says of a user; what it leaves out stays, and an older message changes nothing of it.

    The referrer is saved from the first message that names one, in whatever order they come: an
    invitation is attributed once.
    To be called with the account's book open.

    Args:
        session: the transaction of the book.
        account: the number of the account.
        known: `FIELDS` and `referrer`, as far as the message names them.
        at: aware UTC moment of the message.

    Returns:
        Whether this is the message that names the referrer.
    """
    named: dict[str, Any] = {field: known[field] for field in FIELDS if known.get(field) is not None}
    is_newest = or_(col(AccountRow.described_at).is_(None), col(AccountRow.described_at) <= at)
    this = update(AccountRow).where(col(AccountRow.number) == account)
    if "email" in named:
        # Another address may be a good one.
        is_same = col(AccountRow.email) == named["email"]
        named["mail_bad_since"] = case((is_same, col(AccountRow.mail_bad_since)), else_=None)
    session.execute(this.where(is_newest).values(**named, described_at=at))
    if "email" in named:
        note_identities(session, account, [identity_of_mail(named["email"])], at=at)
    if (referrer := known.get("referrer")) is None:
        return False
    attributed = this.where(col(AccountRow.referrer).is_(None)).values(referrer=referrer)
    return session.execute(attributed.returning(col(AccountRow.number))).one_or_none() is not None
