"""A run whose time is over takes no more, and leaves nothing that it took to the next look, a quarter of an hour later."""

import time
from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

from store.engine import Engine
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import HOUR, SubscriptionHarness
from workers.subscriptions.renew import renew_due

CALL_S = 0.4


class SlowGateway(MemoryGateway):
    """A gateway whose charges take longer than the run has."""

    def _call(self, operation: str, key: str | None, content: Hashable, work: Callable[[], Any]) -> Any:
        if operation == "charge":
            time.sleep(CALL_S)
        return super()._call(operation, key, content, work)


class TestTheEndOfARun:
    def test_charges_what_it_took(self, engine: Engine) -> None:
        gateway = SlowGateway("memory")
        buyers = [SubscriptionHarness(engine, gateway, gateway) for _ in range(3)]
        for buyer in buyers:
            buyer.subscribed()
        first = buyers[0]
        first.offset = max(buyer.row()["period_end"] for buyer in buyers) - HOUR - first.clock()

        counts = renew_due(replace(first.context, renewal_threads=1), run_seconds=CALL_S / 2)

        assert counts["charged"] == len(buyers)
        assert [len(buyer.paid()) for buyer in buyers] == [2] * len(buyers)
