"""The page of queues."""

import time
from datetime import timedelta

from broker.counts import BrokerCounts, QueueCount
from domain.access.role import Role
from scheduler.timetable import TIMETABLE
from store.due_run import begin_run, end_run
from store.processes import Process, save_process
from store.read import JobRun, last_runs
from store.read_queues import read_queues
from store.reading import reading
from store.tables.schedule import DueOutcome
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.live.event_source import EventSource
from tests.web.portal.browser import Clock
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
        assert "Queues are not counted here" in owner.get("/queues").text


class TestTheStream:
    def open(self, browser: OperatorBrowser) -> EventSource:
        """Open the stream of whoever is signed in."""
        cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
        return EventSource(f"{browser.admin.address}/queues/events", Cookie=cookies)

    def test_sends_the_part_of_the_page_anew_when_something_has_changed(
        self, owner: OperatorBrowser, harness: MinutesHarness, clock: Clock
    ) -> None:
        with self.open(owner) as stream:
            first = stream.next()
            with transaction(harness.engine) as session:
                save_process(session, Process("new", "relay", "host-of-the-new", 7, "1", clock(), clock(), 42, 120))
            second = stream.next(limit_s=5)

        assert first is not None
        assert second is not None
        assert "host-of-the-new" not in first.data["html"]
        assert "host-of-the-new, 7" in second.data["html"]
        whole = owner.get("/queues").text
        assert second.data["html"].strip() in whole

    def test_is_drawn_once_for_all_that_look(self, owner: OperatorBrowser) -> None:
        with self.open(owner) as one, self.open(owner) as other:
            first, second = one.next(), other.next()

        assert first is not None
        assert second is not None
        assert first.data == second.data

    def test_ends_with_its_session(self, admin: Admin, clock: Clock) -> None:
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(Role.VIEWER)
            with self.open(browser) as stream:
                stream.next()
                browser.send_form("/leave")

                last = stream.next(limit_s=6)

        assert last is not None
        assert last.name == "ended"

    def test_ends_with_the_process(self, owner: OperatorBrowser) -> None:
        stopping = owner.admin.context.stopping
        with self.open(owner) as stream:
            stream.next()
            began = time.monotonic()
            stopping.set()
            try:
                last = stream.next(limit_s=5)
            finally:
                stopping.clear()

        assert last is not None
        assert last.name == "stopping"
        assert time.monotonic() - began < 2

    def test_is_for_whoever_is_signed_in(self, browser: OperatorBrowser) -> None:
        assert browser.get("/queues/events").headers["location"] == "/sign-in"


class TestFaults:
    def faults(self, harness: MinutesHarness, admin: Admin, counts: BrokerCounts) -> list[str]:
        with reading(harness.engine) as session:
            page = read_queues(session, [], now=admin.context.clock())
        return _faults(page, counts, [], admin.context.clock())

    def test_are_queues_that_nobody_consumes_and_alarms(self, harness: MinutesHarness, admin: Admin) -> None:
        counts = BrokerCounts(
            (QueueCount("webhook", 3, 0), QueueCount("purchase", 0, 2), QueueCount("due")), alarms=("n1 is full",)
        )

        assert self.faults(harness, admin, counts) == [
            "n1 is full",
            "Nobody consumes webhook: is `billing worker` running?",
        ]

    def test_are_kinds_of_processes_that_are_heard_of_no_more(
        self, harness: MinutesHarness, admin: Admin, clock: Clock
    ) -> None:
        long_ago = clock() - timedelta(minutes=5)
        with transaction(harness.engine) as session:
            save_process(session, Process("left", "scheduler", "host", 7, "1", long_ago, long_ago, 42))

        assert self.faults(harness, admin, BrokerCounts(())) == ["No `billing scheduler` is heard of any more."]

        with transaction(harness.engine) as session:
            save_process(session, Process("next", "scheduler", "host", 8, "1", clock(), clock(), 0))
        assert self.faults(harness, admin, BrokerCounts(())) == []

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
