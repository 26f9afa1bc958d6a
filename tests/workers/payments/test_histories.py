"""Thousands of random histories: each paid order grants once, and the sums are the gateway's own."""

import os

import pytest

from store.engine import Engine
from tests.workers.payments.comparison import differences_of
from tests.workers.payments.histories import history_in_memory

HISTORIES = int(os.environ.get("HISTORIES", "100"))
"""In the suite; `make histories` plays ten thousand."""

CHUNK = 100


class TestHistories:
    @pytest.mark.timeout(1800)
    @pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK))
    def test_end_with_equal_books(self, shop: Engine, first: int) -> None:
        wrong = {}

        for seed in range(first, min(first + CHUNK, HISTORIES)):
            history = history_in_memory(shop, seed)
            history.live(steps=14)
            if differences := differences_of(history):
                wrong[seed] = differences

        assert wrong == {}
