"""Entry links: each signs one account in, once."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlmodel import Session

from store.numbers import id_of
from store.records import table_of
from store.tables import AccountRow, EntryLinkRow

KEEP_LINKS = timedelta(days=1)
"""After its end a link is kept so long, for whoever asks why it did not work."""

_LINKS = table_of(EntryLinkRow)
_ACCOUNTS = table_of(AccountRow)


@dataclass(frozen=True, slots=True)
class View:
    """An operator who looks as an account does: their name, and the number of their own session."""

    viewed_by: str
    operator_session: int


@dataclass(frozen=True, slots=True)
class EntryLink:
    """
    A link that is made: the hash of its secret, the page that it leads to, who asked for it, and its time.

    With `view` it lets an operator look as the account does.
    """

    token_hash: bytes
    task: str
    asked_by: str
    created_at: datetime
    expires_at: datetime
    view: View | None = None


@dataclass(frozen=True, slots=True)
class UsedLink:
    """What a link was about: the number and the id of its account, the page that it leads to, and who only looks."""

    account: int
    account_id: str
    task: str
    view: View | None


def add_entry_link(session: Session, account_id: str, link: EntryLink) -> bool:
    """Save a link, and forget those of long ago; False: the account is not known."""
    session.execute(delete(_LINKS).where(_LINKS.c.expires_at < link.created_at - KEEP_LINKS))
    found = session.execute(select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id)).one_or_none()
    if found is None:
        return False
    values = {name: value for name, value in asdict(link).items() if name != "view"}
    view = {} if link.view is None else asdict(link.view)
    session.execute(insert(_LINKS).values(values | view | {"account": found.number}))
    return True


def use_entry_link(session: Session, token_hash: bytes, *, at: datetime) -> UsedLink | None:
    """Use a link up, and return what it was about; None: it is used, over or none of ours."""
    wanted = (_LINKS.c.token_hash == token_hash, _LINKS.c.used_at.is_(None), _LINKS.c.expires_at > at)
    used = session.execute(
        update(_LINKS)
        .where(*wanted)
        .values(used_at=at)
        .returning(
            _LINKS.c.account, id_of(_LINKS.c.account), _LINKS.c.task, _LINKS.c.viewed_by, _LINKS.c.operator_session
        )
    ).one_or_none()
    if used is None:
        return None
    view = None if used.viewed_by is None else View(used.viewed_by, used.operator_session)
    return UsedLink(used.account, used.account_id, used.task, view)
