"""Entry links: each signs one account in, once."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from store.records import table_of
from store.tables import AccountRow, EntryLinkRow

KEEP_LINKS = timedelta(days=1)
"""After its end a link is kept so long, for whoever asks why it did not work."""

_LINKS = table_of(EntryLinkRow)
_ACCOUNTS = table_of(AccountRow)


@dataclass(frozen=True, slots=True)
class EntryLink:
    """A link that is made: the hash of its secret, the page that it leads to, who asked for it, and its time."""

    token_hash: bytes
    task: str
    asked_by: str
    created_at: datetime
    expires_at: datetime


def add_entry_link(session: Session, account_id: str, link: EntryLink) -> bool:
    """Save a link, and forget those of long ago; False: the account is not known."""
    session.execute(delete(_LINKS).where(_LINKS.c.expires_at < link.created_at - KEEP_LINKS))
    found = session.execute(select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id)).one_or_none()
    if found is None:
        return False
    session.execute(insert(_LINKS).values(asdict(link) | {"account": found.number}))
    return True


def use_entry_link(session: Session, token_hash: bytes, *, at: datetime) -> tuple[int, str] | None:
    """Use a link up, and return the number of its account and its task; None: it is used, over or none of ours."""
    wanted = (_LINKS.c.token_hash == token_hash, _LINKS.c.used_at.is_(None), _LINKS.c.expires_at > at)
    used = session.execute(
        update(_LINKS).where(*wanted).values(used_at=at).returning(_LINKS.c.account, _LINKS.c.task)
    ).one_or_none()
    return None if used is None else (used.account, used.task)
