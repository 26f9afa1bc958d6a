"""The webhook door's limits and whom it believes about addresses."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_address

import pytest

from relay.limits import DRAIN_BYTES, RateLimit, TooLarge, read_capped
from relay.peers import address_of, networks_of, peer_of

TRUSTED = networks_of(["10.0.0.0/8", "127.0.0.1", "fd00::/8"])


class TestPeer:
    @pytest.mark.parametrize(
        ("socket_host", "forwarded", "peer"),
        [
            ("203.0.113.7", [], "203.0.113.7"),
            ("203.0.113.7", ["185.71.76.1"], "203.0.113.7"),  # a stranger's header
            ("10.0.0.1", [], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.7"], "203.0.113.7"),
            ("10.0.0.1", ["185.71.76.1, 203.0.113.7"], "203.0.113.7"),  # the left part is invented
            ("10.0.0.1", ["185.71.76.1, 203.0.113.7, 10.2.3.4"], "203.0.113.7"),
            ("10.0.0.1", ["185.71.76.1", "203.0.113.7"], "203.0.113.7"),  # two headers are one list
            ("10.0.0.1", ["10.9.9.9, 10.2.3.4"], "10.9.9.9"),
            ("10.0.0.1", ["203.0.113.7, nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.7, unknown, 10.2.3.4"], "10.2.3.4"),
            ("10.0.0.1", [""], "10.0.0.1"),
            ("10.0.0.1", ["203.0.113.7:51234"], "203.0.113.7"),
            ("fd00::1", ["[2a02:5180::7]:443"], "2a02:5180::7"),
            ("fd00::1", ['"[2a02:5180::7]"'], "2a02:5180::7"),
            ("::ffff:10.0.0.1", ["::ffff:185.71.76.5"], "185.71.76.5"),
            ("::ffff:203.0.113.7", ["185.71.76.5"], "203.0.113.7"),
        ],
    )
    def test_is_the_first_from_the_right_that_is_no_proxy_of_ours(
        self, socket_host: str, forwarded: list[str], peer: str
    ) -> None:
        assert peer_of(socket_host, forwarded, TRUSTED) == ip_address(peer)

    def test_is_nobody_without_a_socket_address(self) -> None:
        assert peer_of(None, ["185.71.76.1"], TRUSTED) is None

    def test_without_trusted_proxies_no_header_counts(self) -> None:
        assert peer_of("127.0.0.1", ["185.71.76.1"], ()) == ip_address("127.0.0.1")

    @pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "[", ":::", "1.2.3.4.5:80", "_hidden"])
    def test_what_is_no_address_is_none(self, text: str) -> None:
        assert address_of(text) is None


class TestRate:
    def test_a_full_bucket_at_once_and_then_one_by_one(self) -> None:
        now = [0.0]
        rate = RateLimit(4, clock=lambda: now[0])
        peer = ip_address("203.0.113.7")

        assert [rate.wait_seconds(peer) for _ in range(4)] == [0] * 4
        assert rate.wait_seconds(peer) == 0.25
        now[0] = 0.25
        assert rate.wait_seconds(peer) == 0
        assert rate.wait_seconds(peer) == 0.25

    def test_refused_requests_cost_nothing(self) -> None:
        now = [0.0]
        rate = RateLimit(1, clock=lambda: now[0])
        for _ in range(100):
            rate.wait_seconds(None)

        now[0] = 1.0

        assert rate.wait_seconds(None) == 0

    def test_addresses_do_not_share_but_a_household_does(self) -> None:
        rate = RateLimit(1, clock=lambda: 0.0)
        first, neighbour, other = (ip_address(text) for text in ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1"))

        assert rate.wait_seconds(first) == 0
        assert rate.wait_seconds(neighbour) > 0
        assert rate.wait_seconds(other) == 0
        assert rate.wait_seconds(ip_address("203.0.113.7")) == 0
        assert rate.wait_seconds(ip_address("203.0.113.8")) == 0

    def test_the_quietest_address_is_forgotten_first(self) -> None:
        rate = RateLimit(1, addresses=2, clock=lambda: 0.0)
        one, two, three = (ip_address(f"203.0.113.{n}") for n in (1, 2, 3))
        for peer in (one, two, one, three):
            rate.wait_seconds(peer)

        assert rate.wait_seconds(one) > 0
        assert rate.wait_seconds(two) == 0


class TestReading:
    @pytest.mark.parametrize("declared", [None, "10", "3", "nonsense"])
    def test_up_to_the_limit(self, declared: str | None) -> None:
        assert _read([b"01234", b"", b"56789"], declared=declared) == b"0123456789"

    @pytest.mark.parametrize("chunks", [[b"01234567890"], [b"0123456789", b"0"], [b"0"] * 11])
    def test_one_byte_more_is_too_large(self, chunks: list[bytes]) -> None:
        with pytest.raises(TooLarge):
            _read(chunks)

    def test_a_declared_length_is_enough_to_refuse(self) -> None:
        with pytest.raises(TooLarge):
            _read([b"0"], declared="11")

    def test_an_endless_body_is_not_read_for_ever(self) -> None:
        taken = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal taken
            while True:
                taken += 65_536
                yield b"0" * 65_536

        with pytest.raises(TooLarge):
            asyncio.run(read_capped(endless(), declared=None, max_bytes=10))
        assert taken <= DRAIN_BYTES + 2 * 65_536


def _read(chunks: list[bytes], *, declared: str | None = None) -> bytes:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return asyncio.run(read_capped(arriving(), declared=declared, max_bytes=10))
