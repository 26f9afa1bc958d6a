"""Access tokens: one for all, renewed in time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.gateway.errors import UnableToReach
from gateways.paypal import open_gateway
from gateways.paypal.access import SKEW_S, Access
from gateways.paypal.adapter import Paypal
from gateways.settings import GatewaySettings
from gateways.transport import Transport
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.gateways.paypal.wishes import key, purchase


class TestAccess:
    def test_asks_for_one_token_when_eight_threads_need_one_at_once(
        self, gateway: Paypal, double: PaypalDouble
    ) -> None:
        double.faults.plan("token", Fault.SLOW, seconds=0.2)
        start = threading.Barrier(8)

        def create() -> str:
            start.wait(10)
            return gateway.create_checkout(purchase(), key()).ref

        with ThreadPoolExecutor(8) as pool:
            refs = [running.result(30) for running in [pool.submit(create) for _ in range(8)]]

        assert len(set(refs)) == 8
        assert double.count("token") == 1

    def test_renews_a_token_that_is_refused_once(self, gateway: Paypal, double: PaypalDouble) -> None:
        gateway.create_checkout(purchase(), key())
        double.forget_tokens()

        gateway.create_checkout(purchase(), key())

        assert double.count("token") == 2
        assert double.count("create_checkout") == 3

    def test_renews_a_refused_token_once_for_all_threads(self, gateway: Paypal, double: PaypalDouble) -> None:
        gateway.create_checkout(purchase(), key())
        double.forget_tokens()

        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(gateway.create_checkout, purchase(), key()) for _ in range(8)]
            assert all(one.result(30).ref for one in running)

        assert double.count("token") == 2

    @pytest.mark.parametrize(("seconds_before_end", "tokens"), [(SKEW_S + 1, 1), (SKEW_S, 2), (-1, 2)])
    def test_renews_a_token_before_its_end(self, double: PaypalDouble, seconds_before_end: int, tokens: int) -> None:
        moment_s = [1_000.0]
        access = _access(double, CLIENT_SECRET, lambda: moment_s[0])
        access.call("GET", "/v1/notifications/webhooks-events")

        moment_s[0] += double.api.token_lives_s - seconds_before_end
        access.call("GET", "/v1/notifications/webhooks-events")

        assert double.count("token") == tokens
        access.close()

    def test_is_unable_with_wrong_credentials_and_names_no_secret(self, double: PaypalDouble) -> None:
        access = _access(double, "a-wrong-secret", lambda: 0.0)

        with pytest.raises(UnableToReach) as caught:
            access.call("GET", "/v1/notifications/webhooks-events")

        assert "CLIENT_SECRET" in str(caught.value)
        assert "a-wrong-secret" not in str(caught.value)
        access.close()

    def test_gives_up_when_a_new_token_is_refused_too(self, gateway: Paypal, double: PaypalDouble) -> None:
        gateway.create_checkout(purchase(), key())
        double.forget_tokens()
        double.state.access_tokens = Forgetful()

        with pytest.raises(UnableToReach, match="just given"):
            gateway.create_checkout(purchase(), key())

        assert double.count("token") == 2

    def test_is_not_shared_between_gateways(self, gateway: Paypal, double: PaypalDouble) -> None:
        other = open_gateway(GatewaySettings("PAYPAL_", double.settings()))

        gateway.create_checkout(purchase(), key())
        other.create_checkout(purchase(), key())

        assert double.count("token") == 2


class Forgetful(set[str]):
    """A set that keeps nothing."""

    def add(self, element: str) -> None:
        """Keep nothing."""


def _access(double: PaypalDouble, secret: str, clock: Callable[[], float]) -> Access:
    return Access(Transport(double.url), CLIENT_ID, secret, clock=clock)
