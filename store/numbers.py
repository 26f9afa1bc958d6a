"""Numbers and ids: rows refer to accounts, packages and products by number, and the code knows them by their ids."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Label, ScalarSelect, select
from sqlalchemy.types import TypeEngine


def id_of(number: Column[Any]) -> Label[Any]:
    """Return what a query selects to show the id behind the number of its row; `account` becomes `account_id`."""
    referred = _referred(number)
    return select(referred.table.c.id).where(referred == number).scalar_subquery().label(f"{number.name}_id")


def id_type_of(number: Column[Any]) -> TypeEngine[Any]:
    """Return the type of the ids behind the numbers of a column."""
    return _referred(number).table.c.id.type


def number_of(number: Column[Any], known_id: str | ColumnElement[str]) -> ScalarSelect[Any]:
    """
    Return the number that stands for an id in a column, to be written or compared; NULL if there is no such row.

    The database looks it up once for a statement, so an index that begins with the column still serves.
    """
    referred = _referred(number)
    return select(referred).where(referred.table.c.id == known_id).scalar_subquery()


def _referred(number: Column[Any]) -> Column[Any]:
    # The column is called after the table, as `package` or `bonus_package`. An order's account is in several keys: its
    # own, and those of its packages.
    return next(key.column for key in number.foreign_keys if f"_{number.name}".endswith(f"_{key.column.table.name}"))
