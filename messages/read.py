"""Reading a body: bytes in; events and, beside them, what could not be read and why."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from pydantic import ValidationError

from messages.binary import UnableToConvert, as_structured, is_binary, misspelt_header
from messages.envelope import Envelope
from messages.faults import describe, fault_of_encoding, place_of_nul, sentence
from messages.fields import traceparent_of
from messages.queues import WEBHOOK
from messages.registry import FROM_SOMEWHERE, INTAKE
from messages.splitting import split_array

MAX_EVENT_BYTES = 65_536
MAX_WEBHOOK_BYTES = 720_896
"""A webhook carries its gateway's bytes, 512 KiB of them at the most, in base 64."""
MAX_BODY_BYTES = 1_048_576
MAX_EVENTS = 100

_TOO_DEEP = "nested too deeply to be stored: more than 250 levels"


# Never changed, yet not frozen: that would make its making several times as long, and there is one for every usage.
@dataclass(slots=True)
class Event:
    """
    A readable event.

    `sha256` is the hash of its content (type, subject, time in UTC, data; keys sorted), so a repeat
    that was serialised differently, or comes from another address, is still a repeat. `body` is the event alone, as
    bytes of JSON.
    """

    envelope: Any
    sha256: bytes
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are not an event, with the code and the sentence that say why."""

    body: bytes = field(repr=False)
    code: str
    reason: str
    source: str | None = None
    message_id: str | None = None
    traceparent: str | None = None


def read(body: bytes, *, queue: str, hashes_time: bool = True) -> list[Event | Unreadable]:
    """
    Read the body of one delivery: one event, or an array of up to 100.

    A bad event in an array is unreadable by itself; the others are read.

    Args:
        body: as it came.
        queue: where it came from; only the types of that queue are read.
        hashes_time: the moment of an event counts as its content.
    """
    if len(body) > MAX_BODY_BYTES:
        reason = f"the body is {len(body)} bytes; at most {MAX_BODY_BYTES} are accepted"
        return [Unreadable(body, "TooLarge", reason)]
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        elements = split_array(body)
        if elements is None or len(elements) == 1:
            return [_not_json(body, error)]
        return _wrong_length(body, len(elements)) or [_read_bytes(element, queue, hashes_time) for element in elements]
    if isinstance(parsed, list):
        return _wrong_length(body, len(parsed)) or [
            _read_element(element, body, queue, hashes_time) for element in parsed
        ]
    return [_read_event(parsed, body, queue, hashes_time)]


def read_message(
    body: bytes, *, queue: str, content_type: str | None, headers: Mapping[str, Any]
) -> list[Event | Unreadable]:
    """
    Read the body of one delivery in structured or in binary mode; in binary mode the bytes of what is read are the
    event in structured mode.

    Args:
        body: as it came.
        queue: where it came from; only the types of that queue are read.
        content_type: the property of the delivery.
        headers: those of the delivery.
    """
    if not is_binary(content_type, headers):
        found = read(body, queue=queue)
    else:
        try:
            found = read(as_structured(content_type, headers, body), queue=queue)
        except UnableToConvert as error:
            found = [Unreadable(body, error.code, f"in binary mode, {error}")]
    return [_with_advice(one, headers) if isinstance(one, Unreadable) else one for one in found] if headers else found


def _with_advice(unreadable: Unreadable, headers: Mapping[str, Any]) -> Unreadable:
    """Say it, too, when a header looks like an attribute and has the name of another binding."""
    name = misspelt_header(headers)
    if name is None:
        return unreadable
    advice = f"the header {describe(name)} is no attribute: in binary mode over AMQP its name begins with cloudEvents:"
    return replace(unreadable, reason=f"{unreadable.reason}; {advice}")


def _wrong_length(body: bytes, length: int) -> list[Event | Unreadable]:
    if 1 <= length <= MAX_EVENTS:
        return []
    reason = f"the array has {length} events; 1 to {MAX_EVENTS} are accepted"
    return [Unreadable(body, "WrongArrayLength", reason)]


def _read_bytes(element: bytes, queue: str, hashes_time: bool) -> Event | Unreadable:
    try:
        return _read_event(orjson.loads(element), element, queue, hashes_time)
    except orjson.JSONDecodeError as error:
        return _not_json(element, error)


def _not_json(body: bytes, error: orjson.JSONDecodeError) -> Unreadable:
    return Unreadable(body, "NotJson", f"the body is not JSON in UTF-8: {fault_of_encoding(body) or error}")


def _read_element(element: Any, array: bytes, queue: str, hashes_time: bool) -> Event | Unreadable:
    try:
        body = orjson.dumps(element)
    except orjson.JSONEncodeError:
        # It can be read to a greater depth than it can be written; the array's bytes are stored instead.
        return Unreadable(array, "TooDeep", f"an element of the array is {_TOO_DEEP}")
    return _read_event(element, body, queue, hashes_time)


def _read_event(raw: Any, body: bytes, queue: str, hashes_time: bool) -> Event | Unreadable:
    if not isinstance(raw, dict):
        return Unreadable(body, "NotAnEvent", f"this is {describe(raw)}; an object or an array of objects is wanted")

    def unreadable(code: str, reason: str) -> Unreadable:
        source, message_id = _key_part(raw.get("source")), _key_part(raw.get("id"))
        return Unreadable(body, code, reason, source, message_id, traceparent_of(raw.get("traceparent")))

    most_bytes = MAX_WEBHOOK_BYTES if queue == WEBHOOK else MAX_EVENT_BYTES
    if len(body) > most_bytes:
        return unreadable("TooLarge", f"the event is {len(body)} bytes; at most {most_bytes} are accepted")
    kind = raw.get("type")
    model = INTAKE[queue].get(kind) if isinstance(kind, str) else None
    if model is None:
        known = ", ".join(INTAKE[queue])
        return unreadable("UnknownType", f"type {describe(kind)} is not accepted on queue {queue}; known are {known}")
    data = raw.get("data")
    if model in FROM_SOMEWHERE and isinstance(data, dict) and "address" in data:
        data = {name: value for name, value in data.items() if name != "address"}
    content = [kind, raw.get("subject"), data]
    try:
        hashed = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return unreadable("TooDeep", f"subject or data is {_TOO_DEEP}")
    # PostgreSQL's text and jsonb cannot hold NUL, and one such event would fail its whole batch.
    if b"\\u0000" in hashed and (place := place_of_nul(raw)):
        return unreadable("NulCharacter", f"{place} holds the character \\u0000, which cannot be stored; leave it out")
    try:
        envelope: Envelope = model.model_validate(raw)
    except ValidationError as error:
        return unreadable("Invalid", sentence(error))
    # The moment, not its text: a repeat may write the same one with another offset.
    return Event(
        envelope, hashlib.sha256(hashed + (envelope.time.isoformat().encode() if hashes_time else b"")).digest(), body
    )


def _key_part(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    return value.replace("\0", "\\u0000")[:128]
