"""Read models of ways in: passkeys in the list of their holder, and what else an operator signs in by."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlmodel import Session

from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, OperatorIdentityRow, OperatorRow, PasskeyRow, RecoveryCodeRow

_PASSKEYS = table_of(PasskeyRow)
_OPERATORS = table_of(OperatorRow)
_ACCOUNTS = table_of(AccountRow)
_CODES = table_of(RecoveryCodeRow)
_IDENTITIES = table_of(OperatorIdentityRow)


@dataclass(frozen=True, slots=True)
class PasskeyLine:
    """A passkey in its holder's list."""

    id: int
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class OwnFactors:
    """By what an operator proves who they are: an app or not, recovery codes that are left, and passkeys."""

    has_app: bool
    recovery_codes: int
    passkeys: tuple[PasskeyLine, ...]

    @property
    def can_lose_app(self) -> bool:
        """Tell whether something else is left without the app; recovery codes are for emergencies and do not count."""
        return self.has_app and bool(self.passkeys)

    @property
    def can_lose_passkey(self) -> bool:
        """Tell whether something else is left without one of the passkeys."""
        return self.has_app or len(self.passkeys) > 1


@dataclass(frozen=True, slots=True)
class OwnIdentity:
    """An operator's account at a provider of identities: how it became theirs, since when, and its last use."""

    connected_by: str
    connected_at: datetime
    used_at: datetime | None


def find_own_identity(session: Session, number: int, issuer: str) -> OwnIdentity | None:
    """Return an operator's account at a provider; None: they have none."""
    wanted = select(*columns_of(OwnIdentity, _IDENTITIES))
    wanted = wanted.where(_IDENTITIES.c.operator == number, _IDENTITIES.c.issuer == issuer)
    row = session.execute(wanted).one_or_none()
    return None if row is None else record_of(OwnIdentity, _IDENTITIES, row)


def find_own_factors(session: Session, number: int) -> OwnFactors:
    """Return by what an operator proves who they are."""
    has_app = select(_OPERATORS.c.totp_secret.is_not(None)).where(_OPERATORS.c.number == number)
    left = select(func.count()).where(_CODES.c.operator == number, _CODES.c.used_at.is_(None))
    wanted = select(*columns_of(PasskeyLine, _PASSKEYS)).where(_PASSKEYS.c.operator == number)
    rows = session.execute(wanted.order_by(_PASSKEYS.c.id))
    passkeys = tuple(record_of(PasskeyLine, _PASSKEYS, row) for row in rows)
    return OwnFactors(bool(session.execute(has_app).scalar_one()), int(session.execute(left).scalar_one()), passkeys)


def list_account_passkeys(session: Session, account_id: str) -> list[PasskeyLine]:
    """Return the passkeys of an account, the oldest first."""
    wanted = (
        select(*columns_of(PasskeyLine, _PASSKEYS))
        .join_from(_PASSKEYS, _ACCOUNTS, _PASSKEYS.c.account == _ACCOUNTS.c.number)
        .where(_ACCOUNTS.c.id == account_id)
        .order_by(_PASSKEYS.c.id)
    )
    return [record_of(PasskeyLine, _PASSKEYS, row) for row in session.execute(wanted)]
