"""One content of every kind of notice, with all of its fields."""

from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, get_args, get_type_hints

from domain.gateway.decline import Retry
from domain.money import Money
from domain.notices.json_form import json_of
from domain.notices.notice import CONTENT, NoticeContent, NoticeKind

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)

_VALUES: dict[Any, Any] = {
    str: "some-text",
    int: 7,
    bool: True,
    Money: Money(69_900, "RUB"),
    datetime: NOW,
    date: NOW.date(),
    Retry: Retry.NEW_METHOD,
}


def filled(kind: NoticeKind) -> NoticeContent:
    """The content of a kind, every field filled."""
    model = CONTENT[kind]
    hints = get_type_hints(model)
    return model(**{field.name: _VALUES[_kind_of(hints[field.name])] for field in fields(model)})


def filled_json(kind: NoticeKind) -> dict[str, Any]:
    """The same as messages have it."""
    return json_of(filled(kind))


def _kind_of(hint: Any) -> Any:
    return next((part for part in get_args(hint) if part is not type(None)), hint)
