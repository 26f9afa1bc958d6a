"""Properties and headers of a delivery, read from their bytes when somebody asks."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from struct import Struct, error
from typing import Any

import pika

MAX_DEPTH = 32
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep, and left out"
"""Stands for a table or an array within others that is not shown."""

DELIVERY_COUNT = "x-delivery-count"
"""Header in which a quorum queue says how often it has delivered a message before."""

_NAMES = (
    (1 << 15, "content_type"),
    (1 << 14, "content_encoding"),
    (1 << 13, "headers"),
    (1 << 12, "delivery_mode"),
    (1 << 11, "priority"),
    (1 << 10, "correlation_id"),
    (1 << 9, "reply_to"),
    (1 << 8, "expiration"),
    (1 << 7, "message_id"),
    (1 << 6, "timestamp"),
    (1 << 5, "type"),
    (1 << 4, "user_id"),
    (1 << 3, "app_id"),
    (1 << 2, "cluster_id"),
)
"""flag -> property, in the order in which they stand; all but five are short texts."""

_NUMBERS: dict[bytes, Struct] = {
    b"b": Struct(">b"),
    b"B": Struct(">B"),
    b"s": Struct(">h"),
    b"U": Struct(">h"),
    b"u": Struct(">H"),
    b"I": Struct(">i"),
    b"i": Struct(">I"),
    b"L": Struct(">q"),
    b"l": Struct(">q"),
    b"f": Struct(">f"),
    b"d": Struct(">d"),
}
"""Type of a field -> how RabbitMQ writes it."""

_SHORT, _LONG, _LONG_LONG = Struct(">H"), Struct(">I"), Struct(">Q")
_DECIMAL = Struct(">Bi")


class UnableToReadProperties(ValueError):
    """The bytes are not those of AMQP properties."""


@dataclass(frozen=True, slots=True)
class Properties:
    """
    What a producer and the broker wrote beside a body, as JSON can carry it.

    `values` are the properties that are there; `headers` the application's headers and the broker's `x-…`. What is
    no text in UTF-8 has its bytes escaped; a moment is text in ISO 8601, or a number of seconds when there is no such
    year; any other value is text.
    """

    values: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Any] = field(default_factory=dict)

    @property
    def content_type(self) -> str | None:
        """The media type of the body, if the producer says."""
        content_type: str | None = self.values.get("content_type")
        return content_type

    @property
    def redeliveries(self) -> int:
        """How often the queue has delivered this message before."""
        count = self.headers.get(DELIVERY_COUNT, 0)
        return count if type(count) is int and count > 0 else 0


def read_properties(encoded: bytes) -> Properties:
    """
    Read properties.

    Args:
        encoded: flags and properties as they stand in a header frame; none at all are no properties.

    Raises:
        UnableToReadProperties: they are cut off, or of a type that AMQP does not know.
    """
    if not encoded:
        return Properties()
    values: dict[str, Any] = {}
    try:
        (flags,), offset = _SHORT.unpack_from(encoded), 2
        for flag, name in _NAMES:
            if flags & flag:
                values[name], offset = _read_property(name, encoded, offset)
    except (error, IndexError, OverflowError) as fault:
        raise UnableToReadProperties(f"the properties are cut off: {fault}") from fault
    return Properties(headers=values.pop("headers", {}), values=values)


def read_leniently(encoded: bytes) -> Properties:
    """Read properties for whoever looks into a message; what cannot be read is a header of its own, with the bytes."""
    try:
        return read_properties(encoded)
    except UnableToReadProperties as fault:
        return Properties(headers={"unreadable": {"reason": str(fault), "hex": encoded.hex()}})


def write_properties(**values: Any) -> bytes:
    """Return the bytes of properties, named and typed as pika has them; what is None is left out."""
    return b"".join(pika.BasicProperties(**values).encode())


def _read_property(name: str, encoded: bytes, offset: int) -> tuple[Any, int]:
    match name:
        case "headers":
            return _read_table(encoded, offset, 0)
        case "delivery_mode" | "priority":
            return encoded[offset], offset + 1
        case "timestamp":
            return _LONG_LONG.unpack_from(encoded, offset)[0], offset + 8
        case _:
            return _text(encoded, offset + 1, encoded[offset])


def _read_table(encoded: bytes, offset: int, depth: int) -> tuple[dict[str, Any], int]:
    end = offset + 4 + _LONG.unpack_from(encoded, offset)[0]
    offset += 4
    table = {}
    while offset < end:
        name, offset = _text(encoded, offset + 1, encoded[offset])
        table[name], offset = _read_field(encoded, offset, depth)
    return table, offset


def _read_array(encoded: bytes, offset: int, depth: int) -> tuple[list[Any], int]:
    end = offset + 4 + _LONG.unpack_from(encoded, offset)[0]
    offset += 4
    values = []
    while offset < end:
        value, offset = _read_field(encoded, offset, depth)
        values.append(value)
    return values, offset


def _read_field(encoded: bytes, offset: int, depth: int) -> tuple[Any, int]:
    kind, offset = encoded[offset : offset + 1], offset + 1
    if kind in _NUMBERS:
        form = _NUMBERS[kind]
        (number,) = form.unpack_from(encoded, offset)
        return number if math.isfinite(number) else str(number), offset + form.size
    reader = _READERS.get(kind)
    if reader is None:
        raise UnableToReadProperties(f"a header has the type {kind!r}, which AMQP does not know")
    if depth >= MAX_DEPTH and kind in _NESTED:
        # Passed over by its length, so that it costs none of the headers beside it.
        end = offset + _LONG.size + _LONG.unpack_from(encoded, offset)[0]
        return TOO_DEEP, end
    return reader(encoded, offset, depth + 1)


def _read_long_text(encoded: bytes, offset: int, _depth: int) -> tuple[str, int]:
    return _text(encoded, offset + 4, _LONG.unpack_from(encoded, offset)[0])


def _read_moment(encoded: bytes, offset: int, _depth: int) -> tuple[Any, int]:
    (seconds,) = _LONG_LONG.unpack_from(encoded, offset)
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(), offset + 8
    except (ValueError, OverflowError, OSError):
        # Milliseconds, as a rule: the year 58876.
        return seconds, offset + 8


def _read_decimal(encoded: bytes, offset: int, _depth: int) -> tuple[str, int]:
    places, digits = _DECIMAL.unpack_from(encoded, offset)
    return str(Decimal(digits).scaleb(-places)), offset + _DECIMAL.size


_NESTED = (b"A", b"F")

_READERS: dict[bytes, Callable[[bytes, int, int], tuple[Any, int]]] = {
    b"A": _read_array,
    b"D": _read_decimal,
    b"F": _read_table,
    b"S": _read_long_text,
    b"T": _read_moment,
    b"V": lambda _encoded, offset, _depth: (None, offset),
    b"t": lambda encoded, offset, _depth: (encoded[offset] != 0, offset + 1),
    b"x": _read_long_text,
}


def _text(encoded: bytes, start: int, length: int) -> tuple[str, int]:
    end = start + length
    if end > len(encoded):
        raise UnableToReadProperties("the properties are cut off within a text")
    return encoded[start:end].decode("utf-8", "backslashreplace"), end
