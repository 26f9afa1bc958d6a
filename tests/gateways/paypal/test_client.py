"""PaypalClient tokens: one for all, renewed in time."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.gateway.errors import UnableToReach
from gateways.paypal import open_gateway
from gateways.paypal.adapter import PaypalGateway
from gateways.paypal.client import SKEW_S, PaypalClient
from gateways.settings import GatewaySettings
from gateways.transport import Transport
from tests.doubles.faults import Fault
from tests.doubles.paypal.double import CLIENT_ID, CLIENT_SECRET, PaypalDouble
from tests.gateways.paypal.samples import a_key, checkout_request


class TestAccessToken:
    def test_asks_for_one_token_when_eight_threads_need_one_at_once(
        self, gateway: PaypalGateway, double: PaypalDouble
    ) -> None:
        double.faults.plan("token", Fault.SLOW, seconds=0.2)
        start = threading.Barrier(8)

        def create() -> str:
            start.wait(10)
            return gateway.create_checkout(checkout_request(), a_key()).ref

        with ThreadPoolExecutor(8) as pool:
            refs = [running.result(30) for running in [pool.submit(create) for _ in range(8)]]

        assert len(set(refs)) == 8
        assert double.count("token") == 1

    def test_renews_a_token_that_is_refused_once(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        gateway.create_checkout(checkout_request(), a_key())
        double.forget_tokens()

        gateway.create_checkout(checkout_request(), a_key())

        assert double.count("token") == 2
        assert double.count("create_checkout") == 3

    def test_renews_a_refused_token_once_for_all_threads(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        gateway.create_checkout(checkout_request(), a_key())
        double.forget_tokens()

        with ThreadPoolExecutor(8) as pool:
            running = [pool.submit(gateway.create_checkout, checkout_request(), a_key()) for _ in range(8)]
            assert all(one.result(30).ref for one in running)

        assert double.count("token") == 2

    @pytest.mark.parametrize(("seconds_before_end", "tokens"), [(SKEW_S + 1, 1), (SKEW_S, 2), (-1, 2)])
    def test_renews_a_token_before_its_end(self, double: PaypalDouble, seconds_before_end: int, tokens: int) -> None:
        moment_s = [1_000.0]
        client = _client(double, CLIENT_SECRET, lambda: moment_s[0])
        client.call("GET", "/v1/notifications/webhooks-events")

        moment_s[0] += double.api.token_lives_s - seconds_before_end
        client.call("GET", "/v1/notifications/webhooks-events")

        assert double.count("token") == tokens
        client.close()

    def test_is_unable_with_wrong_credentials_and_names_no_secret(self, double: PaypalDouble) -> None:
        client = _client(double, "a-wrong-secret", lambda: 0.0)

        with pytest.raises(UnableToReach) as caught:
            client.call("GET", "/v1/notifications/webhooks-events")

        assert "CLIENT_SECRET" in str(caught.value)
        assert "a-wrong-secret" not in str(caught.value)
        client.close()

    def test_gives_up_when_a_new_token_is_refused_too(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        gateway.create_checkout(checkout_request(), a_key())
        double.forget_tokens()
        double.state.access_tokens = Forgetful()

        with pytest.raises(UnableToReach, match="just given"):
            gateway.create_checkout(checkout_request(), a_key())

        assert double.count("token") == 2

    def test_is_not_shared_between_gateways(self, gateway: PaypalGateway, double: PaypalDouble) -> None:
        other = open_gateway(GatewaySettings("PAYPAL_", double.settings()))

        gateway.create_checkout(checkout_request(), a_key())
        other.create_checkout(checkout_request(), a_key())

        assert double.count("token") == 2


class Forgetful(set[str]):
    """A set that forgets."""

    def add(self, element: str) -> None:
        """Add nothing."""


def _client(double: PaypalDouble, secret: str, clock: Callable[[], float]) -> PaypalClient:
    return PaypalClient(Transport(double.url), CLIENT_ID, secret, clock=clock)
