"""Lists: filters, pages of at most a hundred, and the cursor to the next."""

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any

from tests.doubles.yookassa.objects import invalid

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"gte": ge, "gt": gt, "lte": le, "lt": lt}
_MOMENTS = {"payments": ("created_at", "captured_at"), "refunds": ("created_at",)}
_FIELDS = {"payments": ("status",), "refunds": ("status", "payment_id")}
_MOST = 100
_DEFAULT = 10


def page_of(kind: str, bodies: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """
    Return one page as YooKassa lists it.

    Args:
        kind: `payments` or `refunds`.
        bodies: all of them, newest first.
        query: as it stood in the address.
    """
    limit, cursor = _limit(query), query.get("cursor")
    for name, value in query.items():
        if name not in ("limit", "cursor"):
            bodies = [body for body in bodies if _fits(kind, name, value, body)]
    if cursor is not None:
        ids = [body["id"] for body in bodies]
        if cursor not in ids:
            raise invalid("Illegal cursor", "cursor")
        bodies = bodies[ids.index(cursor) :]
    page: dict[str, Any] = {"type": "list", "items": bodies[:limit]}
    if len(bodies) > limit:
        page["next_cursor"] = bodies[limit]["id"]
    return page


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(_DEFAULT))
    if not text.isdecimal() or not 1 <= int(text) <= _MOST:
        raise invalid("Illegal limit", "limit")
    return int(text)


def _fits(kind: str, name: str, value: str, body: dict[str, Any]) -> bool:
    if name in _FIELDS[kind]:
        return body.get(name) == value
    field, _, comparison = name.partition(".")
    if field not in _MOMENTS[kind] or comparison not in _COMPARISONS:
        raise invalid("Unknown parameter", name)
    try:
        bound = datetime.fromisoformat(value)
    except ValueError as error:
        raise invalid("Illegal moment", name) from error
    return field in body and _COMPARISONS[comparison](datetime.fromisoformat(body[field]), bound)
