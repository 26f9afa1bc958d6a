"""Charges without an outcome when their key protects no longer: the gateway's list of payments tells what became of them."""

from datetime import timedelta

import pytest

from messages.errors import Unavailable
from store.payments.order import find_order
from store.reading import reading
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.payments.reconcile import poll_open_payments

QUARTER = timedelta(minutes=15)


@pytest.fixture
def unknown(subscribed: SubscriptionHarness, memory: MemoryGateway, fault: Fault) -> SubscriptionHarness:
    """A subscription whose renewal was asked for, and no call of it was answered while its key protected."""
    memory.faults.plan("charge", fault, times=1_000)
    subscribed.until(subscribed.row()["period_end"] - 6 * HOUR)
    subscribed.offset += memory.key_lifetime - QUARTER
    poll_open_payments(subscribed.context)
    memory.faults.clear()
    return subscribed


def look(harness: SubscriptionHarness, *, after: timedelta) -> None:
    """Let time pass, and let a poll ask about what is open."""
    harness.offset += after
    poll_open_payments(harness.context)
    harness.deliver()


@pytest.mark.parametrize("fault", [Fault.ERROR_BEFORE])
class TestAChargeThatNeverArrived:
    def test_has_failed_and_is_tried_again_with_a_key_of_its_own(
        self, unknown: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        look(unknown, after=QUARTER + HOUR + QUARTER)

        assert (unknown.status(), unknown.attempts()[-1][1:]) == ("past_due", ("declined", "later", "never_arrived"))
        assert not unknown.orders()[-1]["needs_review"]
        unknown.pass_time(DAY + HOUR)
        unknown.deliver()
        assert (unknown.status(), memory.books()["RUB"]) == ("active", (2 * 19_900, 0))

    def test_is_not_looked_for_while_a_call_may_be_under_way(
        self, unknown: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        look(unknown, after=2 * QUARTER)

        assert (memory.calls["find_charge"], unknown.status()) == (0, "active")
        assert unknown.orders()[-1]["status"] == "pending"

    def test_is_put_before_a_person_where_no_list_tells(
        self, unknown: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.lists_charges = False

        look(unknown, after=QUARTER + HOUR + QUARTER)

        assert unknown.orders()[-1]["needs_review"]
        assert unknown.orders()[-1]["status"] == "pending"

    def test_is_put_before_a_person_where_the_list_may_be_another_shops(
        self, unknown: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.faults.plan("fetch", Fault.UNKNOWN, times=10)

        look(unknown, after=QUARTER + HOUR + QUARTER)

        assert unknown.orders()[-1]["needs_review"]

    def test_goes_on_waiting_while_the_list_is_not_read_to_its_end(
        self, unknown: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.faults.plan("find_charge", Fault.ERROR_BEFORE, times=3)

        look(unknown, after=QUARTER + HOUR + QUARTER)

        order = unknown.orders()[-1]
        assert (order["status"], order["needs_review"], unknown.attempts()[1:]) == ("pending", False, [])


class TestAChangeThatNeverArrived:
    def test_leaves_the_subscription_as_it_is_and_its_renewal_comes(
        self, subscribed: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=1_000)
        with pytest.raises(Unavailable):
            subscribed.change("large")
        memory.faults.clear()

        look(subscribed, after=memory.key_lifetime + HOUR + QUARTER)
        assert (subscribed.status(), subscribed.row()["order_id"]) == ("active", None)
        subscribed.until(subscribed.row()["period_end"] - 6 * HOUR)

        assert (subscribed.row()["title"], memory.books()["RUB"]) == ("Small", (2 * 19_900, 0))


@pytest.mark.parametrize("fault", [Fault.ERROR_AFTER_COMMIT])
class TestAChargeThatArrived:
    def test_is_put_before_a_person_after_a_move_to_another_shop(
        self, unknown: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.forget_payments()
        unknown.buyer_pays(unknown.buy()["order_id"])

        look(unknown, after=QUARTER + HOUR + QUARTER)

        [renewal] = [order for order in unknown.orders() if order["status"] == "pending"]
        assert (renewal["needs_review"], memory.calls["find_charge"]) == (True, 1)

    def test_pays_its_period_when_it_is_found(self, unknown: SubscriptionHarness, memory: MemoryGateway) -> None:
        look(unknown, after=QUARTER + HOUR + QUARTER)

        assert (unknown.status(), len(unknown.paid())) == ("active", 2)
        with reading(unknown.engine) as session:
            order = find_order(session, unknown.paid()[1]["id"])
        assert order is not None
        assert order.payment_ref in memory.vault.charges
        assert memory.books()["RUB"] == (2 * 19_900, 0)
