"""Each gateway and its double, opened once for a file of tests."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial

import pytest

from tests.gateways.contract.abilities import Abilities, settings_of
from tests.gateways.contract.harness import GatewayHarness
from tests.gateways.contract.marks import ABILITIES


@pytest.fixture(scope="module")
def harness_of() -> Iterator[Callable[[Abilities], GatewayHarness]]:
    """A new harness of a gateway; each gateway and its double are opened once, as the product opens them."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:

        @cache
        def new_harness_of(able: Abilities) -> Callable[[], GatewayHarness]:
            able.without_pauses(patch)
            double = stack.enter_context(able.new_double())
            settings = settings_of(able, double.settings())
            gateway, reader = able.folder.open_gateway(settings), able.folder.open_webhook_reader(settings)
            return partial(GatewayHarness, able, double, gateway, reader)

        yield lambda able: new_harness_of(able)()


@pytest.fixture(params=ABILITIES, ids=lambda able: able.name)
def harness(request: pytest.FixtureRequest, harness_of: Callable[[Abilities], GatewayHarness]) -> GatewayHarness:
    """A gateway as one test sees it."""
    return harness_of(request.param)
