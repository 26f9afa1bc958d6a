"""What is known of accounts besides their minutes."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

_DESCRIBE = text("""
    UPDATE account SET
        email = coalesce(:email, email), locale = coalesce(:locale, locale),
        currency = coalesce(:currency, currency), time_zone = coalesce(:time_zone, time_zone),
        described_at = :at
    WHERE id = :id AND (described_at IS NULL OR described_at <= :at)
""")

_ATTRIBUTE = text("UPDATE account SET referrer = :referrer WHERE id = :id AND referrer IS NULL")

FIELDS = ("email", "locale", "currency", "time_zone")


def describe_account(session: Session, account_id: str, known: Mapping[str, str | None], *, at: datetime) -> None:
    """
    Keep what Screph says of a user; what it leaves out stays, and older news changes nothing of it.

    The referrer is kept from the first message that names one, in whatever order they come: an
    invitation is attributed once.
    To be called with the account's book open.
    """
    session.execute(_DESCRIBE, {field: known.get(field) for field in FIELDS} | {"id": account_id, "at": at})
    if known.get("referrer") is not None:
        session.execute(_ATTRIBUTE, {"id": account_id, "referrer": known["referrer"]})
