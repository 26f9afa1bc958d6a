"""Many renewals that are due at once are decided about, and their answers applied, several in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

import pytest

from domain.gateway.decline import Decline, Retry
from domain.gateway.payment import GatewayPayment
from domain.gateway.requests import ChargeRequest
from store.engine import Engine, Session
from tests.doubles.faults import Fault
from tests.doubles.memory import MemoryGateway
from tests.workers.subscriptions.harness import SubscriptionHarness
from workers.context import Context

T = TypeVar("T")

BUYERS = 12


@dataclass(frozen=True, slots=True)
class CountingContext(Context):
    """A context that notes its transactions."""

    works: list[str] = field(default_factory=list)

    def transact(self, work: Callable[[Session], T]) -> T:
        """Do work in a transaction, and note whose it was."""
        self.works.append(work.__qualname__.partition(".")[0])
        return Context.transact(self, work)


class Confused(MemoryGateway):
    """A gateway with one answer that nobody can apply: money without a moment."""

    confusing_order: str | None = None

    def charge_saved_method(self, request: ChargeRequest, key: str) -> GatewayPayment:
        """Charge, and leave the moment out for one order."""
        payment = super().charge_saved_method(request, key)
        self.confusing_order = self.confusing_order or request.order_id
        return replace(payment, at=cast(datetime, None)) if request.order_id == self.confusing_order else payment


@pytest.fixture
def memory() -> Confused:
    """A gateway in the process that has not confused anything yet."""
    return Confused("memory")


@pytest.fixture
def buyers(engine: Engine, memory: Confused) -> list[SubscriptionHarness]:
    """Some accounts whose renewals are due now, by one clock."""
    found = [SubscriptionHarness(engine, memory, memory) for _ in range(BUYERS)]
    for buyer in found:
        buyer.subscribed()
        buyer.offset = found[0].offset
    for buyer in found:
        buyer.offset += timedelta(days=28)
    return found


def counting(buyer: SubscriptionHarness) -> CountingContext:
    """Let a buyer's ticks go by a context that counts and that makes as many calls at once as there are buyers."""
    names = ("engine", "clock", "gateways", "shop")
    kept: dict[str, Any] = {name: getattr(buyer.context, name) for name in names}
    return CountingContext(renewal_threads=BUYERS, **kept)


class TestManyAtOnce:
    def test_share_their_transactions(self, buyers: list[SubscriptionHarness], memory: Confused) -> None:
        memory.confusing_order = "none"
        context = buyers[0].context = counting(buyers[0])  # type: ignore[assignment]

        counts = buyers[0].run()

        assert counts == {"due": BUYERS, "charged": BUYERS}
        assert {len(buyer.paid()) for buyer in buyers} == {2}
        assert context.works[:3] == ["renew_due", "_take", "clear_charges"]
        # The answers come while others are applied, so how many go together is a matter of time.
        assert context.works.count("apply_reports") < BUYERS
        assert len(context.works) <= BUYERS

    def test_get_each_its_own_answer(self, buyers: list[SubscriptionHarness], memory: Confused) -> None:
        memory.confusing_order = "none"
        memory.vault.declines.append(Decline(Retry.LATER, "insufficient_funds"))
        memory.faults.plan("charge", Fault.ERROR_BEFORE, times=1)
        buyers[0].context = counting(buyers[0])  # type: ignore[assignment]

        counts = buyers[0].run()

        assert counts == {"due": BUYERS, "charged": BUYERS, "unknown": 1}
        assert sorted(len(buyer.paid()) for buyer in buyers) == [1] * 2 + [2] * (BUYERS - 2)
        assert sorted(buyer.status() for buyer in buyers) == ["active"] * (BUYERS - 1) + ["past_due"]

    def test_are_applied_beside_one_that_cannot_be(self, buyers: list[SubscriptionHarness], memory: Confused) -> None:
        buyers[0].context = counting(buyers[0])  # type: ignore[assignment]

        counts = buyers[0].run()

        assert counts == {"due": BUYERS, "charged": BUYERS, "unknown": 1}
        assert sorted(len(buyer.paid()) for buyer in buyers) == [1] + [2] * (BUYERS - 1)
        [left] = [buyer for buyer in buyers if len(buyer.paid()) == 1]
        assert left.orders()[-1]["id"] == memory.confusing_order
        # What its gateway says later is applied as ever.
        memory.confusing_order = "none"
        left.pass_time(timedelta(minutes=20))
        assert len(left.paid()) == 2
