"""Quotas: how much is left, and how long to wait."""

from asgi.quota import Quota


class TestQuota:
    def test_says_what_is_left_and_when_it_is_full_again(self) -> None:
        quota = Quota(3, 60, clock=lambda: 0.0)

        used = [quota.use("a") for _ in range(4)]

        assert [(one.left, one.wait_seconds, one.full_in_seconds) for one in used] == [
            (2, 0, 20),
            (1, 0, 40),
            (0, 0, 60),
            (0, 20, 60),
        ]
        assert quota.use("b").left == 2
