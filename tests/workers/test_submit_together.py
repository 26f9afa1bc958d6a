"""Messages that are submitted at the same time share transactions; each gets its own outcome, and none hurts another."""

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, text

from messages.errors import MessageRejected, Unavailable
from messages.minutes.requests import SpendRequested
from messages.queues import MINUTE_USAGE
from messages.read import Event
from store.engine import Engine, open_engine
from store.errors import Conflict
from tests.servers.waiting import slowness, wait_until
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


def rich(engine: Engine, *, seconds: int = 60) -> MinutesHarness:
    """An account of its own that has seconds."""
    harness = MinutesHarness(engine)
    harness.apply(grant(harness.account, seconds))
    return harness


def together_on(engine: Engine, **more: Any) -> Together:
    """What a process submits by."""
    return Together(Context(engine, clock=lambda: NOW), MINUTE_USAGE, **more)


async def behind(gate: Gate, *calls: Coroutine[Any, Any, Outcome]) -> list[Outcome | BaseException]:
    """Let calls be made while the gate is closed, then open it, and wait for all of them."""
    tasks = [asyncio.create_task(call) for call in calls]
    await asyncio.sleep(0)
    gate.may_go.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


def spent_by(engine: Engine, gate: Gate) -> list[tuple[MinutesHarness, Outcome]]:
    """Let many callers, each with an account of its own, spend at the same time: a minute, or all but the last."""
    harnesses = [rich(engine) for _ in range(CALLERS)]
    together = together_on(engine)
    calls = [together.submit(spending(harness, 60 if number else 61)) for number, harness in enumerate(harnesses)]
    outcomes = asyncio.run(behind(gate, *calls))
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    return [(harness, outcome) for harness, outcome in zip(harnesses, outcomes, strict=True) if outcome]  # type: ignore[misc]


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
        assert len(gate.sizes) <= CALLERS / 2

    def test_begins_at_once_where_nothing_is_under_way(self, shared_engine: Engine, gate: Gate) -> None:
        gate.may_go.set()
        harness, together = rich(shared_engine, seconds=600), together_on(shared_engine)

        async def one_after_the_other() -> None:
            for _ in range(5):
                await together.submit(spending(harness, 60))

        asyncio.run(one_after_the_other())

        assert gate.sizes == [1] * 5
        assert harness.balance().available_seconds == 300

    def test_tells_all_of_a_batch_at_once_that_the_store_is_away(self, shared_engine: Engine, gate: Gate) -> None:
        gate.breaks_with = Unavailable("the database cannot be reached")

        with pytest.raises(Unavailable, match="cannot be reached"):
            spent_by(shared_engine, gate)

        assert len(gate.sizes) <= CALLERS / 2

    def test_refuses_what_is_wrong_and_gives_a_repeat_its_first_answer(self, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 600))
        together = together_on(harness.engine)

        async def ask() -> None:
            first = await together.submit(spending(harness, 60, id="one"))
            again = await together.submit(spending(harness, 60, id="one"))

            assert (again.result, again.answer) == (Result.REPEATED, first.answer)
            with pytest.raises(MessageRejected, match="used before with other content"):
                await together.submit(spending(harness, 61, id="one"))
            with pytest.raises(MessageRejected, match="seconds"):
                await together.submit(spending(harness, 0))

        asyncio.run(ask())

    def test_gives_repeats_that_come_together_one_effect(self, shared_engine: Engine, gate: Gate) -> None:
        harness, together = rich(shared_engine, seconds=600), together_on(shared_engine)

        calls = [together.submit(spending(harness, 60, id="one")) for _ in range(CALLERS)]
        outcomes = asyncio.run(behind(gate, *calls))

        results = [outcome.result for outcome in outcomes if isinstance(outcome, Outcome)]
        assert sorted(results) == [Result.APPLIED] + [Result.REPEATED] * (CALLERS - 1)
        assert harness.balance().available_seconds == 540

    def test_says_come_again_where_too_many_wait(self, shared_engine: Engine, gate: Gate) -> None:
        harness, together = rich(shared_engine, seconds=6_000), together_on(shared_engine, max_waiting=3)

        outcomes = asyncio.run(behind(gate, *(together.submit(spending(harness, 60)) for _ in range(CALLERS))))

        told = [outcome for outcome in outcomes if isinstance(outcome, Unavailable)]
        assert told
        assert str(told[0]) == "3 requests wait for the store already"
        assert harness.balance().available_seconds == 6_000 - 60 * (CALLERS - len(told))

    def test_forgets_who_has_gone_and_serves_the_others(self, shared_engine: Engine, gate: Gate) -> None:
        gone, patient = rich(shared_engine), rich(shared_engine)
        together = together_on(shared_engine)

        async def leave_one() -> Outcome:
            leaving = asyncio.create_task(together.submit(spending(gone, 60)))
            staying = asyncio.create_task(together.submit(spending(patient, 60)))
            await asyncio.sleep(0)
            leaving.cancel()
            gate.may_go.set()
            return await staying

        assert asyncio.run(leave_one()).result is Result.APPLIED
        assert patient.balance().available_seconds == 0

    def test_outlives_a_server_that_has_ended(
        self, shared_engine: Engine, gate: Gate, caplog: pytest.LogCaptureFixture
    ) -> None:
        first, second = rich(shared_engine), rich(shared_engine)
        together = together_on(shared_engine)

        async def leave() -> None:
            asyncio.create_task(together.submit(spending(first, 60)))  # noqa: RUF006 # it is to be left behind
            await asyncio.sleep(0)

        with caplog.at_level(logging.WARNING):
            asyncio.run(leave())
            gate.may_go.set()
            wait_until(lambda: "after their server had ended" in caplog.text, "it was handled all the same", limit_s=10)
        outcome = asyncio.run(together.submit(spending(second, 60)))

        assert outcome.result is Result.APPLIED
        assert first.balance().available_seconds == 0


class TestLocked:
    @pytest.fixture
    def hasty_engine(self, database_url: str) -> Iterator[Engine]:
        """An engine that waits for no lock for long."""
        engine = open_engine(database_url, pool_size=8, lock_timeout_ms=100)
        yield engine
        engine.dispose()

    def test_account_keeps_nobody_else_waiting(self, hasty_engine: Engine) -> None:
        locked, *others = [rich(hasty_engine, seconds=600) for _ in range(CALLERS)]
        context = Context(hasty_engine, clock=lambda: NOW, patience_seconds=2)
        together = Together(context, MINUTE_USAGE)

        async def ask() -> tuple[float, list[Outcome], BaseException | None]:
            blocked = asyncio.create_task(together.submit(spending(locked, 60)))
            began = time.monotonic()
            outcomes = await asyncio.gather(*(together.submit(spending(other, 60)) for other in others))
            return time.monotonic() - began, outcomes, (await asyncio.wait([blocked]))[0].pop().exception()

        with hasty_engine.connect() as connection:
            connection.execute(text("SELECT FROM account WHERE id = :id FOR UPDATE"), {"id": locked.account})
            waited, outcomes, error = asyncio.run(ask())

        assert {outcome.result for outcome in outcomes} == {Result.APPLIED}
        assert waited < 1.5
        assert isinstance(error, Conflict)
        assert locked.balance().available_seconds == 600

    def test_accounts_delay_no_other_noticeably_however_many_ask_for_them(self, database_url: str) -> None:
        """With the time-out of the web's locks: each batch with one of them waited for two seconds."""
        engine = open_engine(database_url, pool_size=12, lock_timeout_ms=2_000)
        locked, others = [rich(engine, seconds=600) for _ in range(6)], [rich(engine, seconds=600) for _ in range(8)]
        together = Together(Context(engine, clock=lambda: NOW, patience_seconds=60), MINUTE_USAGE)
        latencies: list[float] = []

        async def spend_on(harness: MinutesHarness) -> None:
            for _ in range(10):
                began = time.monotonic()
                assert (await together.submit(spending(harness, 60))).result is Result.APPLIED
                latencies.append(time.monotonic() - began)

        async def ask(connection: Connection) -> list[Outcome]:
            waiting = [asyncio.create_task(together.submit(spending(one, 60))) for one in locked for _ in range(3)]
            await asyncio.gather(*map(spend_on, others))
            assert not any(each.done() for each in waiting)
            connection.rollback()
            return await asyncio.gather(*waiting)

        with engine.connect() as connection:
            ids = [one.account for one in locked]
            connection.execute(text("SELECT FROM account WHERE id = ANY(:ids) FOR UPDATE"), {"ids": ids})
            outcomes = asyncio.run(ask(connection))

        assert sorted(latencies)[len(latencies) // 2] < 0.3 * slowness()
        assert max(latencies) < 1.2 * slowness()
        assert [outcome.result for outcome in outcomes] == [Result.APPLIED] * 18
        assert [one.balance().available_seconds for one in locked] == [600 - 3 * 60] * 6
        assert [one.balance().available_seconds for one in others] == [0] * 8
        engine.dispose()
