"""Runs of due jobs: every reminder leaves a row, however it ends."""

from collections.abc import Callable
from typing import Any

import pytest

from messages.errors import Unavailable
from messages.minutes.reminders import ExpirySweepRequested
from messages.read import Event, read
from messages.registry import QUEUE_OF
from messages.write import write
from scheduler.timetable import TIMETABLE
from tests.workers.events import DAY, NOW
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.due_run import run_due
from workers.queues.handlers import HANDLERS

REMINDERS = [tick.reminder for tick in TIMETABLE]


def reminder(model: type[Any] = ExpirySweepRequested) -> Event:
    """A reminder of the slot at `NOW`."""
    _, body = write(model, {}, at=NOW)
    [event] = read(body, queue=QUEUE_OF[model])
    assert isinstance(event, Event)
    return event


def runs(harness: MinutesHarness, job: str) -> list[dict[str, Any]]:
    """The runs of a job, the oldest first."""
    return harness.select("SELECT * FROM due_run WHERE job = :job ORDER BY id", job=job)


class TestRunDue:
    def run(self, harness: MinutesHarness, work: Callable[[], dict[str, int]], *, job: str, now: Any = NOW) -> None:
        run_due(Context(harness.engine, clock=lambda: now), reminder(), job, work)

    def test_leaves_what_it_counted(self, harness: MinutesHarness) -> None:
        self.run(harness, lambda: {"polled": 3}, job="well")

        [run] = runs(harness, "well")
        assert (run["slot"], run["started_at"], run["ended_at"]) == (NOW, NOW, NOW)
        assert (run["outcome"], run["counts"]) == ("done", {"polled": 3})

    def test_leaves_that_it_failed(self, harness: MinutesHarness) -> None:
        def fail() -> dict[str, int]:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            self.run(harness, fail, job="ill")

        [run] = runs(harness, "ill")
        assert (run["outcome"], run["ended_at"], run["counts"]) == ("failed", NOW, None)

    def test_leaves_one_that_was_cut_off_running(self, harness: MinutesHarness) -> None:
        def lose_the_store() -> dict[str, int]:
            raise Unavailable("the store is away")

        with pytest.raises(Unavailable):
            self.run(harness, lose_the_store, job="cut off")

        [run] = runs(harness, "cut off")
        assert (run["outcome"], run["ended_at"]) == ("running", None)

    def test_forgets_runs_of_long_ago(self, harness: MinutesHarness) -> None:
        for days in (0, 89, 91):
            self.run(harness, dict, job="old", now=NOW + days * DAY)

        assert [(run["started_at"] - NOW).days for run in runs(harness, "old")] == [89, 91]


class TestEveryReminder:
    @pytest.mark.parametrize("model", REMINDERS)
    def test_leaves_a_run_of_its_job_in_the_timetable(self, harness: MinutesHarness, model: type[Any]) -> None:
        [job] = [tick.job for tick in TIMETABLE if tick.reminder is model]
        before = len(runs(harness, job))

        HANDLERS[QUEUE_OF[model]].handle(Context(harness.engine, clock=lambda: NOW), [reminder(model)])

        assert [run["outcome"] for run in runs(harness, job)[before:]] == ["done"]
