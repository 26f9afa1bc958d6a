"""A renewal whose order is still under way: nothing is charged beside it, and nothing is given up too soon or never."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

import pytest
from sqlalchemy import text

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import PaymentStatus
from domain.payments.order_update import end_unpaid
from messages.errors import Unavailable
from messages.queues import RENEWAL
from messages.subscriptions.reminders import SubscriptionMethodReady
from store.engine import Engine, Session
from store.payments.method import save_method
from store.payments.order import lock_order, save_order
from store.transaction import transaction
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.payments.harness import PluggedContext
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.queues import renewal

T = TypeVar("T")
SOON = timedelta(minutes=20)
ONCE, TWICE = {"RUB": (19_900, 0)}, {"RUB": (2 * 19_900, 0)}


@pytest.fixture
def harness(subscribed: SubscriptionHarness) -> SubscriptionHarness:
    """An account that is subscribed."""
    return subscribed


def decline_renewal(harness: SubscriptionHarness, memory: MemoryGateway, *retries: Retry) -> None:
    """Let the first tries of the renewal be declined."""
    memory.vault.declines.extend(Decline(retry, "declined") for retry in retries)
    harness.until(harness.row()["period_end"] - 6 * HOUR)


def resolve_as_failed(harness: SubscriptionHarness) -> None:
    """Let a person find out that no money moved for the newest order."""
    with transaction(harness.engine) as session:
        order = lock_order(session, harness.orders()[-1]["id"])
        assert order is not None
        failed = end_unpaid(order, PaymentStatus.FAILED, "a person looked", at=harness.clock())
        save_order(session, replace(failed, needs_review=False), before=order)


def save_new_card(harness: SubscriptionHarness, memory: MemoryGateway) -> None:
    """Let another method be saved, and let that be heard."""
    with transaction(harness.engine) as session:
        method_id = save_method(session, harness.account, memory.name, memory.add_method(), at=harness.clock())
    renewal.handle(harness.context, [harness.event(SubscriptionMethodReady, {"method_id": method_id}, RENEWAL)])


class TestACheckoutWhoseMoneyTakesDays:
    def test_keeps_the_card_from_being_charged_beside(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        decline_renewal(harness, memory, Retry.LATER)
        ref = harness.order(harness.pay_by_hand()["order_id"])["checkout_ref"]
        memory.pay_slowly(ref)
        harness.hear_of(ref)

        for _ in range(8):
            harness.pass_time(DAY)
        assert (harness.status(), memory.books()) == ("past_due", ONCE)
        memory.end_slow(ref, succeeded=True)
        harness.hear_of(ref)

        assert (harness.status(), memory.books()) == ("active", TWICE)
        assert harness.items() == []

    def test_keeps_a_second_start_waiting(self, engine: Engine, memory: MemoryGateway) -> None:
        harness = SubscriptionHarness(engine, memory, memory)
        ref = harness.order(harness.start()["order_id"])["checkout_ref"]
        memory.pay_slowly(ref)
        harness.hear_of(ref)

        assert harness.start("large")["code"] == "PaymentUnderWay"


class TestAChangeWithoutOutcome:
    @pytest.fixture
    def harness(self, subscribed: SubscriptionHarness, memory: MemoryGateway) -> SubscriptionHarness:
        """An account whose change at once had no answer, and has none until somebody looks."""
        memory.lists_charges = False
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=99)
        with pytest.raises(Unavailable):
            subscribed.change("large")
        return subscribed

    def test_leaves_the_paid_period_as_it_is(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        harness.pass_time(3 * DAY)
        assert (harness.status(), harness.row()["first_failed_at"]) == ("active", None)

        memory.faults.clear()
        resolve_as_failed(harness)
        harness.pass_time(SOON)
        save_new_card(harness, memory)
        harness.run()
        assert memory.books() == ONCE
        harness.until(harness.row()["period_end"] - HOUR)

        assert (harness.status(), memory.books()) == ("active", TWICE)

    def test_is_past_due_after_the_period_and_renewed_when_it_is_known(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        harness.until(harness.row()["period_end"] + 2 * DAY)
        assert harness.status() == "past_due"

        memory.faults.clear()
        resolve_as_failed(harness)
        harness.pass_time(SOON)
        harness.pass_time(SOON)

        assert (harness.status(), memory.books()) == ("active", TWICE)
        assert harness.row()["first_failed_at"] is None


class TestAChargeThatNobodyDeclined:
    def test_is_tried_again_when_a_person_has_ended_it(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.lists_charges = False
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=99)
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        harness.pass_time(22 * HOUR)
        memory.faults.clear()

        resolve_as_failed(harness)
        harness.pass_time(SOON)
        assert (harness.status(), harness.row()["failed_attempts"]) == ("past_due", 1)
        harness.pass_time(DAY)

        assert (harness.status(), memory.books()) == ("active", TWICE)

    def test_makes_it_past_due_with_a_fact_after_a_day(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.lists_charges = False
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=99)
        harness.until(harness.row()["period_end"] - 6 * HOUR)

        harness.pass_time(DAY)
        harness.pass_time(SOON)

        [fact] = harness.minutes.facts("subscription.past_due")
        assert (fact["data"]["code"], fact["data"]["is_given_up"]) == ("no_outcome", False)
        assert harness.status() == "past_due"


class TestANewMethodBesideACharge:
    def test_is_charged_as_soon_as_that_is_declined(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        decline_renewal(harness, memory, Retry.LATER)
        memory.vault.is_slow = True
        harness.pass_time(DAY)
        memory.vault.is_slow = False
        ref = harness.orders()[-1]["payment_ref"]

        save_new_card(harness, memory)
        harness.pass_time(DAY)
        harness.pass_time(DAY)
        assert harness.orders()[-1]["withdrawn_at"] is None
        memory.end_slow_charge(ref, decline=Decline(Retry.LATER, "insufficient_funds"))
        harness.hear_of(ref)
        harness.run()

        assert (harness.status(), memory.books()) == ("active", TWICE)

    def test_does_not_keep_an_unknown_charge_from_being_repeated(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        decline_renewal(harness, memory, Retry.LATER)
        memory.faults.plan("charge", Fault.ERROR_BEFORE)
        harness.pass_time(DAY)

        save_new_card(harness, memory)
        harness.pass_time(SOON)

        assert (harness.status(), memory.books()) == ("active", TWICE)
        assert harness.orders()[-1]["attempt"] == 2


class TestTheLastTry:
    def test_is_waited_for(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        decline_renewal(harness, memory, *[Retry.LATER] * 4)
        first = harness.row()["first_failed_at"]
        for day in (1, 3, 5):
            harness.until(first + day * DAY)
        memory.vault.is_slow = True
        harness.until(first + 7 * DAY)

        harness.pass_time(SOON)
        assert harness.status() == "past_due"
        memory.end_slow_charge(harness.orders()[-1]["payment_ref"])
        harness.hear_of(harness.orders()[-1]["payment_ref"])

        assert harness.status() == "active"
        assert not any(fact["data"]["is_given_up"] for fact in harness.minutes.facts("subscription.past_due"))


@dataclass(frozen=True, slots=True)
class Meddled(PluggedContext):
    """A context in which something happens before its last transaction."""

    before: Callable[[int], None] = lambda _: None

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do work in a transaction, after what happens before it."""
        self.plug.transactions -= 1
        self.before(-self.plug.transactions)
        return PluggedContext.transact(self, work)


class TestOneThatCannotBeDecidedAbout:
    def test_is_put_off_and_no_other_one(
        self, harness: SubscriptionHarness, engine: Engine, memory: MemoryGateway
    ) -> None:
        other = SubscriptionHarness(engine, memory, memory)
        other.subscribed()
        poisoned, end = harness.row()["id"], harness.row()["period_end"]
        spoil = "UPDATE subscription SET status = 'past_due', first_failed_at = NULL, next_attempt_at = NULL"
        run_sql(engine, f"{spoil}, due_at = :at WHERE id = :id", at=end - 7 * HOUR, id=poisoned)
        harness.offset += end - HOUR - harness.clock()

        def meddle(number: int) -> None:
            if number == 4:
                # Another thread has just moved it: it is not the first that is due any more.
                run_sql(engine, "UPDATE subscription SET due_at = :at WHERE id = :id", at=end, id=poisoned)

        context = harness.context
        names = ("engine", "clock", "gateways", "shop", "plug")
        kept = {name: getattr(context, name) for name in names}
        harness.context = Meddled(renewal_threads=1, before=meddle, **kept)
        harness.run()
        due_at = harness.row()["due_at"]
        run_sql(
            engine, "UPDATE subscription SET status = 'active', next_attempt_at = due_at WHERE id = :id", id=poisoned
        )

        assert due_at > harness.clock() + 23 * HOUR
        assert len(other.paid()) == 2


def run_sql(engine: Engine, statement: str, **parameters: object) -> None:
    """Change a row behind the product's back."""
    with transaction(engine) as session:
        session.execute(text(statement), parameters)
