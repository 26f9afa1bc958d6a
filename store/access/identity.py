"""Accounts of operators at a provider of identities in the store, and requests to it, each answered once."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlmodel import Session

from domain.access.oidc import OidcPurpose
from store.records import columns_of, record_of, table_of
from store.tables import OidcRequestRow, OperatorIdentityRow

_IDENTITIES = table_of(OperatorIdentityRow)
_REQUESTS = table_of(OidcRequestRow)


@dataclass(frozen=True, slots=True)
class OidcRequest:
    """A request that waits for its answer; the hash of what comes back, and of what its browser is known by."""

    state_hash: bytes
    purpose: OidcPurpose
    bound_hash: bytes
    asked_at: datetime
    expires_at: datetime
    address: str | None = None
    operator_session: int | None = None
    operator: int | None = None
    subject: str | None = None


def add_request(session: Session, request: OidcRequest) -> None:
    """Save a request."""
    session.execute(insert(_REQUESTS).values(asdict(request)))


def take_request(session: Session, state_hash: bytes) -> OidcRequest | None:
    """Take a request out, whoever answers it; None: there is none, any more."""
    taken = delete(_REQUESTS).where(_REQUESTS.c.state_hash == state_hash).returning(*columns_of(OidcRequest, _REQUESTS))
    return _request(session.execute(taken).one_or_none())


def operator_of_request(session: Session, state_hash: bytes) -> int | None:
    """Return the number of the operator whose second factor a request waits for; None: it waits for nobody's."""
    wanted = select(_REQUESTS.c.operator).where(_REQUESTS.c.state_hash == state_hash)
    return session.execute(wanted).scalar_one_or_none()


def lock_request(session: Session, state_hash: bytes) -> OidcRequest | None:
    """Lock a request and leave it where it is: who has mistyped a code may type another one."""
    wanted = select(*columns_of(OidcRequest, _REQUESTS)).where(_REQUESTS.c.state_hash == state_hash).with_for_update()
    return _request(session.execute(wanted).one_or_none())


def count_requests(session: Session, address: str) -> int:
    """Return how many requests from an address wait."""
    waiting = select(func.count()).select_from(_REQUESTS).where(_REQUESTS.c.address == address)
    return int(session.execute(waiting).scalar_one())


def forget_requests(session: Session, *, before: datetime) -> None:
    """Remove requests that nobody can answer any more."""
    session.execute(delete(_REQUESTS).where(_REQUESTS.c.expires_at < before))


def add_identity(
    session: Session, operator: int, issuer: str, subject: str, *, connected_by: str, at: datetime
) -> None:
    """Save whose an account at a provider is."""
    values = {
        "operator": operator,
        "issuer": issuer,
        "subject": subject,
        "connected_by": connected_by,
        "connected_at": at,
    }
    session.execute(insert(_IDENTITIES).values(values))


def holder_of_identity(session: Session, issuer: str, subject: str) -> int | None:
    """Return the number of the operator whose an account at a provider is; None: nobody's."""
    wanted = select(_IDENTITIES.c.operator).where(_IDENTITIES.c.issuer == issuer, _IDENTITIES.c.subject == subject)
    return session.execute(wanted).scalar_one_or_none()


def has_identity(session: Session, operator: int, issuer: str) -> bool:
    """Tell whether an operator has an account at a provider."""
    wanted = select(_IDENTITIES.c.id).where(_IDENTITIES.c.operator == operator, _IDENTITIES.c.issuer == issuer)
    return session.execute(wanted).first() is not None


def use_identity(session: Session, issuer: str, subject: str, *, at: datetime) -> None:
    """Save that somebody has come in by an account at a provider."""
    wanted = (_IDENTITIES.c.issuer == issuer, _IDENTITIES.c.subject == subject)
    session.execute(update(_IDENTITIES).where(*wanted).values(used_at=at))


def remove_identity(session: Session, operator: int, issuer: str) -> bool:
    """Let an operator's account at a provider count no more; False: they have none."""
    wanted = (_IDENTITIES.c.operator == operator, _IDENTITIES.c.issuer == issuer)
    return session.execute(delete(_IDENTITIES).where(*wanted).returning(_IDENTITIES.c.id)).first() is not None


def remove_all_identities(session: Session, operator: int) -> None:
    """Let no account of an operator at any provider count any more, nor a sign-in that waits for a second factor."""
    session.execute(delete(_IDENTITIES).where(_IDENTITIES.c.operator == operator))
    session.execute(delete(_REQUESTS).where(_REQUESTS.c.operator == operator))


def _request(row: Row[Any] | None) -> OidcRequest | None:
    return None if row is None else record_of(OidcRequest, _REQUESTS, row)
