"""Random histories of promotions: limits, budgets and reasons hold, and nothing is had twice."""

import os

import pytest

from store.audit.run import audit
from store.engine import Engine
from tests.workers.promotions.comparison import differences_of
from tests.workers.promotions.histories import History
from tests.workers.promotions.market import Wrong

HISTORIES = int(os.environ.get("PROMOTION_HISTORIES", "12"))
"""In the suite; `make histories` plays five hundred."""

SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else range(HISTORIES)
"""With SEED=7 that one is played again, alone."""


class TestHistories:
    @pytest.mark.timeout(1800)
    def test_end_with_what_was_promised(self, shop: Engine) -> None:
        wrong: dict[int, list[str]] = {}

        for seed in SEEDS:
            history = History(shop, seed)
            try:
                history.live(steps=40)
            except Wrong as error:
                wrong[seed] = [str(error)]
                continue
            if differences := differences_of(history):
                wrong[seed] = differences

        assert wrong == {}
        assert [check.invariant.name for check in audit(shop).checks if not check.holds] == []
