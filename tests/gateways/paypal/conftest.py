"""A double of PayPal, and our gateway that calls it."""

from collections.abc import Iterator

import pytest

from gateways.paypal import open_gateway
from gateways.paypal.adapter import PaypalGateway
from gateways.settings import GatewaySettings
from tests.doubles.paypal.double import PaypalDouble


@pytest.fixture
def double() -> Iterator[PaypalDouble]:
    """Return a double that nobody has called yet."""
    with PaypalDouble() as serving:
        yield serving


@pytest.fixture
def gateway(double: PaypalDouble) -> Iterator[PaypalGateway]:
    """Return our gateway, from settings, as an installation opens it."""
    gateway = open_gateway(GatewaySettings("PAYPAL_", double.settings()))
    assert isinstance(gateway, PaypalGateway)
    yield gateway
    gateway.close()
