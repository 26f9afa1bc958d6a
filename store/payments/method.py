"""Saved methods in the store."""

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from domain.gateway.payment import SavedMethod
from store.numbers import number_of
from store.records import table_of
from store.tables import SavedMethodRow

_METHODS = table_of(SavedMethodRow)


def save_method(session: Session, account_id: str, gateway: str, method: SavedMethod) -> None:
    """Save a method; the same again changes its label only."""
    statement = insert(_METHODS).values(
        account=number_of(_METHODS.c.account, account_id),
        gateway=gateway,
        token=method.token,
        gateway_customer=method.gateway_customer,
        label=method.label,
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[_METHODS.c.gateway, _METHODS.c.token], set_={"label": statement.excluded.label}
        )
    )
