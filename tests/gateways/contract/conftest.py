"""Each gateway and its double, opened once for a file of tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial

import pytest
import stripe

from tests.gateways.contract.harness import ABILITIES, Abilities, GatewayHarness, settings_of


@pytest.fixture(scope="module")
def desk_of() -> Iterator[Callable[[Abilities], GatewayHarness]]:
    """A new harness of a gateway; each gateway and its double are opened once, as the product opens them."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        # Between its tries the SDK of Stripe would wait for half a second and more.
        patch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)

        @cache
        def opened(able: Abilities) -> Callable[[], GatewayHarness]:
            double = stack.enter_context(able.new_double())
            settings = settings_of(able, double.settings())
            return partial(
                GatewayHarness,
                able,
                double,
                able.folder.open_gateway(settings),
                able.folder.open_webhook_reader(settings),
            )

        yield lambda able: opened(able)()


@pytest.fixture(params=ABILITIES, ids=lambda able: able.name)
def harness(request: pytest.FixtureRequest, desk_of: Callable[[Abilities], GatewayHarness]) -> GatewayHarness:
    """A gateway as one test sees it."""
    return desk_of(request.param)
