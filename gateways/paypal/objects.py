"""Reading parts that PayPal's objects have in common."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.gateway.errors import Unreadable

Body = Mapping[str, Any]


def link(body: Body, *relations: str) -> str | None:
    """Return the address that an object links to by the first of some relations."""
    links = [one for one in body.get("links") or [] if isinstance(one, Mapping)]
    for relation in relations:
        for one in links:
            if one.get("rel") == relation and isinstance(one.get("href"), str):
                return str(one["href"])
    return None


def linked(body: Body, relation: str, kind: str) -> str | None:
    """Return the id at the end of a link such as `…/captures/3C6`, if the link is of that kind."""
    parts = (link(body, relation) or "").partition("?")[0].rstrip("/").split("/")
    return parts[-1] if len(parts) >= 2 and parts[-2] == kind else None


def moment_of(text: object, now: datetime) -> datetime:
    """Return the aware UTC moment that a text of PayPal's means, or `now` where it means none."""
    if not isinstance(text, str):
        return now
    try:
        read_moment = datetime.fromisoformat(text)
    except ValueError:
        return now
    return read_moment.astimezone(UTC) if read_moment.tzinfo else now


def reason_of(body: Body) -> str | None:
    """Return why a capture or refund is as it is, if PayPal says it."""
    processor = (body.get("processor_response") or {}).get("response_code")
    reason = processor or (body.get("status_details") or {}).get("reason")
    return str(reason) if reason else None


def first(items: Any) -> Body:
    """Return the first of some objects; raises Unreadable if there is none."""
    if isinstance(items, list) and items and isinstance(items[0], Mapping):
        return items[0]
    raise Unreadable("PayPal's answer lacks the part that says what it is about")


def required(body: Body, name: str) -> str:
    """Return a text that must be there; raises Unreadable if it is not."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"PayPal's answer has no {name}")
    return value
