"""Deliveries read straight from the buffer: quicker than pika's frames, and a strange header stops no connection."""

import logging
from struct import Struct
from typing import Any

import pika
from pika import frame, spec
from pika.adapters.select_connection import SelectConnection
from pika.exceptions import BodyTooLongError, InvalidFrameError

from broker.byte_budget import ByteShare

log = logging.getLogger(__name__)

_FRAME = Struct(">BHL").unpack_from
_SIZE = Struct(">Q").unpack_from
_TAG = Struct(">QB").unpack_from

_DELIVER = b"\x00\x3c\x00\x3c"
_SIZE_AT, _PROPERTIES_AT = 4, 12
"""Within the payload of a header frame: the size of the body, and the flags with the properties behind them."""

FRAME_HEADER_BYTES, FRAME_END_BYTES = 7, 1


class _Partial:
    """A delivery of which some frames are still to come; without `properties` its header is."""

    __slots__ = ("method", "missing_bytes", "parts", "properties", "size_bytes")

    def __init__(self, method: Any) -> None:
        self.method = method
        self.properties: bytes | None = None
        self.parts: list[bytes] = []
        self.size_bytes = self.missing_bytes = 0


class DirectConnection(SelectConnection):
    """
    pika's connection, with deliveries decoded by ourselves.

    A consumer gets the bytes of the properties in place of pika's object: pika decodes every header at once, and a
    single timestamp beyond the year 9999 would end the connection, again and again, with everything behind it in
    the queue. `broker.properties.read_properties` reads them when somebody asks. All other frames go pika's way.
    pika is pinned to one version because of the private parts that are used here.
    """

    _frame_buffer: bytes

    def __init__(self, *args: Any, **named: Any) -> None:
        self._partial: dict[int, _Partial] = {}
        self.share: ByteShare | None = None
        self._is_reading = True
        super().__init__(*args, **named)

    def _on_data_available(self, data_in: bytes) -> None:
        buffer = self._frame_buffer + data_in if self._frame_buffer else data_in
        self._frame_buffer = b""
        offset, length = 0, len(buffer)
        while length - offset > FRAME_HEADER_BYTES:
            kind, channel_number, size = _FRAME(buffer, offset)
            start = offset + FRAME_HEADER_BYTES
            end = start + size
            if kind > spec.FRAME_HEARTBEAT:
                # The header of another protocol version has no size; pika knows what it means.
                end = min(offset + FRAME_HEADER_BYTES, length - FRAME_END_BYTES)
            if end >= length:
                break
            if kind <= spec.FRAME_BODY and buffer[end] != spec.FRAME_END:
                raise InvalidFrameError("Invalid FRAME_END marker")
            self.bytes_received += end + FRAME_END_BYTES - offset
            if self._is_of_delivery(kind, channel_number, buffer, start, end):
                self.frames_received += 1
            else:
                _, decoded = self._decode(buffer[offset : end + FRAME_END_BYTES])
                self._process_frame(decoded)
            offset = end + FRAME_END_BYTES
        self._frame_buffer = buffer[offset:]

    def regulate(self) -> None:
        """
        Read from the broker only while the share of the bytes is not full; to be called every now and then.

        What is not read waits in the broker, which then sends no more. Heartbeats are not read either, so the silence
        must not be taken for a broker that is gone.
        """
        if self.share is None or self._transport is None or not self.is_open:
            return
        transport = self._transport
        if not self._is_reading:
            self.bytes_received += 1
        if self.share.is_full is self._is_reading:
            self._is_reading = not self._is_reading
            if self._is_reading:
                transport._nbio.set_reader(transport._sock.fileno(), transport._on_socket_readable)
            else:
                transport._nbio.remove_reader(transport._sock.fileno())

    def _decode(self, whole: bytes) -> tuple[int, Any]:
        return frame.decode_frame(whole)

    def _is_of_delivery(self, kind: int, channel_number: int, buffer: bytes, start: int, end: int) -> bool:
        """Take in a frame if it belongs to a delivery; the last one hands the delivery to its consumer."""
        if kind == spec.FRAME_METHOD:
            # A method in place of the rest means that the rest does not come: the channel is being closed.
            self._partial.pop(channel_number, None)
            if buffer[start : start + 4] != _DELIVER:
                return False
            self._partial[channel_number] = _Partial(_read_deliver(buffer, start + 4))
            return True
        partial = self._partial.get(channel_number)
        if partial is None:
            return False
        if kind == spec.FRAME_HEADER:
            (partial.size_bytes,) = _SIZE(buffer, start + _SIZE_AT)
            partial.missing_bytes = partial.size_bytes
            partial.properties = buffer[start + _PROPERTIES_AT : end]
        elif kind == spec.FRAME_BODY:
            partial.parts.append(buffer[start:end])
            partial.missing_bytes -= end - start
        else:
            return False
        if partial.missing_bytes < 0:
            raise BodyTooLongError(partial.size_bytes - partial.missing_bytes, partial.size_bytes)
        if not partial.missing_bytes:
            del self._partial[channel_number]
            self._deliver(channel_number, partial)
        return True

    def _deliver(self, channel_number: int, delivery: _Partial) -> None:
        channel, method = self._channels.get(channel_number), delivery.method
        if channel is None:
            log.debug("a delivery came for a channel that is closed; it will be delivered again")
            return
        if method.consumer_tag in channel._cancelled:
            if channel.is_open and method.consumer_tag not in channel._consumers_with_noack:
                channel.basic_reject(method.delivery_tag)
            return
        callback = channel._consumers.get(method.consumer_tag)
        if callback is None:
            log.error("a delivery came for a consumer that is not ours: %s", method.consumer_tag)
            return
        if self.share is not None:
            self.share.change(delivery.size_bytes + len(delivery.properties or b""))
            self.regulate()
        body = delivery.parts[0] if len(delivery.parts) == 1 else b"".join(delivery.parts)
        callback(channel, method, delivery.properties, body)


def open_connection(parameters: Any, share: ByteShare | None = None) -> pika.BlockingConnection:
    """
    Open a connection whose consumers get the bytes of the properties.

    Args:
        parameters: pika's, or a list of them, which are tried in order.
        share: of the bytes that a process may hold; whoever consumes counts what was answered.
    """
    connection = pika.BlockingConnection(parameters, _impl_class=DirectConnection)
    connection._impl.share = share
    return connection


def _read_deliver(buffer: bytes, offset: int) -> Any:
    consumer_tag, offset = _short_text(buffer, offset)
    delivery_tag, bits = _TAG(buffer, offset)
    exchange, offset = _short_text(buffer, offset + 9)
    routing_key, _ = _short_text(buffer, offset)
    return spec.Basic.Deliver(consumer_tag, delivery_tag, bool(bits & 1), exchange, routing_key)


def _short_text(buffer: bytes, offset: int) -> tuple[str, int]:
    end = offset + 1 + buffer[offset]
    return buffer[offset + 1 : end].decode("utf-8", "backslashreplace"), end
