"""The page of queues, and the trace of a message."""

from datetime import timedelta

from broker.counts import BrokerCounts, QueueCount
from scheduler.timetable import TIMETABLE
from store.due_run import begin_run, end_run
from store.processes import Process, save_process
from store.read import JobRun, last_runs
from store.read_queues import read_queues
from store.reading import reading
from store.tables.schedule import DueOutcome
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.portal.browser import Clock
from tests.workers.events import SOURCE, grant, usage
from tests.workers.minutes.harness import MinutesHarness
from web.admin.queues import _faults, _job
from web.admin.settings import Admin


class TestThePage:
    def test_shows_processes_and_which_are_silent(
        self, owner: OperatorBrowser, harness: MinutesHarness, clock: Clock
    ) -> None:
        now = clock()
        with transaction(harness.engine) as session:
            for name, ago in (("alive", 5), ("silent", 300)):
                seen = now - timedelta(seconds=ago)
                save_process(session, Process(name, "worker", f"host-{name}", 7, "9.9.9", now, seen, 42))

        text = owner.get("/queues").text

        assert "host-alive, 7" in text
        assert "9.9.9" in text
        assert text.count(">silent<") == 1

    def test_says_that_all_flows_where_somebody_works(
        self, owner: OperatorBrowser, harness: MinutesHarness, clock: Clock
    ) -> None:
        with transaction(harness.engine) as session:
            save_process(session, Process("one", "worker", "host", 7, "1", clock(), clock(), 42))
        text = owner.get("/queues").text

        assert "All flows." in text
        assert "In and out" in text

    def test_is_whole_without_a_broker(self, owner: OperatorBrowser) -> None:
        assert "The broker is in another process" in owner.get("/queues").text


class TestFaults:
    def faults(self, harness: MinutesHarness, admin: Admin, counts: BrokerCounts) -> list[str]:
        with reading(harness.engine) as session:
            page = read_queues(session, [], now=admin.context.clock())
        return _faults(admin, page, counts, [], admin.context.clock())

    def test_are_queues_that_nobody_consumes_and_alarms(self, harness: MinutesHarness, admin: Admin) -> None:
        counts = BrokerCounts(
            (QueueCount("webhook", 3, 0), QueueCount("purchase", 0, 2), QueueCount("due")), alarms=("n1 is full",)
        )

        assert self.faults(harness, admin, counts) == [
            "n1 is full",
            "Nobody consumes webhook: is `billing worker` running?",
        ]

    def test_are_none_where_nothing_is_known(self, harness: MinutesHarness, admin: Admin) -> None:
        assert self.faults(harness, admin, BrokerCounts(())) == []


class TestJobs:
    tick = TIMETABLE[0]

    def run(self, harness: MinutesHarness, clock: Clock, *, ago: timedelta, outcome: DueOutcome | None) -> JobRun:
        at = clock() - ago
        with transaction(harness.engine) as session:
            run_id = begin_run(session, self.tick.job, slot=at, at=at)
            if outcome is not None:
                end_run(session, run_id, outcome=outcome, at=at)
        with reading(harness.engine) as session:
            return last_runs(session, [self.tick.job])[self.tick.job]

    def test_say_how_they_do(self, harness: MinutesHarness, clock: Clock) -> None:
        second = timedelta(seconds=1)
        never = _job(JobRun(self.tick.job, None), self.tick.every, clock())
        silent = _job(self.run(harness, clock, ago=600 * second, outcome=DueOutcome.DONE), self.tick.every, clock())
        done = _job(self.run(harness, clock, ago=9 * second, outcome=DueOutcome.DONE), self.tick.every, clock())
        failed = _job(self.run(harness, clock, ago=6 * second, outcome=DueOutcome.FAILED), self.tick.every, clock())
        busy = _job(self.run(harness, clock, ago=3 * second, outcome=None), self.tick.every, clock())

        states = [one.state for one in (never, silent, done, failed, busy)]
        assert states == ["not yet run", "silent", "done", "failed", "under way"]


class TestTheTrace:
    def test_shows_what_a_message_did(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 600))
        event = usage(harness.account, 44)
        harness.apply(event)

        text = owner.get(f"/trace?source={SOURCE}&id={event['id']}").text

        assert "screph.usage.reported.v1" in text
        assert "burn" in text
        assert "-44" in text

    def test_says_that_nothing_has_come_of_it(self, owner: OperatorBrowser) -> None:
        assert "Nothing has come of it here" in owner.get("/trace?source=nobody&id=nothing").text

    def test_asks_which_message_is_meant(self, owner: OperatorBrowser) -> None:
        assert "Which message?" in owner.get("/trace").text
