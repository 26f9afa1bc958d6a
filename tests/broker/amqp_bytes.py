"""AMQP as bytes: frames, and properties that no client library would write."""

import struct
from typing import Any

import pika

FRAME_END = b"\xce"


class RawProperties(pika.BasicProperties):
    """Properties that are published with the very bytes they are made with."""

    def __init__(self, encoded: bytes) -> None:
        super().__init__()
        self.encoded = encoded

    def encode(self) -> list[bytes]:
        return [self.encoded]


def short_text(value: bytes) -> bytes:
    """A text of at most 255 bytes."""
    return bytes([len(value)]) + value


def table(*fields: tuple[bytes, bytes]) -> bytes:
    """A table of names and values, each value with its type before it."""
    content = b"".join(short_text(name) + value for name, value in fields)
    return struct.pack(">I", len(content)) + content


def headers_only(*fields: tuple[bytes, bytes]) -> bytes:
    """Properties of a persistent message that have nothing but headers."""
    return struct.pack(">H", 1 << 13 | 1 << 12) + table(*fields) + b"\x02"


def moment(seconds: int) -> bytes:
    """A timestamp, which may lie beyond what Python can hold."""
    return b"T" + struct.pack(">Q", seconds)


def nested(depth: int) -> bytes:
    """A table in a table in a table."""
    value = b"V"
    for _ in range(depth):
        value = b"F" + table((b"k", value))
    return value


def nested_arrays(depth: int) -> bytes:
    """An array in an array in an array."""
    value = b"V"
    for _ in range(depth):
        value = b"A" + struct.pack(">I", len(value)) + value
    return value


STRANGE_HEADERS = {
    "a moment in milliseconds": headers_only((b"sent_at", moment(1_795_000_000_000))),
    "the last moment there is": headers_only((b"sent_at", moment(2**64 - 1))),
    "a decimal of 255 places": headers_only((b"price", b"D\xff" + struct.pack(">i", -7))),
    "deep": headers_only((b"deep", nested(40))),
    "a name that is no text": headers_only((b"\xff\xfe", b"V")),
    "a text that is none": headers_only((b"name", b"S" + struct.pack(">I", 2) + b"\xff\xfe")),
    "a message-id that is no text": struct.pack(">H", 1 << 12 | 1 << 7) + b"\x02" + short_text(b"\xff\xfe"),
    "a content type that is no text": struct.pack(">H", 1 << 15 | 1 << 12) + short_text(b"\xe9") + b"\x02",
}
"""Properties that RabbitMQ takes, and that pika does not decode, or not to a text."""

NO_NUMBERS = {
    "no number": headers_only((b"ratio", b"d" + struct.pack(">d", float("nan")))),
    "without end": headers_only((b"ratio", b"f" + struct.pack(">f", float("inf")))),
}
"""RabbitMQ itself closes the connection of whoever publishes these; what another version lets pass must not stop us."""


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """One frame."""
    return struct.pack(">BHL", kind, channel, len(payload)) + payload + FRAME_END


def deliver(channel: int, tag: int, *, consumer: str = "consumer", redelivered: bool = False) -> bytes:
    """The method frame that begins a delivery."""
    payload = b"\x00\x3c\x00\x3c" + short_text(consumer.encode()) + struct.pack(">QB", tag, redelivered)
    return frame(1, channel, payload + short_text(b"screph") + short_text(b"minute-usage"))


def header(channel: int, body_bytes: int, properties: bytes) -> bytes:
    """The header frame of a delivery."""
    return frame(2, channel, struct.pack(">HHQ", 60, 0, body_bytes) + properties)


def body_frames(channel: int, body: bytes, most_bytes: int = 131_064) -> list[bytes]:
    """The body frames of a delivery."""
    return [frame(3, channel, body[start : start + most_bytes]) for start in range(0, len(body), most_bytes)]


def encoded(**values: Any) -> bytes:
    """Properties as pika writes them."""
    return b"".join(pika.BasicProperties(**values).encode())
