"""Changes of method in the store; append-only."""

from sqlmodel import Session

from domain.subscriptions.change_method import MethodChange
from store.records import insert_of, table_of, values_of
from store.tables import MethodChangeRow

_CHANGES = table_of(MethodChangeRow)


def add_method_change(session: Session, change: MethodChange) -> None:
    """Write a change of method, in the transaction that makes it."""
    session.execute(insert_of(MethodChange, _CHANGES), values_of(change, _CHANGES))
