"""Campaigns go through all accounts of a database, so each test has one of its own; at the end it is audited."""

from collections.abc import Iterator

import pytest

from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.promotions.campaign_harness import CampaignHarness


@pytest.fixture
def campaigns(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[CampaignHarness]:
    """A harness in an empty database."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield CampaignHarness(engine, url)
    postgres_server.drop_database(url)
