"""
A shared database with products on offer, and a harness with an account, a gateway and a code of its own.

Campaigns go through all accounts of a database, so each of their tests has one of its own; at the end it is audited.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from store.engine import Engine
from store.transaction import transaction
from tests.servers.find import FoundPostgres
from tests.workers.minutes.harness import audited
from tests.workers.payments.harness import fill_catalogue
from tests.workers.promotions.campaign_harness import CampaignHarness
from tests.workers.promotions.friends import Friends
from tests.workers.promotions.harness import PromotionHarness


@pytest.fixture
def campaigns(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[CampaignHarness]:
    """A harness in an empty database."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield CampaignHarness(engine, url)
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def shop(shared_engine: Engine) -> Engine:
    """The shared database, with products on offer."""
    fill_catalogue(shared_engine)
    return shared_engine


@pytest.fixture
def friends(shop: Engine) -> Iterator[Friends]:
    """Accounts to be, at a gateway of their own; what a test has promised holds for no other."""
    friends = Friends(shop)
    friends.promise()
    yield friends
    with transaction(shop) as session:
        session.execute(text("UPDATE programme SET paused_at = now(), paused_by = 'the test' WHERE paused_at IS NULL"))


@pytest.fixture
def codes(shop: Engine) -> PromotionHarness:
    """An account, a gateway, and the names of a promotion and a code that nobody else has."""
    return PromotionHarness(shop)
