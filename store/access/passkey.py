"""Passkeys in the store: added, found, used and removed; and challenges, each taken out by its first answer."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or_not
from sqlmodel import Session

from domain.access.passkey import Holder, Purpose, account_holder, operator_holder
from store.records import table_of
from store.tables import AccountRow, PasskeyChallengeRow, PasskeyRow

_PASSKEYS = table_of(PasskeyRow)
_CHALLENGES = table_of(PasskeyChallengeRow)
_ACCOUNTS = table_of(AccountRow)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A challenge as it is stored: hashes of itself and of what the browser is known by, and its end."""

    challenge_hash: bytes
    purpose: Purpose
    bound_hash: bytes
    address: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey as a signature is verified by it."""

    id: int
    holder: Holder
    public_key: bytes
    sign_count: int


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """A passkey that its authenticator has just made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str


def add_challenge(session: Session, challenge: Challenge) -> None:
    """Save a challenge."""
    session.execute(insert(_CHALLENGES).values(asdict(challenge)))


def count_challenges(session: Session, address: str) -> int:
    """Return how many challenges wait that an address of the internet has asked for."""
    return int(session.execute(select(func.count()).where(_CHALLENGES.c.address == address)).scalar_one())


def take_challenge(session: Session, challenge_hash: bytes) -> Challenge | None:
    """Take a challenge out, and return it; None: it was answered before, or nobody has asked for it."""
    wanted = delete(_CHALLENGES).where(_CHALLENGES.c.challenge_hash == challenge_hash).returning(*_CHALLENGES.c)
    row = session.execute(wanted).mappings().one_or_none()
    return None if row is None else Challenge(**{**row, "purpose": Purpose(row["purpose"])})


def forget_challenges(session: Session, *, before: datetime) -> None:
    """Remove challenges that can be answered no more."""
    session.execute(delete(_CHALLENGES).where(_CHALLENGES.c.expires_at < before))


def add_passkey(session: Session, holder: Holder, passkey: NewPasskey, *, at: datetime) -> int | None:
    """Save a passkey, and return its number; None: somebody has it already."""
    values = asdict(passkey) | {holder.kind: holder.number, "created_at": at}
    added = insert_or_not(_PASSKEYS).values(values).on_conflict_do_nothing(index_elements=["credential_id"])
    number = session.execute(added.returning(_PASSKEYS.c.id)).scalar_one_or_none()
    return None if number is None else int(number)


def find_passkey(session: Session, credential_id: bytes) -> Passkey | None:
    """Return a passkey by the id that its authenticator has given it."""
    columns = (
        _PASSKEYS.c.id,
        _PASSKEYS.c.operator,
        _PASSKEYS.c.account,
        _PASSKEYS.c.public_key,
        _PASSKEYS.c.sign_count,
    )
    row = session.execute(select(*columns).where(_PASSKEYS.c.credential_id == credential_id)).one_or_none()
    if row is None:
        return None
    holder = account_holder(row.account) if row.operator is None else operator_holder(row.operator)
    return Passkey(row.id, holder, row.public_key, row.sign_count)


def use_passkey(session: Session, passkey: Passkey, sign_count: int, *, at: datetime) -> bool:
    """Save that a passkey was used; False: its counter has meanwhile gone further, or it was removed."""
    # Of two answers with one counter a single one counts: such a passkey was copied.
    goes_on = or_(_PASSKEYS.c.sign_count < sign_count, (_PASSKEYS.c.sign_count == 0) & (sign_count == 0))
    wanted = update(_PASSKEYS).where(_PASSKEYS.c.id == passkey.id, goes_on).values(sign_count=sign_count, used_at=at)
    return session.execute(wanted.returning(_PASSKEYS.c.id)).one_or_none() is not None


def remove_passkey(session: Session, holder: Holder, passkey_id: int) -> str | None:
    """Remove a passkey, and return how it was called; None: its holder has no such passkey."""
    wanted = (_PASSKEYS.c.id == passkey_id, _PASSKEYS.c[holder.kind] == holder.number)
    name: str | None = session.execute(
        delete(_PASSKEYS).where(*wanted).returning(_PASSKEYS.c.name)
    ).scalar_one_or_none()
    return name


def remove_all_passkeys(session: Session, holder: Holder) -> None:
    """Remove each passkey of a holder."""
    session.execute(delete(_PASSKEYS).where(_PASSKEYS.c[holder.kind] == holder.number))


def credentials_of(session: Session, holder: Holder) -> list[bytes]:
    """Return by which ids authenticators know the passkeys of a holder."""
    wanted = select(_PASSKEYS.c.credential_id).where(_PASSKEYS.c[holder.kind] == holder.number)
    return list(session.execute(wanted.order_by(_PASSKEYS.c.id)).scalars())


def find_open_account(session: Session, account_id: str) -> int | None:
    """Lock an account, so that nobody adds passkeys beside, and return its number; None: it is closed."""
    wanted = select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == account_id, _ACCOUNTS.c.closed_at.is_(None))
    number: int | None = session.execute(wanted.with_for_update(key_share=True)).scalar_one_or_none()
    return number


def is_open_account(session: Session, number: int) -> bool:
    """Tell whether an account may be signed in."""
    wanted = select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.number == number, _ACCOUNTS.c.closed_at.is_(None))
    return session.execute(wanted).one_or_none() is not None
