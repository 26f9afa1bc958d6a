"""What the tests of schedulers stand on: a database of its own, audited at the end."""

from collections.abc import Iterator

import pytest

from tests.workers.minutes.harness import MinutesHarness, audited


@pytest.fixture
def own_harness(database_url: str) -> Iterator[MinutesHarness]:
    """A harness with a database of its own."""
    with audited(database_url) as engine:
        yield MinutesHarness(engine)
