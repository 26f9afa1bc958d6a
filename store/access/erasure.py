"""Erasing the person of a closed account: who they are, and how their browsers and programs sign in."""

from datetime import datetime

from sqlalchemy import delete, null, update
from sqlmodel import Session

from store.records import table_of
from store.tables import AccountRow, EntryLinkRow, PasskeyRow, PortalSessionRow, SignInCodeRow, TokenRow

_ACCOUNTS, _TOKENS, _SESSIONS = table_of(AccountRow), table_of(TokenRow), table_of(PortalSessionRow)
_LINKS, _CODES, _PASSKEYS = table_of(EntryLinkRow), table_of(SignInCodeRow), table_of(PasskeyRow)

EMPTIED = ("username", "email", "locale", "time_zone", "mail_bad_since", "quiet_from", "quiet_until")
"""Columns of an account that say something of the person; its id, currency, referrer and sums stay."""


def erase_person(session: Session, account: int, *, at: datetime) -> None:
    """Empty what an account says of its person, and end its tokens, passkeys and sessions; the account is locked."""
    this = _ACCOUNTS.c.number == account
    session.execute(update(_ACCOUNTS).where(this).values({name: null() for name in EMPTIED}))
    live = (_TOKENS.c.account == account, _TOKENS.c.revoked_at.is_(None))
    session.execute(update(_TOKENS).where(*live).values(revoked_at=at))
    open_ones = (_SESSIONS.c.account == account, _SESSIONS.c.ended_at.is_(None))
    session.execute(update(_SESSIONS).where(*open_ones).values(ended_at=at))
    session.execute(update(_SESSIONS).where(_SESSIONS.c.account == account).values(device=null()))
    session.execute(delete(_PASSKEYS).where(_PASSKEYS.c.account == account))
    session.execute(delete(_LINKS).where(_LINKS.c.account == account))
    session.execute(delete(_CODES).where(_CODES.c.account == account))
