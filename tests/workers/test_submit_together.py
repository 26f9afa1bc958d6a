"""Messages that are submitted at the same time share transactions; each gets its own outcome, and none hurts another."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from messages.errors import MessageRejected, Unavailable
from messages.minutes.requests import SpendRequested
from messages.queues import MINUTE_USAGE
from messages.read import Event
from store.engine import Engine
from store.errors import Conflict
from tests.workers.events import NOW, grant
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.outcome import Outcome, Result
from workers.queues import handlers
from workers.submit import Submission
from workers.submit_together import Together

CALLERS = 12


@dataclass
class Gate:
    """The queue's handler behind a gate: batches wait until it opens, and may be broken."""

    sizes: list[int] = field(default_factory=list)
    may_go: threading.Event = field(default_factory=threading.Event)
    breaks_with: Exception | None = None

    def handle(self, context: Context, events: Sequence[Event]) -> Sequence[Outcome]:
        self.may_go.wait(10)
        self.sizes.append(len(events))
        if self.breaks_with is not None and len(events) > 1:
            raise self.breaks_with
        return handlers.minute_usage.handle(context, events)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A gate in front of the queue `minute-usage`."""
    gate = Gate()
    monkeypatch.setitem(handlers.HANDLERS, MINUTE_USAGE, replace(handlers.HANDLERS[MINUTE_USAGE], handle=gate.handle))
    return gate


def spending(harness: MinutesHarness, seconds: int, **more: Any) -> Submission:
    """A request to spend."""
    return Submission(SpendRequested, harness.account, {"seconds": seconds}, harness.account, **more)


def spent_by(engine: Engine, gate: Gate) -> list[tuple[MinutesHarness, Outcome]]:
    """Let many callers, each with an account of its own, spend at the same time: a minute, or all but the last."""
    harnesses = [MinutesHarness(engine) for _ in range(CALLERS)]
    for harness in harnesses:
        harness.apply(grant(harness.account, 60))
    together = Together(Context(engine, clock=lambda: NOW), MINUTE_USAGE)
    with ThreadPoolExecutor(CALLERS) as callers:
        calls = [
            callers.submit(together.submit, spending(harness, 60 if number else 61))
            for number, harness in enumerate(harnesses)
        ]
        gate.may_go.set()
        return [(harness, call.result(10)) for harness, call in zip(harnesses, calls, strict=True)]


class TestTogether:
    @pytest.mark.parametrize("error", [None, Conflict("a lock was waited for"), ZeroDivisionError("a bug")])
    def test_gives_each_caller_the_outcome_of_its_own_message(
        self, shared_engine: Engine, gate: Gate, error: Exception | None
    ) -> None:
        gate.breaks_with = error

        outcomes = spent_by(shared_engine, gate)

        assert [outcome.result for _, outcome in outcomes] == [Result.REFUSED] + [Result.APPLIED] * (CALLERS - 1)
        assert [harness.balance().available_seconds for harness, _ in outcomes] == [60] + [0] * (CALLERS - 1)

    def test_shares_transactions(self, shared_engine: Engine, gate: Gate) -> None:
        spent_by(shared_engine, gate)

        assert sum(gate.sizes) == CALLERS
        assert len(gate.sizes) < CALLERS

    def test_tells_all_of_a_batch_at_once_that_the_store_is_away(self, shared_engine: Engine, gate: Gate) -> None:
        gate.breaks_with = Unavailable("the database cannot be reached")

        with pytest.raises(Unavailable, match="cannot be reached"):
            spent_by(shared_engine, gate)

        assert len(gate.sizes) < CALLERS

    def test_refuses_what_is_wrong_and_gives_a_repeat_its_first_answer(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 600))
        together = Together(Context(harness.engine, clock=lambda: NOW), MINUTE_USAGE)

        first = together.submit(spending(harness, 60, id="one"))
        again = together.submit(spending(harness, 60, id="one"))

        assert (again.result, again.answer) == (Result.REPEATED, first.answer)
        with pytest.raises(MessageRejected, match="used before with other content"):
            together.submit(spending(harness, 61, id="one"))
        with pytest.raises(MessageRejected, match="seconds"):
            together.submit(spending(harness, 0))
