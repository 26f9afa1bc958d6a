"""Rows and records: which columns hold which fields, derived from the schema by their names alone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Insert,
    Row,
    Table,
    TableValuedAlias,
    Text,
    Update,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlmodel import SQLModel

from domain.money import Money
from store.json_rows import json_rows
from store.numbers import id_of, id_type_of, number_of

R = TypeVar("R")


class _Field(NamedTuple):
    """
    A field of a record, and its column; money has a second one for its currency, and words are of an enumeration.

    An id that stands in its own row alone has `number`: the column that refers to that row.
    """

    name: str
    column: str
    currency: str | None = None
    words: type[StrEnum] | None = None
    number: Column[Any] | None = None


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a SQLModel class, for queries built from its columns."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def columns_of(record: type, table: Table) -> list[ColumnElement[Any]]:
    """
    Return the columns that a record of a frozen dataclass needs, each once.

    A field is the column of its name. A field of type `Money` is `<name>_minor` with `<name>_currency` or, where the
    table has no such column, with `currency`. A field `<name>_id` of a table that has the column `<name>` instead is
    the id of the row that this number refers to.
    """
    columns: dict[str, ColumnElement[Any]] = {}
    for field in _fields_of(record, table):
        columns[field.column] = table.c[field.column] if field.number is None else id_of(field.number)
        if field.currency is not None:
            columns[field.currency] = table.c[field.currency]
    return list(columns.values())


def record_of(record: type[R], table: Table, row: Row[Any] | Mapping[str, Any]) -> R:
    """Return the record of a row that was selected with `columns_of`."""
    values = row._mapping if isinstance(row, Row) else row
    made: dict[str, Any] = {}
    for name, key, currency, words, _ in _fields_of(record, table):
        value = values[key]
        if value is not None and currency is not None:
            value = Money(value, values[currency])
        elif value is not None and words is not None:
            value = words(value)
        made[name] = value
    return record(**made)


@cache
def insert_of(record: type, table: Table) -> Insert:
    """Return the statement that inserts a record of a class, for its `values_of`; built once, for building is slow."""
    return insert(table).values(_lookups(_fields_of(record, table)))


@cache
def update_of(record: type, table: Table, names: tuple[str, ...]) -> Update:
    """Return the statement that updates some fields of the row `of_id`, for their `values_of`; built once."""
    statement = update(table).where(table.c.id == bindparam("of_id"))
    return statement.values(_lookups(each for each in _fields_of(record, table) if each.name in names))


@cache
def insert_many_of(record: type, table: Table) -> Insert:
    """Return the statement that inserts many records of a class at once, for their `many_values_of`; built once."""
    given = given_rows(record, table)
    values = _written(_fields_of(record, table), table, given)
    return insert(table).from_select(list(values), select(*values.values()))


@cache
def update_many_of(record: type, table: Table, names: tuple[str, ...]) -> Update:
    """Return the statement that updates some fields of many rows by their `id`, for their `many_values_of`."""
    wanted = [each for each in _fields_of(record, table) if each.name in names]
    of_id = [each for each in _fields_of(record, table) if each.name == "id"]
    given = _given([*of_id, *wanted], table)
    return update(table).where(table.c.id == given.c.id).values(_written(wanted, table, given))


def given_rows(record: type, table: Table) -> TableValuedAlias:
    """Return the rows that a statement gets from `many_values_of`, as a table to select from."""
    return _given(_fields_of(record, table), table)


def many_values_of(records: Iterable[Any], table: Table, names: Collection[str] | None = None) -> dict[str, str]:
    """Return the one parameter of `insert_many_of`, `update_many_of` and `given_rows`: records, or their fields."""
    wanted = None if names is None else {"id", *names}
    return {"given": json_rows(values_of(each, table, wanted) for each in records)}


def changed_names(record: R, before: R) -> tuple[str, ...]:
    """Return the names of the fields in which a record differs from what was read."""
    names = (each.name for each in fields(record))  # type: ignore[arg-type]
    return tuple(name for name in names if getattr(record, name) != getattr(before, name))


def values_of(record: Any, table: Table, names: Collection[str] | None = None) -> dict[str, Any]:
    """
    Return the values of a record, or of some of its fields, by column, for `insert_of` and `update_of`.

    An id that stands in another row is there by its field's name; the statement looks its number up.
    """
    values: dict[str, Any] = {}
    for name, key, currency, _, _ in _fields_of(type(record), table):
        if names is not None and name not in names:
            continue
        value = getattr(record, name)
        if currency is None:
            values[key] = value
        else:
            values[key] = None if value is None else value.minor
            values[currency] = None if value is None else value.currency
    return values


def _lookups(wanted: Iterable[_Field]) -> dict[str, Any]:
    return {
        each.number.name: number_of(each.number, bindparam(each.name)) for each in wanted if each.number is not None
    }


def changes_of(changed: Iterable[tuple[R, R]]) -> dict[tuple[str, ...], list[R]]:
    """Return changed records, each given with what was read, by the names of the fields that differ."""
    by_names: dict[tuple[str, ...], list[R]] = {}
    for record, before in changed:
        if names := changed_names(record, before):
            by_names.setdefault(names, []).append(record)
    return by_names


def _given(wanted: Iterable[_Field], table: Table) -> TableValuedAlias:
    """Return the rows that a statement is given, as one JSON document; for the reason see store/json_rows.py."""
    columns: dict[str, ColumnElement[Any]] = {}
    for each in wanted:
        if each.number is None:
            columns[each.column] = column(each.column, table.c[each.column].type)
        else:
            columns[each.name] = column(each.name, id_type_of(each.number))
        if each.currency is not None:
            columns[each.currency] = column(each.currency, table.c[each.currency].type)
    rows = func.json_to_recordset(cast(bindparam("given", type_=Text), JSON))
    return rows.table_valued(*columns.values(), name="given").render_derived(with_types=True)


def _written(wanted: Iterable[_Field], table: Table, given: TableValuedAlias) -> dict[str, Any]:
    """Return what stands in each column of the wanted fields, from the rows that are given."""
    values: dict[str, Any] = {}
    for each in wanted:
        if each.number is None:
            values[each.column] = given.c[each.column]
        else:
            values[each.number.name] = number_of(each.number, given.c[each.name])
        if each.currency is not None:
            values[each.currency] = given.c[each.currency]
    return values


def _fields_of(record: Any, table: Table) -> tuple[_Field, ...]:
    found = _known.get((record, table))
    if found is None:
        found = _known[record, table] = _derived(record, table)
    return found


def _derived(record: Any, table: Table) -> tuple[_Field, ...]:
    hints = get_type_hints(record)
    return tuple(_field(each.name, hints[each.name], table) for each in fields(record))


_known: dict[tuple[Any, Table], tuple[_Field, ...]] = {}


def _field(name: str, hint: Any, table: Table) -> _Field:
    if hint is Money or Money in get_args(hint):
        own = f"{name}_currency"
        return _Field(name, f"{name}_minor", own if own in table.c else "currency")
    if name not in table.c and name.endswith("_id"):
        return _Field(name, name, number=table.c[name.removesuffix("_id")])
    kinds = (kind for kind in (hint, *get_args(hint)) if isinstance(kind, type))
    return _Field(name, name, words=next((kind for kind in kinds if issubclass(kind, StrEnum)), None))
