"""A call whose answer was lost is repeated as it was, whatever has become known of the buyer meanwhile."""

from collections.abc import Iterator

import pytest

from gateways.sandbox import open_gateway
from gateways.settings import GatewaySettings
from messages.access.requests import AccountRegistered
from messages.errors import Unavailable
from messages.queues import MINUTE_USAGE
from store.engine import Engine
from tests.doubles.faults import Fault
from tests.doubles.sandbox.double import SandboxDouble
from tests.workers.payments.harness import PaymentHarness, fill_catalogue
from workers.queues.minute_usage import handle


@pytest.fixture
def double() -> Iterator[SandboxDouble]:
    """A sandbox that nobody has called yet; it refuses a key that comes with other content."""
    with SandboxDouble() as serving:
        yield serving


@pytest.fixture
def harness(shared_engine: Engine, double: SandboxDouble) -> PaymentHarness:
    """A harness that sells through the double."""
    fill_catalogue(shared_engine)
    return PaymentHarness(shared_engine, open_gateway(GatewaySettings("SANDBOX_", double.settings())))


class TestRepeatedCall:
    def test_of_a_checkout_says_the_same_of_the_buyer(self, harness: PaymentHarness, double: SandboxDouble) -> None:
        wanted = harness.event_of_purchase("repeated-call")
        double.faults.plan("create_checkout", Fault.ERROR_AFTER_COMMIT)
        with pytest.raises(Unavailable):
            harness.handle(wanted)
        self.become_known(harness)

        answer = harness.handle(wanted)

        assert "url" in answer
        assert double.count("create_checkout") == 2

    @staticmethod
    def become_known(harness: PaymentHarness) -> None:
        """Let the account register: its mail address and its language were not known before."""
        data = {"email": "anna@example.com", "locale": "de", "currency": "RUB"}
        event = harness.event(AccountRegistered, data, MINUTE_USAGE)
        handle(harness.context, [event])
