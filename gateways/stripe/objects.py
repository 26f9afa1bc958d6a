"""Reading parts of Stripe's objects, which are plain dictionaries here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.gateway.errors import Unreadable


def required(parent: Mapping[str, Any], name: str) -> Any:
    """
    Return a field that must be there.

    Raises:
        Unreadable: it is missing, so the object does not say what happened.
    """
    value = parent.get(name)
    if value is None:
        raise Unreadable(f"Stripe's {parent.get('object', 'object')} {parent.get('id', '')} has no {name}")
    return value


def optional_text(parent: Mapping[str, Any], name: str) -> str:
    """
    Return a text that may be null or missing; empty then.

    Raises:
        Unreadable: it is something else.
    """
    value = parent.get(name)
    if value is not None and not isinstance(value, str):
        raise Unreadable(f"Stripe's {parent.get('object', 'object')} {parent.get('id', '')} has no text as {name}")
    return value or ""


def ref_of(value: Any) -> str | None:
    """Return the id of an object that may be expanded, or None."""
    ref = value.get("id") if isinstance(value, dict) else value
    return ref if isinstance(ref, str) else None


def expanded(value: Any) -> dict[str, Any]:
    """Return an object that may be expanded, or an empty one."""
    return value if isinstance(value, dict) else {}


def moment_of(seconds: int) -> datetime:
    """Return the aware UTC moment of a Unix time."""
    return datetime.fromtimestamp(seconds, UTC)
