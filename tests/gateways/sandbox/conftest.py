"""A sandbox for each test, and the gateway that speaks to it."""

from collections.abc import Iterator

import pytest

from domain.gateway.port import Gateway
from tests.doubles.sandbox.double import SandboxDouble
from tests.gateways.sandbox.samples import gateway_of


@pytest.fixture
def double() -> Iterator[SandboxDouble]:
    """A sandbox."""
    with SandboxDouble() as double:
        yield double


@pytest.fixture
def gateway(double: SandboxDouble) -> Gateway:
    """The gateway that speaks to it."""
    return gateway_of(double)
