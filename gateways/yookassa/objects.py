"""Reading parts that YooKassa's objects have in common; what cannot be read raises ValueError."""

import re
from datetime import UTC, datetime
from typing import Any

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def is_id(text: object) -> bool:
    """Tell whether a text can be an id of YooKassa; nothing else may become a part of an address."""
    return isinstance(text, str) and _ID.fullmatch(text) is not None


def id_of(text: Any) -> str:
    """Return an id."""
    if not is_id(text):
        raise ValueError("an id that YooKassa cannot have given")
    return str(text)


def moment_of(text: str) -> datetime:
    """Return the aware UTC moment that a text means."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its time zone")
    return moment.astimezone(UTC)


def reason_of(body: dict[str, Any]) -> str:
    """Return why a payment or refund was canceled."""
    return str((body.get("cancellation_details") or {}).get("reason") or "unknown")
