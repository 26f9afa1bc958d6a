"""How a subscription begins, and what its trial is."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.money import Money
from domain.periods import PeriodUnit
from domain.subscriptions.cancel import pause, resume
from domain.subscriptions.renew import DueStep, PaidPeriod, decide_due, next_period, with_paid_period
from domain.subscriptions.subscription import PENDING_FOR, Subscription, SubscriptionStatus, renewal_opens_at
from domain.subscriptions.trial import Opening, begin_trial, decide_opening, without_trial
from tests.domain.subscriptions.builders import START, subscription

DAY = timedelta(days=1)
TRIAL_END = START + 14 * DAY


def waiting() -> Subscription:
    """A subscription that waits for the method of its trial."""
    nothing = dict.fromkeys(("anchor_at", "period_start", "period_end", "paid_order_id"))
    return subscription(status=SubscriptionStatus.PENDING, trial_days=14, trial_seconds=1_800, **nothing)


class TestOpening:
    @pytest.mark.parametrize(
        ("days", "has_had_trial", "has_method", "needs_method", "opening"),
        [
            (None, False, True, True, Opening.PAY),
            (14, True, True, True, Opening.PAY),
            (14, True, False, False, Opening.PAY),
            (14, False, False, True, Opening.SAVE_METHOD),
            (14, False, True, True, Opening.BEGIN),
            (14, False, False, False, Opening.BEGIN),
        ],
    )
    def test_is_a_trial_once_and_with_a_method_where_one_helps(
        self, days: int | None, has_had_trial: bool, has_method: bool, needs_method: bool, opening: Opening
    ) -> None:
        found = decide_opening(days, has_had_trial=has_had_trial, has_method=has_method, needs_method=needs_method)

        assert found is opening


class TestTrial:
    def test_is_the_first_period_and_is_charged_at_its_end(self) -> None:
        begun = begin_trial(waiting(), at=START)

        assert (begun.status, begun.is_on_trial) == (SubscriptionStatus.ACTIVE, True)
        assert (begun.period_start, begun.period_end, begun.trial_ends_at) == (START, TRIAL_END, TRIAL_END)
        assert begun.next_attempt_at == begun.due_at == TRIAL_END
        assert decide_due(begun, at=TRIAL_END - timedelta(seconds=1)) is DueStep.WAIT
        assert decide_due(begun, at=TRIAL_END) is DueStep.CHARGE

    def test_is_followed_by_whole_periods_from_its_end(self) -> None:
        begun = begin_trial(waiting(), at=START)
        period = next_period(begun, PeriodUnit.MONTH, at=TRIAL_END + timedelta(minutes=1))

        assert period.starts_at == TRIAL_END
        assert period.ends_at == TRIAL_END.replace(month=3)
        assert period.ends_at is not None
        paid = PaidPeriod(
            "first", "small", "Small", Money(19_900, "RUB"), 6_000, None, PeriodUnit.MONTH, TRIAL_END, period.ends_at
        )
        renewed = with_paid_period(replace(begun, order_id="first"), paid, at=TRIAL_END)

        assert (renewed.is_on_trial, renewed.trial_ends_at, renewed.anchor_at) == (False, TRIAL_END, TRIAL_END)
        assert renewal_opens_at(renewed) == period.ends_at - timedelta(hours=6)

    def test_that_is_paused_goes_on_to_its_end(self) -> None:
        paused = pause(begin_trial(waiting(), at=START), until=None, at=START + DAY)
        assert isinstance(paused, Subscription)

        resumed = resume(paused, at=START + 2 * DAY)

        assert isinstance(resumed, Subscription)
        assert resumed.next_attempt_at == TRIAL_END

    def test_waits_for_days_and_then_ends(self) -> None:
        assert waiting().awaits_trial
        assert decide_due(waiting(), at=START + PENDING_FOR - timedelta(seconds=1)) is DueStep.WAIT
        assert decide_due(waiting(), at=START + PENDING_FOR) is DueStep.END

    def test_may_be_given_up_for_paying_at_once(self) -> None:
        paying = without_trial(waiting(), "order", at=START)

        assert (paying.awaits_trial, paying.trial_seconds, paying.order_id) == (False, None, "order")
        assert paying.due_at == START + PENDING_FOR
