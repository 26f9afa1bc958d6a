"""A renewal that is paid by hand: the card is charged in its place only when the gateway says that nobody has paid."""

import pytest

from domain.gateway.decline import Decline, Retry
from messages.errors import Unavailable
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness
from workers.payments.reconcile import poll_open_payments

ONCE, TWICE = {"RUB": (19_900, 0)}, {"RUB": (2 * 19_900, 0)}


@pytest.fixture(params=[True, False], ids=["takes the money itself", "leaves the money to us"])
def memory(request: pytest.FixtureRequest) -> MemoryGateway:
    """A gateway in the process: as Stripe and YooKassa are, or as PayPal."""
    return MemoryGateway("memory", takes_itself=request.param)


@pytest.fixture
def harness(engine: Engine, memory: MemoryGateway) -> SubscriptionHarness:
    """An account whose renewal was declined and is tried again tomorrow; a page is open on which it can be paid."""
    harness = SubscriptionHarness(engine, memory, memory)
    harness.subscribed()
    memory.vault.declines.append(Decline(Retry.LATER, "declined"))
    harness.until(harness.row()["period_end"] - 6 * HOUR)
    harness.pay_by_hand()
    return harness


def page_of(harness: SubscriptionHarness) -> str:
    """The checkout that is open."""
    return str(harness.orders()[-1]["checkout_ref"])


class TestACheckoutThatWasPaidUnheard:
    def test_is_asked_about_before_the_card_is_charged(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.pay(page_of(harness))

        for _ in range(4):
            harness.pass_time(DAY)

        assert (harness.status(), memory.books()) == ("active", TWICE)
        assert harness.items() == []

    def test_keeps_the_card_waiting_while_the_gateway_is_silent(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.pay(page_of(harness))
        memory.faults.plan("fetch", Fault.ERROR_BEFORE, times=2)

        harness.pass_time(2 * DAY)
        harness.pass_time(HOUR)
        assert memory.calls["charge"] == 1
        harness.pass_time(HOUR)

        assert (harness.status(), memory.books()) == ("active", TWICE)

    def test_keeps_the_card_waiting_while_the_gateway_does_not_know_it(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.faults.plan("fetch", Fault.UNKNOWN)

        harness.pass_time(2 * DAY)

        assert (harness.orders()[-1]["status"], memory.calls["charge"]) == ("pending", 1)


class TestACheckoutThatNobodyHasPaid:
    def test_is_over_and_the_card_is_charged(self, harness: SubscriptionHarness, memory: MemoryGateway) -> None:
        page = page_of(harness)
        harness.pass_time(2 * DAY)
        assert harness.orders()[-1]["failure"] == "withdrawn"

        harness.pass_time(HOUR)
        if not memory.takes_itself:
            memory.pay(page)
            harness.hear_of(page)

        assert (harness.status(), memory.books()) == ("active", TWICE)
        assert harness.items() == []

    def test_is_over_where_the_gateway_has_forgotten_it(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        memory.forgets_checkouts = True
        memory.faults.plan("fetch", Fault.UNKNOWN)

        harness.pass_time(2 * DAY)
        harness.pass_time(HOUR)

        assert (harness.status(), memory.books()) == ("active", TWICE)


class TestACheckoutThatIsApproved:
    @pytest.fixture
    def memory(self) -> MemoryGateway:
        """A gateway that leaves the money to us, as PayPal does."""
        return MemoryGateway("memory", takes_itself=False)

    def test_keeps_the_card_waiting_while_nobody_knows_whether_the_money_was_taken(
        self, harness: SubscriptionHarness, memory: MemoryGateway
    ) -> None:
        page = page_of(harness)
        memory.pay(page)
        memory.faults.plan("complete_checkout", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            harness.hear_of(page)

        for _ in range(3):
            harness.pass_time(DAY)
        assert (harness.orders()[-1]["status"], memory.calls["charge"]) == ("approved", 1)
        poll_open_payments(harness.context)
        harness.deliver()

        assert (harness.status(), memory.books()) == ("active", TWICE)

    def test_keeps_a_second_start_waiting(self, engine: Engine, memory: MemoryGateway) -> None:
        harness = SubscriptionHarness(engine, memory, memory)
        page = harness.order(harness.start()["order_id"])["checkout_ref"]
        memory.pay(page)
        memory.faults.plan("complete_checkout", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            harness.hear_of(page)

        assert harness.start("large")["code"] == "PaymentUnderWay"
        poll_open_payments(harness.context)
        harness.offset += HOUR
        poll_open_payments(harness.context)
        harness.deliver()

        assert (harness.status(), memory.books()) == ("active", ONCE)
