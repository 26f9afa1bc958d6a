"""Saved methods in the store."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import ARRAY, Select, Text, any_, bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.gateway.payment import SavedMethod
from domain.payments.stored_method import MethodEnd, StoredMethod
from store.numbers import id_of, number_of
from store.records import columns_of, record_of, table_of
from store.tables import AccountRow, GatewayCustomerRow, SavedMethodRow

_METHODS, _CUSTOMERS, _ACCOUNTS = table_of(SavedMethodRow), table_of(GatewayCustomerRow), table_of(AccountRow)
_SELECT = select(*columns_of(StoredMethod, _METHODS))


def save_method(session: Session, account_id: str, gateway: str, method: SavedMethod, *, at: datetime) -> int | None:
    """
    Save a method; return its new id, or None where it is known.

    A known one gets its present label and last day. One that has ended stays ended: a late report of the payment that
    saved it must not bring back what the buyer let us forget.
    """
    statement = insert(_METHODS).values(
        account=number_of(_METHODS.c.account, account_id),
        gateway=gateway,
        token=method.token,
        gateway_customer=method.gateway_customer,
        label=method.label,
        expires_on=method.expires_on,
        saved_at=at,
        preferred_at=at,
    )
    new = statement.excluded
    saved = session.execute(
        statement.on_conflict_do_update(
            index_elements=[_METHODS.c.gateway, _METHODS.c.token],
            set_={"label": new.label, "expires_on": func.coalesce(new.expires_on, _METHODS.c.expires_on)},
            where=or_(_METHODS.c.label != new.label, _METHODS.c.expires_on.is_distinct_from(new.expires_on)),
            # A row that was there before has the transaction that changed it in xmax.
        ).returning(_METHODS.c.id, literal_column("xmax = 0").label("is_new"))
    ).one_or_none()
    return saved.id if saved is not None and saved.is_new else None


def find_methods(session: Session, account_id: str, *, gateway: str | None = None) -> list[StoredMethod]:
    """Return the methods of an account that may be charged, in the order in which they are tried."""
    named = {"of_account": account_id, "of_gateway": gateway}
    return _records(session, _USABLE if gateway is None else _USABLE_AT, named)


def find_methods_of(session: Session, account_ids: Collection[str], gateway: str) -> dict[str, list[StoredMethod]]:
    """Return the methods of some accounts at a gateway as `find_methods` does, by account; one without is left out."""
    found: dict[str, list[StoredMethod]] = {}
    for method in _records(session, _USABLE_OF, {"ids": list(account_ids), "of_gateway": gateway}):
        found.setdefault(method.account_id, []).append(method)
    return found


def find_method(session: Session, method_id: int) -> StoredMethod | None:
    """Return a method, whether it may still be charged or not."""
    return next(iter(_records(session, _SELECT.where(_METHODS.c.id == method_id))), None)


def find_method_by_token(session: Session, gateway: str, token: str) -> StoredMethod | None:
    """Return a method by its gateway's id of it."""
    named = _SELECT.where(_METHODS.c.gateway == gateway, _METHODS.c.token == token)
    return next(iter(_records(session, named)), None)


def lock_method(session: Session, account_id: str, method_id: int) -> StoredMethod | None:
    """Return a method of an account, locked until the end of the transaction."""
    named = _SELECT.where(_METHODS.c.id == method_id)
    mine = named.where(_METHODS.c.account == number_of(_METHODS.c.account, account_id))
    return next(iter(_records(session, mine.with_for_update(of=_METHODS))), None)


def prefer_method(session: Session, method_id: int, *, at: datetime) -> None:
    """Let a method be tried before all others."""
    session.execute(update(_METHODS).where(_METHODS.c.id == method_id).values(preferred_at=at))


def end_method(session: Session, method_id: int, reason: MethodEnd, *, at: datetime) -> bool:
    """Let a method be charged no more; False when that is so already."""
    open_one = (_METHODS.c.id == method_id, _METHODS.c.ended_at.is_(None))
    ended = update(_METHODS).where(*open_one).values(end_reason=reason, ended_at=at)
    return bool(session.execute(ended).rowcount)  # type: ignore[attr-defined]


def mark_released(session: Session, method_id: int, *, at: datetime) -> None:
    """Note that its gateway has forgotten a method."""
    session.execute(update(_METHODS).where(_METHODS.c.id == method_id).values(released_at=at))


def find_methods_to_release(
    session: Session, *, gateways: Sequence[str], before: datetime, limit: int
) -> list[StoredMethod]:
    """Return methods that a buyer let us forget before a moment and that their gateway still has, the oldest first."""
    statement = _SELECT.where(
        _METHODS.c.end_reason == MethodEnd.FORGOTTEN,
        _METHODS.c.released_at.is_(None),
        _METHODS.c.ended_at < before,
        _METHODS.c.gateway.in_(gateways),
    )
    return _records(session, statement.order_by(_METHODS.c.ended_at).limit(limit))


def find_expiring_methods(
    session: Session, *, since: date, until: date, after_id: int = 0, limit: int = 500
) -> list[StoredMethod]:
    """
    Return methods that may be charged and whose last day lies in a period, by id.

    Args:
        session: any.
        since: the first such day.
        until: the last one.
        after_id: the last id of the page before.
        limit: at most so many.
    """
    statement = _SELECT.where(
        _METHODS.c.ended_at.is_(None), _METHODS.c.expires_on.between(since, until), _METHODS.c.id > after_id
    )
    return _records(session, statement.order_by(_METHODS.c.id).limit(limit))


def find_account_of_customer(session: Session, gateway: str, customer: str) -> str | None:
    """Return the account that a gateway knows as a customer; None if it is unknown, or not one alone."""
    accounts = session.execute(_OF_CUSTOMER, {"of_gateway": gateway, "of_customer": customer}).scalars().all()
    return accounts[0] if len(accounts) == 1 else None


def _records(
    session: Session, statement: Select[tuple[object, ...]], named: Mapping[str, object] | None = None
) -> list[StoredMethod]:
    return [record_of(StoredMethod, _METHODS, row) for row in session.execute(statement, named)]


_OF_CUSTOMER = (
    select(id_of(_CUSTOMERS.c.account))
    .where(_CUSTOMERS.c.gateway == bindparam("of_gateway"), _CUSTOMERS.c.customer == bindparam("of_customer"))
    .limit(2)
)
_USABLE = (
    _SELECT.where(_METHODS.c.account == number_of(_METHODS.c.account, bindparam("of_account")))
    .where(_METHODS.c.ended_at.is_(None))
    .order_by(_METHODS.c.preferred_at.desc(), _METHODS.c.id.desc())
)
_USABLE_AT = _USABLE.where(_METHODS.c.gateway == bindparam("of_gateway"))
_AMONG = select(_ACCOUNTS.c.number).where(_ACCOUNTS.c.id == any_(bindparam("ids", type_=ARRAY(Text))))
_USABLE_OF = (
    _SELECT.where(_METHODS.c.account.in_(_AMONG), _METHODS.c.ended_at.is_(None))
    .where(_METHODS.c.gateway == bindparam("of_gateway"))
    .order_by(_METHODS.c.preferred_at.desc(), _METHODS.c.id.desc())
)
