"""A shared database with products on offer, and a harness with an account and a gateway of its own."""

import pytest

from store.engine import Engine
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Engine:
    """The shared database, with products on offer."""
    fill_catalogue(shared_engine)
    return shared_engine


@pytest.fixture
def harness(shop: Engine) -> PaymentHarness:
    """An account and a gateway of its own."""
    return fresh_harness(shop)
