"""The same life of a subscription through each gateway, over HTTP: started, renewed, declined, healed."""

from collections.abc import Iterator
from contextlib import ExitStack
from importlib import import_module
from typing import Any

import pytest

from gateways.settings import GatewaySettings
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import PaypalDouble
from tests.doubles.stripe.double import StripeDouble
from tests.doubles.yookassa.double import YooKassaDouble
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.subscriptions.harness import DAY, HOUR, SubscriptionHarness

GATEWAYS: dict[str, tuple[type[Any], str, int, str]] = {
    "stripe": (StripeDouble, "USD", 299, "insufficient_funds"),
    "paypal": (PaypalDouble, "EUR", 299, "TRANSACTION_REFUSED_BY_NOBODY"),
    "yookassa": (YooKassaDouble, "RUB", 19_900, "insufficient_funds"),
}
"""Its double, a currency, the price in it, and a code after which it may work later."""


@pytest.fixture(params=GATEWAYS)
def life(
    request: pytest.FixtureRequest, postgres_server: FoundPostgres, migrated_database: str
) -> Iterator[tuple[SubscriptionHarness, int, str]]:
    """A harness at one gateway, the price of a period there, and a code of a decline."""
    make, currency, price_minor, code = GATEWAYS[request.param]
    url = postgres_server.new_database(copy_of=migrated_database)
    with ExitStack() as stack:
        double = stack.enter_context(make())
        engine = stack.enter_context(audited(url))
        settings = GatewaySettings(f"{request.param.upper()}_", double.settings(), is_development=True)
        gateway = import_module(f"gateways.{request.param}").open_gateway(settings)
        yield SubscriptionHarness(engine, gateway, double, currency=currency), price_minor, code
    postgres_server.drop_database(url)


class TestEachGateway:
    def test_starts_renews_declines_and_heals(self, life: tuple[SubscriptionHarness, int, str]) -> None:
        harness, price_minor, code = life
        harness.subscribed()
        assert harness.status() == "active"

        harness.until(harness.row()["period_end"] - HOUR)
        assert len(harness.paid()) == 2
        harness.double.faults.plan("charge", Fault.DECLINE, code=code)
        harness.until(harness.row()["period_end"] - HOUR)
        assert (harness.status(), harness.attempts()[-1][:3]) == ("past_due", (1, "declined", "later"))
        harness.until(harness.row()["first_failed_at"] + DAY)

        assert harness.status() == "active"
        assert harness.money() == (3 * price_minor, 0)
        assert harness.kinds() == ["started", "renewed", "past_due", "renewed"]

    def test_tries_charges_declines_and_heals(self, life: tuple[SubscriptionHarness, int, str]) -> None:
        harness, price_minor, code = life
        harness.on_trial()
        assert (harness.status(), harness.money(), harness.orders()) == ("active", (0, 0), [])

        harness.double.faults.plan("charge", Fault.DECLINE, code=code)
        harness.until(harness.row()["trial_ends_at"])
        assert (harness.status(), harness.attempts()[-1][:3]) == ("past_due", (1, "declined", "later"))
        harness.until(harness.row()["first_failed_at"] + DAY)

        assert harness.status() == "active"
        assert harness.money() == (price_minor, 0)
        assert harness.kinds() == ["started", "past_due", "renewed"]

    def test_tries_and_is_cancelled(self, life: tuple[SubscriptionHarness, int, str]) -> None:
        harness, _, _ = life
        harness.on_trial()

        harness.cancel()
        harness.until(harness.row()["trial_ends_at"])

        assert (harness.status(), harness.money()) == ("cancelled", (0, 0))
        assert harness.start("tried")["trial_refused"] == "TrialUsed"
