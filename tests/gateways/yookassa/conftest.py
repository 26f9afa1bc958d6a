"""A shop at the double, and the adapter and the reader that are set up for it."""

from collections.abc import Iterator

import pytest

from gateways.settings import GatewaySettings
from gateways.yookassa import open_gateway
from gateways.yookassa.adapter import YooKassaGateway
from tests.doubles.yookassa.double import YooKassaDouble


@pytest.fixture
def double() -> Iterator[YooKassaDouble]:
    """A shop without receipts."""
    with YooKassaDouble() as double:
        yield double


@pytest.fixture
def gateway(double: YooKassaDouble) -> Iterator[YooKassaGateway]:
    """The adapter for that shop."""
    gateway = open_gateway(GatewaySettings("YOOKASSA_", double.settings()))
    assert isinstance(gateway, YooKassaGateway)
    yield gateway
    gateway.close()


@pytest.fixture
def fiscal() -> Iterator[YooKassaDouble]:
    """A shop that wants receipts."""
    with YooKassaDouble(wants_receipts=True) as double:
        yield double


@pytest.fixture
def fiscal_gateway(fiscal: YooKassaDouble) -> Iterator[YooKassaGateway]:
    """The adapter for the shop that wants receipts."""
    gateway = open_gateway(GatewaySettings("YOOKASSA_", fiscal.settings()))
    assert isinstance(gateway, YooKassaGateway)
    yield gateway
    gateway.close()
