"""Two calls of one charge never run side by side: one could be declined while the other takes the money."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import pytest

from domain.gateway.payment import GatewayPayment
from domain.gateway.requests import ChargeRequest
from gateways.paypal import open_gateway
from gateways.settings import GatewaySettings
from messages.payments.methods import SetupRequested
from messages.queues import PURCHASE
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness
from workers.payments.reconcile import poll_open_payments

PRICE = 299
LIMIT_S = 20


class SlowLine:
    """A gateway behind a line on which one call takes its time before it arrives."""

    def __init__(self, gateway: Any) -> None:
        self._gateway = gateway
        self._holds = False
        self._is_on_its_way, self._may_arrive = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge; the one call that is held arrives late."""
        if self._holds:
            self._holds = False
            self._is_on_its_way.set()
            assert self._may_arrive.wait(LIMIT_S)
        charged: GatewayPayment = self._gateway.charge_saved_method(request, key)
        return charged

    @contextmanager
    def holding(self, work: Any) -> Iterator[None]:
        """Do work beside the block; the charge that it makes arrives when the block has ended."""
        self._holds = True
        thread = threading.Thread(target=work)
        thread.start()
        assert self._is_on_its_way.wait(LIMIT_S)
        yield
        self._may_arrive.set()
        thread.join()


@pytest.fixture
def life(
    postgres_server: FoundPostgres, migrated_database: str
) -> Iterator[tuple[SubscriptionHarness, SlowLine, PaypalDouble]]:
    """An account with two wallets at PayPal, which keeps no decline with its key; the outcome of a charge is unknown."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with ExitStack() as stack:
        double = stack.enter_context(PaypalDouble())
        engine = stack.enter_context(audited(url))
        line = SlowLine(open_gateway(GatewaySettings("PAYPAL_", double.settings(), is_development=True)))
        harness = SubscriptionHarness(engine, line, double, currency="USD")  # type: ignore[arg-type]
        harness.subscribed()
        harness.buyer_saves(
            harness.handle(harness.event(SetupRequested, {"gateway": "paypal", "currency": "USD"}, PURCHASE))[
                "setup_id"
            ]
        )
        double.faults.plan("charge", Fault.ERROR_BEFORE)
        harness.until(harness.row()["period_end"] - HOUR)
        assert harness.orders()[-1]["status"] == "pending"
        yield harness, line, double
    postgres_server.drop_database(url)


class TestACallThatIsMadeAgain:
    def test_by_a_poll_is_not_made_by_the_due_tick_beside(
        self, life: tuple[SubscriptionHarness, SlowLine, PaypalDouble]
    ) -> None:
        harness, line, double = life
        harness.offset += timedelta(minutes=16)

        with line.holding(lambda: poll_open_payments(harness.context)):
            double.faults.plan("charge", Fault.DECLINE, code="CARD_EXPIRED")
            harness.run()

        self.see_what_becomes_of_it(harness)

    def test_by_the_due_tick_is_not_made_by_a_poll_beside(
        self, life: tuple[SubscriptionHarness, SlowLine, PaypalDouble]
    ) -> None:
        harness, line, double = life
        harness.offset += timedelta(minutes=16)

        with line.holding(harness.run):
            double.faults.plan("charge", Fault.DECLINE, code="CARD_EXPIRED")
            poll_open_payments(harness.context)
            harness.run()

        self.see_what_becomes_of_it(harness)

    def test_again_while_it_hangs_decides_and_not_what_the_first_one_was_told(
        self, life: tuple[SubscriptionHarness, SlowLine, PaypalDouble]
    ) -> None:
        harness, line, double = life
        harness.offset += timedelta(minutes=16)

        with line.holding(harness.run):
            harness.offset += timedelta(minutes=16)
            double.faults.plan("charge", Fault.ERROR_BEFORE)
            poll_open_payments(harness.context)
            double.faults.plan("charge", Fault.DECLINE, code="CARD_EXPIRED")
        assert harness.orders()[-1]["status"] == "pending"

        self.see_what_becomes_of_it(harness)
        assert [what for _, what, _, _ in harness.attempts()] == ["paid", "paid"]

    @staticmethod
    def see_what_becomes_of_it(harness: SubscriptionHarness) -> None:
        """Let time pass until the renewal is paid, and see that it was paid once."""
        for _ in range(3):
            harness.pass_time(timedelta(minutes=16))
            harness.deliver()
        assert (harness.money(), len(harness.paid())) == ((2 * PRICE, 0), 2)
        assert harness.status() == "active"
        assert not any(order["needs_review"] for order in harness.orders())
