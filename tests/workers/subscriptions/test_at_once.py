"""Two workers, two ticks and a cancellation meet on the same rows: each period is charged once at the most."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.gateway.decline import Decline, Retry
from messages.subscriptions.requests import SubscriptionCancelRequested
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.payments.harness import Crash
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.payments.reconcile import poll_open_payments
from workers.subscriptions.renew import renew_due


@pytest.fixture
def harness(subscribed: SubscriptionHarness) -> SubscriptionHarness:
    """An account that is subscribed."""
    return subscribed


class TestAtOnce:
    def test_four_runs_charge_each_of_many_once(self, engine: Engine, memory: MemoryGateway) -> None:
        buyers = [SubscriptionHarness(engine, memory, memory) for _ in range(20)]
        for buyer in buyers:
            buyer.subscribed()
        first = buyers[0]
        first.offset += timedelta(days=28)

        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(renew_due, first.context) for _ in range(4)]
            charged = sum(run.result().get("charged", 0) for run in runs)

        assert charged == 20
        assert memory.books() == {"RUB": (40 * 19_900, 0)}
        assert {len(buyer.paid()) for buyer in buyers} == {2}

    def test_a_cancellation_beside_a_run_is_charged_or_not_and_never_afterwards(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        harness.offset += timedelta(days=28)

        with ThreadPoolExecutor(2) as pool:
            run = pool.submit(renew_due, harness.context)
            cancelled = pool.submit(harness.ask, SubscriptionCancelRequested, {"when": "now", "cancelled_by": "buyer"})
            run.result()
            assert cancelled.result()["status"] == "cancelled"
        before = memory.books()
        harness.pass_time(60 * DAY)

        assert harness.status() == "cancelled"
        assert memory.books() == before
        assert len(harness.paid()) == before["RUB"][0] // 19_900


class TestAnUnknownOutcome:
    @pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT, Fault.ERROR_BEFORE], ids=["done", "not done"])
    def test_is_asked_for_by_the_same_key_until_it_is_known(
        self, harness: SubscriptionHarness, memory: MemoryGateway, fault: Fault
    ) -> None:
        end = harness.row()["period_end"]
        memory.faults.plan("charge", fault, times=2)

        harness.until(end - 6 * HOUR)
        assert (harness.status(), harness.orders()[-1]["status"]) == ("active", "pending")
        harness.pass_time(timedelta(minutes=20))
        assert len(harness.paid()) == 1
        harness.pass_time(timedelta(minutes=20))

        assert len(harness.paid()) == 2
        assert memory.books() == {"RUB": (2 * 19_900, 0)}
        assert harness.orders()[-1]["attempt"] == 1

    def test_is_found_out_by_the_poll_of_open_payments_as_well(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=1)
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        harness.offset += timedelta(minutes=11)

        poll_open_payments(harness.context)
        harness.deliver()

        assert harness.kinds() == ["started", "renewed"]

    def test_of_one_that_is_cancelled_meanwhile_is_not_charged_again(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=1)
        harness.until(harness.row()["period_end"] - 6 * HOUR)

        harness.cancel("now")
        for _ in range(5):
            harness.pass_time(DAY)
            poll_open_payments(harness.context)

        assert memory.books() == {"RUB": (19_900, 0)}
        assert harness.status() == "cancelled"

    def test_that_nobody_finds_out_is_not_charged_again_and_ends(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.lists_charges = False
        memory.faults.plan("charge", Fault.ERROR_AFTER_COMMIT, times=1)
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        assert memory.books() == {"RUB": (2 * 19_900, 0)}

        harness.pass_time(2 * DAY)
        assert harness.status() == "past_due"
        assert [kind for kind, _ in harness.items()] == ["order needs review"]
        harness.pass_time(6 * DAY)
        harness.pass_time(8 * DAY)

        assert harness.status() == "cancelled"
        assert memory.books() == {"RUB": (2 * 19_900, 0)}

    def test_that_takes_days_waits(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        memory.vault.is_slow = True
        harness.until(harness.row()["period_end"] - 6 * HOUR)
        harness.pass_time(3 * DAY)
        assert (harness.status(), len(harness.attempts())) == ("active", 1)

        ref = harness.orders()[-1]["payment_ref"]
        memory.end_slow_charge(ref, decline=Decline(Retry.LATER, "insufficient_funds"))
        harness.hear_of(ref)

        assert harness.status() == "past_due"


class TestAProcessThatDies:
    @pytest.mark.parametrize("is_after_commit", [False, True], ids=["before", "after"])
    @pytest.mark.parametrize("step", range(1, 5))
    def test_between_two_steps_of_a_renewal_goes_on_with_the_same_key(
        self, harness: SubscriptionHarness, memory: MemoryGateway, step: int, is_after_commit: bool
    ) -> None:
        harness.context = replace(harness.context, renewal_threads=1)
        harness.offset = harness.row()["period_end"] - datetime.now(UTC) - 5 * HOUR
        harness.plug.transactions, harness.plug.is_after_commit = step, is_after_commit

        _dies_or_not(lambda: renew_due(harness.context))
        for _ in range(3):
            harness.pass_time(timedelta(minutes=20))

        assert len(harness.paid()) == 2
        assert memory.books() == {"RUB": (2 * 19_900, 0)}
        assert harness.kinds() == ["started", "renewed"]


def _dies_or_not(work: Callable[[], object]) -> None:
    try:
        work()
    except Crash:
        pass
