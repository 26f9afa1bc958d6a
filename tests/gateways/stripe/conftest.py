"""A double of Stripe and the adapter that speaks to it, new for each test."""

from collections.abc import Iterator

import pytest

from domain.gateway.port import Gateway
from tests.doubles.stripe.double import StripeDouble
from tests.gateways.stripe.samples import gateway_at


@pytest.fixture
def double() -> Iterator[StripeDouble]:
    with StripeDouble() as served:
        yield served


@pytest.fixture
def gateway(double: StripeDouble) -> Gateway:
    return gateway_at(double)
