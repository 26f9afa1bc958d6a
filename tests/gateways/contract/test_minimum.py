"""The least that a gateway charges, and what every amount is a multiple of."""

from domain.money import Money
from tests.gateways.contract.harness import GatewayHarness


class TestMinimum:
    def test_is_an_amount_that_it_takes(self, harness: GatewayHarness) -> None:
        for price in (harness.able.price, *harness.able.taken):
            minimum_minor = harness.gateway.minimum_minor(price.currency)

            assert minimum_minor >= 1
            assert minimum_minor % harness.gateway.step_minor(price.currency) == 0
            assert harness.gateway.takes(Money(minimum_minor, price.currency))

    def test_is_raised_in_steps_and_not_in_less(self, harness: GatewayHarness) -> None:
        for price in (harness.able.price, *harness.able.taken):
            step_minor = harness.gateway.step_minor(price.currency)

            assert harness.gateway.takes(Money(price.minor + step_minor, price.currency))
            assert step_minor == 1 or not harness.gateway.takes(Money(price.minor + 1, price.currency))
