"""Saved filters in the store: each operator's own ways to look at lists."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from store.records import table_of
from store.tables import OperatorRow, SavedFilterRow

MOST = 20
"""So many an operator has of one list."""

_FILTERS = table_of(SavedFilterRow)
_OPERATORS = table_of(OperatorRow)


def save_filter(session: Session, operator: int, path: str, named: tuple[str, str], *, at: datetime) -> bool:
    """
    Save filters of a list under a name, in place of those that have it; False: there are MOST already.

    Args:
        session: of a transaction.
        operator: whose they are, by number.
        path: of the list.
        named: the name, and the filters as they stand in the address.
        at: aware UTC.
    """
    name, query = named
    # The operator's row is the lock of how many there are.
    session.execute(select(_OPERATORS.c.number).where(_OPERATORS.c.number == operator).with_for_update())
    of_list = (_FILTERS.c.operator == operator, _FILTERS.c.path == path)
    others = select(func.count()).where(*of_list, _FILTERS.c.name != name)
    if session.execute(others).scalar_one() >= MOST:
        return False
    values = {"operator": operator, "path": path, "name": name, "query": query, "created_at": at}
    written = insert(_FILTERS).values(values)
    session.execute(
        written.on_conflict_do_update(constraint="saved_filter_name", set_={"query": query, "created_at": at})
    )
    return True


def delete_filter(session: Session, operator: int, filter_id: int) -> bool:
    """Delete saved filters of an operator; False: they have none of this id."""
    gone = delete(_FILTERS).where(_FILTERS.c.operator == operator, _FILTERS.c.id == filter_id)
    return session.execute(gone.returning(_FILTERS.c.id)).one_or_none() is not None
