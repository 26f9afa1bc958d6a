"""DirectConnection: gives consumers what pika's own decoder would, however the stream is cut."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pika
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pika.adapters.select_connection import SelectConnection
from pika.exceptions import BodyTooLongError, InvalidFrameError

from broker.decoding import DirectConnection
from tests.broker.amqp_bytes import NO_NUMBERS, STRANGE_HEADERS, body_frames, deliver, encoded, frame, header

CHANNEL_CLOSE = b"\x00\x14\x00\x28\x01\x40\x04gone\x00\x00\x00\x00"
HEARTBEAT = frame(8, 0, b"")

Received = tuple[int, int, bool, str, str, pika.BasicProperties, bytes]


class _Endpoint:
    """A connection that is open without a socket, with consumers on some channels that record what they get."""

    def __init__(self, kind: type[SelectConnection], *, channels: int = 3) -> None:
        self.received: list[Received] = []
        self.sent: list[Any] = []
        self.connection = _unopened(kind)
        for number in range(1, channels + 1):
            channel = self.connection._create_channel(number, None)
            channel._state = channel.OPEN
            channel._consumers["consumer"] = self._record
            channel.connection._send_method = lambda number, method, content=None: self.sent.append((number, method))
            self.connection._channels[number] = channel

    def feed(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection._on_data_available(piece)

    def _record(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        if isinstance(properties, bytes):
            properties = pika.BasicProperties().decode(properties)
        self.received.append(
            (
                channel.channel_number,
                method.delivery_tag,
                method.redelivered,
                method.exchange,
                method.routing_key,
                properties,
                body,
            )
        )


def _unopened(kind: type[SelectConnection]) -> Any:
    return kind(pika.ConnectionParameters(), internal_connection_workflow=False)


def _delivery(tag: int, body: bytes, properties: bytes = b"\x00\x00", *, channel: int = 1, **more: Any) -> bytes:
    frames = [deliver(channel, tag, **more), header(channel, len(body), properties), *body_frames(channel, body)]
    return b"".join(frames)


USUAL = encoded(content_type="application/cloudevents+json", delivery_mode=2, message_id="id-1")
EVERY_TYPE = encoded(
    headers={
        "text": "текст",
        "bytes": b"\xff\x00",
        "yes": True,
        "small": 7,
        "large": 2**40,
        "below zero": -1,
        "decimal": Decimal("1.25"),
        "moment": datetime(2026, 11, 27, tzinfo=UTC),
        "nothing": None,
        "list": [1, "two", None, [3]],
        "table": {"inner": {"innermost": True}},
    }
)


class TestDecodes:
    @pytest.mark.parametrize(
        "body", [b"", b"x", b"\xce" * 50, b"y" * 300_000], ids=["empty", "one byte", "ends of frames", "over frame_max"]
    )
    @pytest.mark.parametrize("properties", [b"\x00\x00", USUAL, EVERY_TYPE], ids=["none", "usual", "every type"])
    def test_gives_what_pika_gives(self, body: bytes, properties: bytes) -> None:
        stream = _delivery(1, body, properties) + _delivery(2, b"next", redelivered=True)

        ours, theirs = _both(stream)

        assert len(ours.received) == 2
        assert ours.received == theirs.received
        assert _counters(ours) == _counters(theirs)

    def test_gives_the_same_cut_at_every_byte(self) -> None:
        stream = _delivery(1, b"first", EVERY_TYPE) + HEARTBEAT + _delivery(2, b"") + _delivery(3, b"third", USUAL)
        whole = _Endpoint(SelectConnection)
        whole.feed(stream)

        for cut in range(1, len(stream)):
            ours = _Endpoint(DirectConnection)
            ours.feed(stream[:cut], stream[cut:])
            assert ours.received == whole.received
        by_bytes = _Endpoint(DirectConnection)
        by_bytes.feed(*(stream[place : place + 1] for place in range(len(stream))))
        assert by_bytes.received == whole.received
        assert _counters(by_bytes) == _counters(whole)

    def test_keeps_the_channels_apart(self) -> None:
        first, second = b"a" * 200_000, b"b" * 200_000
        frames = [
            deliver(1, 1),
            deliver(2, 1),
            header(2, len(second), USUAL),
            header(1, len(first), b"\x00\x00"),
            *(part for pair in zip(body_frames(1, first), body_frames(2, second), strict=True) for part in pair),
        ]

        ours, theirs = _both(b"".join(frames))

        assert [(channel, body[:1], len(body)) for channel, *_, body in ours.received] == [
            (1, b"a", 200_000),
            (2, b"b", 200_000),
        ]
        assert ours.received == theirs.received

    def test_leaves_out_a_cancelled_consumer_and_answers_as_pika_does(self) -> None:
        endpoints = [_Endpoint(kind) for kind in (DirectConnection, SelectConnection)]
        for endpoint in endpoints:
            channel = endpoint.connection._channels[1]
            del channel._consumers["consumer"]
            channel._cancelled.add("consumer")
            endpoint.feed(_delivery(7, b"late") + _delivery(8, b"other", channel=2))

        assert [tag for _, tag, *_ in endpoints[0].received] == [8]
        assert endpoints[0].received == endpoints[1].received
        answers = [[(number, type(method), method.delivery_tag) for number, method in each.sent] for each in endpoints]
        assert answers[0] == [(1, pika.spec.Basic.Reject, 7)] == answers[1]

    def test_drops_a_delivery_for_a_channel_or_a_consumer_that_is_not_there(self) -> None:
        ours, theirs = _both(
            _delivery(1, b"x", channel=9) + _delivery(2, b"y", consumer="stranger") + _delivery(3, b"z")
        )

        assert [tag for _, tag, *_ in ours.received] == [3]
        assert ours.received == theirs.received

    def test_forgets_a_delivery_whose_channel_was_closed_in_between(self) -> None:
        ours = _Endpoint(DirectConnection)

        ours.feed(deliver(1, 1) + header(1, 10, USUAL) + body_frames(1, b"half")[0])
        ours.feed(frame(1, 1, CHANNEL_CLOSE) + _delivery(2, b"other", channel=2))

        assert [(channel, tag, body) for channel, tag, *_, body in ours.received] == [(2, 2, b"other")]
        assert ours.connection._partial == {}

    @pytest.mark.parametrize("properties", (STRANGE_HEADERS | NO_NUMBERS).values(), ids=STRANGE_HEADERS | NO_NUMBERS)
    def test_hands_on_properties_that_nobody_can_decode(self, properties: bytes) -> None:
        received: list[tuple[Any, bytes]] = []
        ours = _Endpoint(DirectConnection)
        ours.connection._channels[1]._consumers["consumer"] = lambda _c, _m, raw, body: received.append((raw, body))

        ours.feed(_delivery(1, b"strange", properties) + _delivery(2, b"next"))

        assert received == [(properties, b"strange"), (b"\x00\x00", b"next")]

    def test_refuses_a_frame_without_its_end(self) -> None:
        with pytest.raises(InvalidFrameError):
            _Endpoint(DirectConnection).feed(deliver(1, 1)[:-1] + b"\x00")

    def test_refuses_a_body_that_is_longer_than_was_said(self) -> None:
        with pytest.raises(BodyTooLongError):
            _Endpoint(DirectConnection).feed(deliver(1, 1) + header(1, 2, USUAL) + body_frames(1, b"long")[0])


_BODY = st.one_of(st.binary(max_size=40), st.integers(131_060, 131_070).map(lambda length: b"z" * length))
_DELIVERY = st.tuples(st.integers(1, 3), _BODY, st.sampled_from([b"\x00\x00", USUAL, EVERY_TYPE]), st.booleans())


class TestTheSameStream:
    @given(deliveries=st.lists(_DELIVERY, max_size=6), draw=st.data())
    def test_gives_the_same_deliveries_through_both_decoders(
        self, deliveries: list[tuple[int, bytes, bytes, bool]], draw: st.DataObject
    ) -> None:
        waiting: dict[int, list[bytes]] = {}
        for tag, (channel, body, properties, again) in enumerate(deliveries, 1):
            frames = [deliver(channel, tag, redelivered=again), header(channel, len(body), properties)]
            waiting.setdefault(channel, []).extend([*frames, *body_frames(channel, body)])
        # Frames of one channel keep their order; those of others may stand between any two.
        stream = b""
        while waiting:
            channel = draw.draw(st.sampled_from(sorted(waiting)))
            stream += waiting[channel].pop(0) + draw.draw(st.sampled_from([b"", HEARTBEAT]))
            if not waiting[channel]:
                del waiting[channel]
        cuts = sorted(draw.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
        pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]

        ours, theirs = _Endpoint(DirectConnection), _Endpoint(SelectConnection)
        ours.feed(*pieces)
        theirs.feed(*pieces)

        assert len(ours.received) == len(deliveries)
        assert ours.received == theirs.received
        assert _counters(ours) == _counters(theirs)


def _both(stream: bytes) -> tuple[_Endpoint, _Endpoint]:
    ours, theirs = _Endpoint(DirectConnection), _Endpoint(SelectConnection)
    ours.feed(stream)
    theirs.feed(stream)
    return ours, theirs


def _counters(endpoint: _Endpoint) -> tuple[int, int]:
    """By these pika decides whether the broker is still there."""
    return endpoint.connection.bytes_received, endpoint.connection.frames_received
