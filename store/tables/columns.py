"""The kinds of column that tables are made of; a fresh one for each use, as SQLAlchemy wants it."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Integer,
    LargeBinary,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB, UUID


def identity() -> Any:
    """Return a bigint that the database counts up; gaps are normal."""
    return Column(BigInteger, Identity(always=True), primary_key=True)


def reserved_id() -> Any:
    """Return a bigint that is usually reserved from its sequence before the row is written; gaps are normal."""
    return Column(BigInteger, Identity(always=False), primary_key=True)


def number(**options: Any) -> Any:
    """Return an integer that the database counts up, by which other rows refer to this one."""
    return Column(Integer, Identity(always=True), **options)


def one_of(name: str, *values: str, null: bool = False, default: str | None = None, **options: Any) -> Any:
    """Return a column of the PostgreSQL enumeration `name`; four bytes, whatever the values are called."""
    return Column(ENUM(*map(str, values), name=name), nullable=null, server_default=_quoted(default), **options)


def in_enum(column: str, members: Iterable[StrEnum]) -> str:
    """Return the condition that a column is one of some members, in the order in which the enumeration has them."""
    wanted = set(members)
    ordered = [f"'{member}'" for member in type(next(iter(wanted))) if member in wanted]
    return f"{column} IN ({', '.join(ordered)})"


def computed(expression: str) -> Any:
    """Return a bigint that PostgreSQL computes from other columns of its row."""
    return Column(BigInteger, Computed(expression, persisted=True))


def bigint(*references: ForeignKey, null: bool = False, default: int | None = None, **options: Any) -> Any:
    """Return a bigint."""
    return Column(BigInteger, *references, nullable=null, server_default=_number_text(default), **options)


def integer(*references: ForeignKey, null: bool = False, default: int | None = None, **options: Any) -> Any:
    """Return an integer."""
    return Column(Integer, *references, nullable=null, server_default=_number_text(default), **options)


def string(*references: ForeignKey, null: bool = False, default: str | None = None, **options: Any) -> Any:
    """Return a text; lengths are the contracts' business."""
    return Column(Text, *references, nullable=null, server_default=_quoted(default), **options)


def boolean() -> Any:
    """Return a boolean, NOT NULL, false unless given."""
    return Column(Boolean, nullable=False, server_default=text("false"))


def moment(*, null: bool = False, now: bool = False, **options: Any) -> Any:
    """Return a timestamptz; with `now`, the moment of the transaction unless given."""
    default = text("now()") if now else None
    return Column(DateTime(timezone=True), nullable=null, server_default=default, **options)


def day(*, null: bool = False) -> Any:
    """Return a date without a time of day."""
    return Column(Date, nullable=null)


def time_of_day(*, null: bool = False) -> Any:
    """Return a time of day, without a date and without a zone."""
    return Column(Time, nullable=null)


def raw_bytes(*, null: bool = False, **options: Any) -> Any:
    """Return a bytea: unlike text and jsonb it can hold whatever a producer sent, `\\u0000` too."""
    return Column(LargeBinary, nullable=null, **options)


def document(*, null: bool = True) -> Any:
    """Return a jsonb."""
    return Column(JSONB, nullable=null)


def uuid(*, null: bool = False, **options: Any) -> Any:
    """Return a uuid, as text in Python."""
    return Column(UUID(as_uuid=False), nullable=null, **options)


def _number_text(default: int | None) -> Any:
    return None if default is None else text(str(default))


def _quoted(default: str | None) -> Any:
    return None if default is None else text(f"'{default}'")
