"""Who sent a request: the first address from the right that is not a trusted proxy."""

from ipaddress import ip_address

import pytest

from asgi.peers import address_of, networks_of, peer_of

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
