"""A harness with a database of its own: a tick takes whatever is due in it."""

from collections.abc import Iterator

import pytest

from tests.workers.notices.harness import NoticesHarness, open_harness


@pytest.fixture
def harness(database_url: str) -> Iterator[NoticesHarness]:
    """An account, a mail server and a push service."""
    with open_harness(database_url) as opened:
        yield opened
