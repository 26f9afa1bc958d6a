"""What is known of accounts besides their minutes."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

_DESCRIBE = text("""
    UPDATE account SET
        email = coalesce(:email, email), locale = coalesce(:locale, locale),
        currency = coalesce(:currency, currency), time_zone = coalesce(:time_zone, time_zone),
        referrer = coalesce(referrer, :referrer), described_at = :at
    WHERE id = :id AND (described_at IS NULL OR described_at <= :at)
""")

FIELDS = ("email", "locale", "currency", "time_zone", "referrer")


def describe(session: Session, account_id: str, known: Mapping[str, str | None], *, at: datetime) -> None:
    """
    Keep what Screph says of a user; what it leaves out stays, and older news changes nothing.

    The referrer is kept from the first that named one: an invitation is attributed once.
    To be called with the account's book open.
    """
    session.execute(_DESCRIBE, {field: known.get(field) for field in FIELDS} | {"id": account_id, "at": at})
