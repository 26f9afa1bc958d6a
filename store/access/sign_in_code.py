"""Sign-in codes: asked for, tried and used; and what is counted of them."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Row, delete, func, insert, select, text, update
from sqlmodel import Session

from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, SignInCodeRow

_CODES = table_of(SignInCodeRow)
_ACCOUNTS = table_of(AccountRow)


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A code as it is stored: hashes of the browser's cookie, of the mail address, and of cookie and code."""

    browser_hash: bytes
    mail_hash: bytes
    code_hash: bytes
    account: int | None
    address: str | None
    asked_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    wrong: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """Codes and wrong tries, of a mail address and from an address of the internet."""

    asked_of_mail: int
    asked_from_address: int
    wrong_of_mail: int
    wrong_from_address: int


def find_account_of_mail(session: Session, mail: str) -> Row[tuple[int, str]] | None:
    """Return number and id of the open account with a mail address; of several, the one that was named last."""
    wanted = (
        select(_ACCOUNTS.c.number, _ACCOUNTS.c.id)
        .where(func.lower(_ACCOUNTS.c.email) == mail.lower(), _ACCOUNTS.c.closed_at.is_(None))
        .order_by(_ACCOUNTS.c.described_at.desc().nulls_last(), _ACCOUNTS.c.number.desc())
        .limit(1)
    )
    found: Row[tuple[int, str]] | None = session.execute(wanted).one_or_none()
    return found


def lock_mail(session: Session, mail_hash: bytes) -> None:
    """Let codes of one mail address be asked for and tried one after the other, so that none escapes the counts."""
    number = int.from_bytes(mail_hash[:8], signed=True)
    session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def count_codes(
    session: Session, mail_hash: bytes, address: str | None, *, since_hour: datetime, since_day: datetime
) -> Counted:
    """Return what is counted: codes and tries from an address since an hour, wrong tries of a mail since a day."""
    of_mail = select(
        func.count().filter(_CODES.c.asked_at > since_hour), func.coalesce(func.sum(_CODES.c.wrong), 0)
    ).where(_CODES.c.mail_hash == mail_hash, _CODES.c.asked_at > since_day)
    asked, wrong = session.execute(of_mail).one()
    if address is None:
        return Counted(asked, 0, wrong, 0)
    from_address = select(func.count(), func.coalesce(func.sum(_CODES.c.wrong), 0)).where(
        _CODES.c.address == address, _CODES.c.asked_at > since_hour
    )
    asked_from, wrong_from = session.execute(from_address).one()
    return Counted(asked, asked_from, wrong, wrong_from)


def add_code(session: Session, code: SignInCode) -> None:
    """Save a code that was asked for."""
    session.execute(insert(_CODES).values(asdict(code)))


def find_code(session: Session, browser_hash: bytes) -> SignInCode | None:
    """Return the code that a browser has asked for."""
    row = session.execute(
        select(*columns_of(SignInCode, _CODES)).where(_CODES.c.browser_hash == browser_hash)
    ).one_or_none()
    return None if row is None else record_of(SignInCode, _CODES, row)


def note_wrong(session: Session, browser_hash: bytes) -> None:
    """Count a wrong try."""
    session.execute(update(_CODES).where(_CODES.c.browser_hash == browser_hash).values(wrong=_CODES.c.wrong + 1))


def use_code(session: Session, browser_hash: bytes, *, at: datetime) -> None:
    """Use a code up."""
    session.execute(update(_CODES).where(_CODES.c.browser_hash == browser_hash).values(used_at=at))


def forget_codes(session: Session, *, before: datetime) -> None:
    """Delete codes that count for nothing any more."""
    session.execute(delete(_CODES).where(_CODES.c.asked_at < before))
