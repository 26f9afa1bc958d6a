"""What a notice says, as JSON for messages and the store, and back."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_type_hints

from domain.money import Money, UnableToCount
from domain.notices.notice import CONTENT, NoticeContent, NoticeKind


class UnableToReadNotice(ValueError):
    """A field of a notice is missing, or is not what it should be."""


def json_of(content: NoticeContent) -> dict[str, Any]:
    """Return what a notice says as JSON; what is None is left out."""
    values = {field.name: getattr(content, field.name) for field in fields(content)}
    return {name: _written(value) for name, value in values.items() if value is not None}


def content_of(kind: NoticeKind, written: Mapping[str, Any]) -> NoticeContent:
    """
    Return what a notice says, from its JSON.

    Fields that this release does not know are left out: a newer one may run beside it.

    Args:
        kind: decides which fields there are.
        written: as `json_of` returned it.

    Raises:
        UnableToReadNotice: a field is missing or wrong; the sentence names the kind and the field.
    """
    model = CONTENT[kind]
    values: dict[str, Any] = {}
    for field in fields(model):
        if written.get(field.name) is not None:
            try:
                values[field.name] = _read(_type_of(kind, field.name), written[field.name])
            except (ValueError, TypeError, KeyError) as error:
                raise UnableToReadNotice(f"{field.name} of {kind} is {written[field.name]!r}: {error}") from error
        elif field.default is MISSING:
            raise UnableToReadNotice(f"{kind} lacks {field.name}")
    return model(**values)


def _written(value: Any) -> Any:
    match value:
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case StrEnum():
            return value.value
        case _:
            return value


def _read(wanted: type[Any], value: Any) -> Any:
    if wanted is Money:
        try:
            return Money(_read(int, value["minor"]), value["currency"])
        except UnableToCount as error:
            raise ValueError(str(error)) from error
    if wanted is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("a moment needs an offset")
        return moment.astimezone(UTC)
    if wanted is date:
        return date.fromisoformat(value)
    if issubclass(wanted, StrEnum):
        return wanted(value)
    # Exactly: True is an int to Python, and no number of seconds.
    if type(value) is not wanted:
        raise TypeError(f"wanted is {wanted.__name__}")
    return value


@cache
def _type_of(kind: NoticeKind, name: str) -> type[Any]:
    hint = get_type_hints(CONTENT[kind])[name]
    wanted: type[Any] = next((part for part in get_args(hint) if part is not type(None)), hint)
    return wanted
