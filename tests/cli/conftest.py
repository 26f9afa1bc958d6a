"""What the tests of commands stand on: a database, with or without a shop."""

from collections.abc import Iterator

import pytest

from tests.cli.counter import Counter, opened_counter
from tests.journeys.billing import Billing


@pytest.fixture
def alone(database_url: str) -> Billing:
    """The commands on a database of their own, with no gateway set up."""
    return Billing({"DATABASE_URL": database_url})


@pytest.fixture
def counter(database_url: str) -> Iterator[Counter]:
    """A counter on a database of its own."""
    with opened_counter(database_url) as opened:
        yield opened
