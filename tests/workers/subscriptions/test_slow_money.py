"""Money that takes days: while it is under way nothing is charged beside it, and nothing ends for want of it."""

from collections.abc import Iterator

import pytest

from gateways.settings import GatewaySettings
from gateways.stripe import open_gateway
from tests.doubles.faults import Fault
from tests.doubles.stripe.double import StripeDouble
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness

PRICE_MINOR = 299


@pytest.fixture
def stripe(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[SubscriptionHarness]:
    """A harness whose gateway takes means of payment that need days."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with StripeDouble() as double, audited(url) as engine:
        gateway = open_gateway(GatewaySettings("STRIPE_", double.settings(), is_development=True))
        yield SubscriptionHarness(engine, gateway, double, currency="EUR")
    postgres_server.drop_database(url)


def paid_slowly(harness: SubscriptionHarness, order_id: str) -> str:
    """Let the buyer pay an order in a way that takes days, and let us hear of it; return the checkout."""
    ref = str(harness.order(order_id)["checkout_ref"])
    harness.double.pay_slowly(ref)
    harness.hear_of(ref)
    return ref


def come(harness: SubscriptionHarness, ref: str, *, succeeded: bool) -> None:
    """Let the money of a checkout come, or not, and let us hear of it."""
    harness.double.end_slow(ref, succeeded=succeeded)
    harness.hear_of(ref)


class TestSlowMoney:
    def test_of_the_first_period_begins_it_when_it_comes(self, stripe: SubscriptionHarness) -> None:
        ref = paid_slowly(stripe, stripe.start()["order_id"])

        stripe.pass_time(9 * DAY)
        assert stripe.status() == "pending"
        come(stripe, ref, succeeded=True)

        assert (stripe.status(), stripe.kinds()) == ("active", ["started"])

    def test_that_does_not_come_begins_nothing(self, stripe: SubscriptionHarness) -> None:
        ref = paid_slowly(stripe, stripe.start()["order_id"])

        stripe.pass_time(9 * DAY)
        come(stripe, ref, succeeded=False)
        stripe.pass_time(DAY)

        assert (stripe.status(), stripe.money()) == ("cancelled", (0, 0))

    def test_of_a_renewal_is_waited_for(self, stripe: SubscriptionHarness) -> None:
        stripe.subscribed()
        stripe.double.faults.plan("charge", Fault.DECLINE, code="insufficient_funds")
        stripe.until(stripe.row()["period_end"] - HOUR)
        ref = paid_slowly(stripe, stripe.pay_by_hand()["order_id"])

        for _ in range(9):
            stripe.pass_time(DAY)
        assert (stripe.status(), len(stripe.paid())) == ("past_due", 1)
        come(stripe, ref, succeeded=True)

        assert (stripe.status(), stripe.money()) == ("active", (2 * PRICE_MINOR, 0))

    def test_of_a_renewal_that_does_not_come_is_charged_again(self, stripe: SubscriptionHarness) -> None:
        stripe.subscribed()
        stripe.double.faults.plan("charge", Fault.DECLINE, code="insufficient_funds")
        stripe.until(stripe.row()["period_end"] - HOUR)
        ref = paid_slowly(stripe, stripe.pay_by_hand()["order_id"])
        stripe.pass_time(2 * DAY)

        come(stripe, ref, succeeded=False)
        stripe.pass_time(HOUR)

        assert (stripe.status(), stripe.money()) == ("active", (2 * PRICE_MINOR, 0))
