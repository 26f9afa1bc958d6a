"""How often an address may call."""

from ipaddress import ip_address

from asgi.rate_limit import RateLimit


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
