"""README.md, "States": when a subscription is over."""

from datetime import timedelta

from domain.subscriptions.cancel import end
from tests.domain.subscriptions.builders import END, subscription


class TestEnd:
    def test_is_not_before_the_last_change(self) -> None:
        """Whoever waited for the lock read the clock before: a charge begun meanwhile would look like one after the end."""
        charged_at = END - timedelta(hours=6)

        ended = end(subscription(updated_at=charged_at), at=charged_at - timedelta(milliseconds=4), by="buyer")

        assert ended.ended_at == charged_at

    def test_is_the_moment_of_who_ends_it(self) -> None:
        assert end(subscription(), at=END, by="buyer").ended_at == END
