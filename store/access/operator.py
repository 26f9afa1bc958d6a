"""Operators in the store: invited, joined, changed, disabled; their recovery codes, and tries to sign in."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session

from domain.access.role import Role
from store.access.sealing import HIDDEN, hide, reveal
from store.records import table_of
from store.tables import OperatorRow, RecoveryCodeRow, SignInTryRow

_OPERATORS = table_of(OperatorRow)
_CODES = table_of(RecoveryCodeRow)
_TRIES = table_of(SignInTryRow)


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator as signing in needs it."""

    number: int
    name: str
    role: Role
    password_hash: str | None
    totp_secret: str | None
    totp_step: int | None
    invite_expires_at: datetime | None
    joined_at: datetime | None
    disabled_at: datetime | None

    @property
    def is_active(self) -> bool:
        """Tell whether they may sign in."""
        return self.joined_at is not None and self.disabled_at is None


@dataclass(frozen=True, slots=True)
class NewOperator:
    """An operator who is invited."""

    name: str
    role: Role
    invite_hash: bytes
    invite_expires_at: datetime
    totp_secret: str
    created_by: str
    created_at: datetime


_COLUMNS = [_OPERATORS.c[name] for name in Operator.__dataclass_fields__]


def add_operator(session: Session, operator: NewOperator) -> int:
    """Save an operator who is invited, and return the number."""
    values = asdict(operator) | {"totp_secret": hide(session, operator.totp_secret)}
    return int(session.execute(insert(_OPERATORS).values(values).returning(_OPERATORS.c.number)).scalar_one())


def lock_operators(session: Session) -> list[Operator]:
    """
    Lock all operators, for there are a few, in one order; so nobody else changes who is an owner meanwhile.

    Everybody locks an operator before what is theirs (sessions, passkeys, codes, requests to a provider), so nobody
    waits in a circle.
    """
    rows = session.execute(select(*_COLUMNS).order_by(_OPERATORS.c.number).with_for_update())
    return [_operator(session, row) for row in rows.mappings()]


def find_operator(session: Session, name: str) -> Operator | None:
    """Return an operator by name."""
    row = session.execute(select(*_COLUMNS).where(_OPERATORS.c.name == name)).mappings().one_or_none()
    return None if row is None else _operator(session, row)


def lock_named(session: Session, name: str) -> Operator | None:
    """Lock and return an operator by name, before anything of theirs is locked; None: there is nobody of this name."""
    row = session.execute(select(*_COLUMNS).where(_OPERATORS.c.name == name).with_for_update()).mappings().one_or_none()
    return None if row is None else _operator(session, row)


def lock_operator(session: Session, number: int) -> Operator:
    """Lock and return an operator by number; rows of operators stay for ever."""
    wanted = select(*_COLUMNS).where(_OPERATORS.c.number == number).with_for_update()
    return _operator(session, session.execute(wanted).mappings().one())


def lock_invited(session: Session, invite_hash: bytes) -> Operator | None:
    """Lock and return the operator whose invitation is open."""
    wanted = select(*_COLUMNS).where(_OPERATORS.c.invite_hash == invite_hash).with_for_update()
    row = session.execute(wanted).mappings().one_or_none()
    return None if row is None else _operator(session, row)


def update_operator(session: Session, number: int, **values: object) -> None:
    """Save some columns of an operator; the secret of an app is stored hidden where there is a key."""
    if isinstance(secret := values.get("totp_secret"), str):
        values["totp_secret"] = hide(session, secret)
    session.execute(update(_OPERATORS).where(_OPERATORS.c.number == number).values(**values))


def hide_app(session: Session, operator: Operator) -> None:
    """Store the secret of an app hidden, where it was stored as it is before there was a key."""
    stored = _OPERATORS.c.totp_secret
    if operator.totp_secret is not None and (hidden := hide(session, operator.totp_secret)) != operator.totp_secret:
        shown = (_OPERATORS.c.number == operator.number, ~stored.startswith(HIDDEN))
        session.execute(update(_OPERATORS).where(*shown).values(totp_secret=hidden))


def use_totp_step(session: Session, number: int, step: int) -> bool:
    """Use up the code of a period of 30 seconds; False: it, or a later one, was used before."""
    is_later = (_OPERATORS.c.totp_step.is_(None)) | (_OPERATORS.c.totp_step < step)
    wanted = update(_OPERATORS).where(_OPERATORS.c.number == number, is_later).values(totp_step=step)
    return session.execute(wanted.returning(_OPERATORS.c.number)).one_or_none() is not None


def replace_recovery_codes(session: Session, number: int, hashes: Iterable[bytes]) -> None:
    """Save the recovery codes of an operator, in place of all that were there."""
    session.execute(delete(_CODES).where(_CODES.c.operator == number))
    session.execute(insert(_CODES), [{"operator": number, "code_hash": each} for each in hashes])


def use_recovery_code(session: Session, number: int, code_hash: bytes, *, at: datetime) -> bool:
    """Use a recovery code up; False: there is none such, or it was used before."""
    wanted = (_CODES.c.operator == number, _CODES.c.code_hash == code_hash, _CODES.c.used_at.is_(None))
    return (
        session.execute(update(_CODES).where(*wanted).values(used_at=at).returning(_CODES.c.operator)).first()
        is not None
    )


def add_try(session: Session, name: str, address: str | None, *, at: datetime) -> int:
    """Write that somebody tries to be an operator, and return the number of the try."""
    # One try of a name at a time: many at once would all count what was before them.
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"sign_in_try {name}"))))
    values = {"name": name, "address": address, "tried_at": at}
    return int(session.execute(insert(_TRIES).values(values).returning(_TRIES.c.id)).scalar_one())


def count_tries(session: Session, name: str, address: str | None, *, since: datetime) -> tuple[int, int]:
    """Return how many tries of a name, and from an address, there were since a moment."""
    late = select(func.count()).where(_TRIES.c.tried_at > since)
    of_name = session.execute(late.where(_TRIES.c.name == name)).scalar_one()
    if address is None:
        return of_name, 0
    return of_name, session.execute(late.where(_TRIES.c.address == address)).scalar_one()


def remove_try(session: Session, try_id: int) -> None:
    """Forget a try that has succeeded."""
    session.execute(delete(_TRIES).where(_TRIES.c.id == try_id))


def forget_tries(session: Session, *, before: datetime) -> None:
    """Remove tries that count no more."""
    session.execute(delete(_TRIES).where(_TRIES.c.tried_at < before))


def _operator(session: Session, row: object) -> Operator:
    values = dict(row)  # type: ignore[call-overload]
    secret = values["totp_secret"] and reveal(session, values["totp_secret"])
    return Operator(**values | {"role": Role(values["role"]), "totp_secret": secret})
