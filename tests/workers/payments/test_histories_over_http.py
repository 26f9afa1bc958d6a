"""Random histories over real HTTP: adapters, readers and workers together keep the books that the gateways keep."""

import os
from collections.abc import Iterator

import pytest
from stripe import HTTPClient

from store.engine import Engine
from tests.gateways.contract.abilities import Abilities
from tests.gateways.contract.marks import ABILITIES
from tests.workers.minutes.harness import audited
from tests.workers.payments.comparison import differences_of
from tests.workers.payments.http_histories import fill_catalogue, history_over_http

HISTORIES = int(os.environ.get("HTTP_HISTORIES", "5"))
"""Of each gateway, in the suite; `make histories` plays a hundred."""

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(HISTORIES)
"""With SEED=7 that one is played again, alone."""


@pytest.fixture
def shop(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A database for one gateway's histories, with products on offer; its audit must hold at the end."""
    # Stripe's SDK asks again by itself, after half a second and more.
    monkeypatch.setattr(HTTPClient, "INITIAL_DELAY", 0.0)
    with audited(database_url) as engine:
        fill_catalogue(engine)
        yield engine


class TestHistoriesOverHttp:
    @pytest.mark.timeout(1800)
    @pytest.mark.parametrize("able", ABILITIES, ids=lambda able: able.name)
    def test_end_with_equal_books(self, shop: Engine, able: Abilities) -> None:
        wrong = {}

        for seed in SEEDS:
            with history_over_http(shop, able, seed) as history:
                history.live(steps=30)
                if differences := differences_of(history):
                    wrong[seed] = differences

        assert wrong == {}
