"""README.md, "States": when a subscription is over."""

from datetime import timedelta

import pytest

from domain.refusal import Refusal
from domain.subscriptions.cancel import cancel, end
from tests.domain.subscriptions.builders import END, subscription


class TestEnd:
    def test_is_not_before_the_last_change(self) -> None:
        """Whoever waited for the lock read the clock before: a charge begun meanwhile would look like one after the end."""
        charged_at = END - timedelta(hours=6)

        ended = end(subscription(updated_at=charged_at), at=charged_at - timedelta(milliseconds=4), by="buyer")

        assert ended.ended_at == charged_at

    def test_is_the_moment_of_who_ends_it(self) -> None:
        assert end(subscription(), at=END, by="buyer").ended_at == END


class TestCancellation:
    @pytest.mark.parametrize("at_period_end", [False, True], ids=["now", "at the period's end"])
    def test_is_not_before_the_last_change(self, at_period_end: bool) -> None:
        """A charge that began while it waited for the lock was not begun after it."""
        charged_at = END - timedelta(hours=6)
        charged, asked_at = subscription(updated_at=charged_at), charged_at - timedelta(milliseconds=4)

        cancelled = cancel(charged, by="buyer", reason=None, at_period_end=at_period_end, at=asked_at)

        assert not isinstance(cancelled, Refusal)
        assert (cancelled.cancelled_at, cancelled.updated_at) == (charged_at, charged_at)
        assert cancelled.ended_at == (None if at_period_end else charged_at)
