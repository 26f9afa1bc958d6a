"""Reading a body: bytes in; events and, beside them, what could not be read and why."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from messages.envelope import Envelope
from messages.registry import INTAKE

MAX_EVENT_BYTES = 65_536
MAX_BODY_BYTES = 1_048_576
MAX_EVENTS = 100

_CONTENT = ("type", "subject", "time", "data")
_MAX_REASONS = 3


@dataclass(frozen=True, slots=True)
class Event:
    """
    A readable event.

    `sha256` is the hash of its content (type, subject, time, data; keys sorted), so a repeat that
    was serialised differently is still a repeat. `body` is the event alone, as bytes of JSON.
    """

    envelope: Any
    sha256: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are not an event, with the code and the sentence that say why."""

    body: bytes
    code: str
    reason: str
    source: str | None = None
    message_id: str | None = None


def read(body: bytes, *, queue: str) -> list[Event | Unreadable]:
    """
    Read the body of one delivery: one event, or an array of up to 100.

    A bad event in an array is set aside alone; the others are read.

    Args:
        body: as it came.
        queue: where it came; only the types of that queue are taken.
    """
    if len(body) > MAX_BODY_BYTES:
        reason = f"the body is {len(body)} bytes; at most {MAX_BODY_BYTES} are taken"
        return [Unreadable(body, "TooLarge", reason)]
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return [Unreadable(body, "NotJson", f"the body is not JSON in UTF-8: {error}")]
    if isinstance(parsed, dict):
        return [_read_event(parsed, body, queue)]
    if not isinstance(parsed, list):
        reason = f"the body is a JSON {type(parsed).__name__}; an object or an array of objects is wanted"
        return [Unreadable(body, "NotAnEvent", reason)]
    if not 1 <= len(parsed) <= MAX_EVENTS:
        reason = f"the array has {len(parsed)} events; 1 to {MAX_EVENTS} are taken"
        return [Unreadable(body, "WrongArrayLength", reason)]
    return [_read_element(element, body, queue) for element in parsed]


def _read_element(element: Any, array: bytes, queue: str) -> Event | Unreadable:
    try:
        body = orjson.dumps(element)
    except orjson.JSONEncodeError:
        # It can be read to a greater depth than it can be written; the array's bytes are kept instead.
        return Unreadable(array, "TooDeep", "an element of the array is nested too deeply")
    if not isinstance(element, dict):
        reason = f"this element of the array is a JSON {type(element).__name__}; an object is wanted"
        return Unreadable(body, "NotAnEvent", reason)
    return _read_event(element, body, queue)


def _read_event(raw: dict[str, Any], body: bytes, queue: str) -> Event | Unreadable:
    def unreadable(code: str, reason: str) -> Unreadable:
        return Unreadable(body, code, reason, _shown(raw.get("source")), _shown(raw.get("id")))

    if len(body) > MAX_EVENT_BYTES:
        return unreadable("TooLarge", f"the event is {len(body)} bytes; at most {MAX_EVENT_BYTES} are taken")
    kind = raw.get("type")
    model = INTAKE[queue].get(kind) if isinstance(kind, str) else None
    if model is None:
        known = ", ".join(INTAKE[queue])
        return unreadable("UnknownType", f"type {_clip(kind)} is not taken on queue {queue}; known are {known}")
    try:
        content = orjson.dumps({key: raw.get(key) for key in _CONTENT}, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return unreadable("TooDeep", "the data is nested too deeply")
    # PostgreSQL's text and jsonb cannot hold NUL, and one such event would fail its whole batch.
    if b"\\u0000" in content and _has_nul(raw):
        return unreadable("NulCharacter", "a text holds the character \\u0000, which cannot be stored")
    try:
        envelope: Envelope = model.model_validate(raw)
    except ValidationError as error:
        return unreadable("Invalid", sentence(error))
    return Event(envelope, hashlib.sha256(content).digest(), body)


def sentence(error: ValidationError) -> str:
    """Return what is wrong, where, and what was given, in one line."""
    found = error.errors(include_url=False, include_context=False)
    shown = [
        f"{'.'.join(str(part) for part in fault['loc']) or 'event'}: {fault['msg'].removeprefix('Value error, ')}"
        + ("" if isinstance(fault["input"], dict) else f" (given: {_clip(fault['input'])})")
        for fault in found[:_MAX_REASONS]
    ]
    if len(found) > _MAX_REASONS:
        shown.append(f"and {len(found) - _MAX_REASONS} more faults")
    return "; ".join(shown)


def _clip(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _shown(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.replace("\0", "\\u0000")[:128]


def _has_nul(value: Any) -> bool:
    return any("\0" in text for text in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    # A stack, not recursion: the nesting is the producer's and may be deep.
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            waiting.extend(item)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
