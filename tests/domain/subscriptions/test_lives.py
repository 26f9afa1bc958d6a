"""Random lives of a subscription: whatever comes, it is charged as it should be, and once."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.gateway.decline import Retry
from domain.refusal import Refusal
from domain.subscriptions.cancel import cancel, end, pause, resume
from domain.subscriptions.dun import Failure, after_failure, give_up, retry_at_once
from domain.subscriptions.renew import (
    DueStep,
    PaidPeriod,
    attempt_begun,
    decide_due,
    next_period,
    with_paid_period,
)
from domain.subscriptions.subscription import Subscription, SubscriptionStatus, scheduled
from tests.domain.subscriptions.builders import END, START, subscription

EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 60 * 24)),
        st.tuples(st.just("charge is"), st.sampled_from(["paid", *Retry])),
        st.tuples(st.just("buyer"), st.sampled_from(["cancel", "cancel now", "pause", "resume", "new method"])),
    ),
    max_size=60,
)


class Life:
    """A subscription with the orders that paid for it, as the workers keep them."""

    def __init__(self) -> None:
        self.now: datetime = START
        begun = subscription()
        self.subscription: Subscription = scheduled(replace(begun, next_attempt_at=END - timedelta(hours=6)))
        self.paid = [(START, END)]
        self.attempt, self.charged_when_ended = 0, 0
        self.answers: list[str] = []

    def tick(self) -> None:
        """Do what is due now."""
        for _ in range(8):
            due_at = self.subscription.due_at
            if due_at is None or due_at > self.now:
                return
            self._step()

    def _step(self) -> None:
        match decide_due(self.subscription, at=self.now):
            case DueStep.CHARGE:
                self._charge()
            case DueStep.GIVE_UP:
                self.subscription = give_up(self.subscription, at=self.now)
            case DueStep.END:
                self.subscription = end(self.subscription, at=self.now, by="us", why="nobody paid")
            case DueStep.RESUME:
                self._set(resume(self.subscription, at=self.now))
            case DueStep.WAIT:
                self.subscription = replace(self.subscription, due_at=self.now + timedelta(minutes=1))

    def _charge(self) -> None:
        self.charged_when_ended += self.subscription.has_ended
        self.attempt = self.subscription.failed_attempts + 1
        period = next_period(self.subscription, self.subscription.period, at=self.now)
        self.subscription = attempt_begun(self.subscription, "order", at=self.now)
        answer = self.answers.pop(0) if self.answers else "paid"
        if answer != "paid":
            failure = Failure(self.attempt, Retry(answer), "code")
            self.subscription = after_failure(self.subscription, failure, at=self.now)
            return
        assert period.ends_at is not None
        self.paid.append((period.starts_at, period.ends_at))
        old = self.subscription
        paid = PaidPeriod(
            "order", old.product_id, old.title, old.price, 6_000, None, old.period, period.starts_at, period.ends_at
        )
        self.subscription = with_paid_period(old, paid, at=self.now)

    def buyer(self, what: str) -> None:
        """Let the buyer do something."""
        at = self.now
        match what:
            case "cancel" | "cancel now":
                asked = cancel(self.subscription, by="buyer", reason=None, at_period_end=what == "cancel", at=at)
                self._set(asked)
            case "pause":
                self._set(pause(self.subscription, until=at + timedelta(days=20), at=at))
            case "resume":
                self._set(resume(self.subscription, at=at))
            case _ if self.subscription.is_owed:
                self.subscription = retry_at_once(self.subscription, at=at)

    def _set(self, changed: Subscription | Refusal) -> None:
        if not isinstance(changed, Refusal):
            self.subscription = changed


class TestLives:
    @settings(max_examples=300, deadline=None)
    @given(events=EVENTS)
    def test_charge_each_period_once_and_nothing_after_the_end(self, events: list[tuple[str, object]]) -> None:
        life = Life()

        for kind, value in events:
            ended_before = life.subscription.has_ended
            paid_before = len(life.paid)
            match kind, value:
                case "wait", int(hours):
                    life.now += timedelta(hours=hours)
                case "charge is", str(answer):
                    life.answers.append(answer)
                case _:
                    life.buyer(str(value))
            life.tick()

            found = life.subscription
            if ended_before:
                assert (found.status, len(life.paid)) == (SubscriptionStatus.CANCELLED, paid_before)
            if found.is_live and found.status is not SubscriptionStatus.PAUSED:
                assert found.due_at is not None
                assert found.due_at > life.now
            assert (found.status is SubscriptionStatus.CANCELLED) == (found.ended_at is not None)
            assert found.is_owed == (found.first_failed_at is not None) or found.has_ended
        assert life.charged_when_ended == 0
        for (_, earlier_end), (later_start, _) in zip(life.paid, life.paid[1:], strict=False):
            assert earlier_end <= later_start
