"""`billing scheduler show`: how the jobs of the timetable stand."""

from datetime import UTC, datetime, timedelta

from messages.minutes.reminders import ExpirySweepRequested
from messages.queues import DUE
from messages.read import Event, read
from messages.write import write
from scheduler.main import Ticker
from scheduler.timetable import TIMETABLE
from store.engine import open_engine
from tests.journeys.billing import Billing
from workers.context import Context
from workers.queues.due import handle


class TestShow:
    def test_of_an_installation_that_never_ticked_says_so(self, alone: Billing) -> None:
        jobs = alone.json("scheduler", "show")

        assert [job["job"] for job in jobs] == [tick.job for tick in TIMETABLE]
        assert {job["outcome"] for job in jobs} == {job["claimed_slot"] for job in jobs} == {None}
        assert "not yet" in alone("scheduler", "show").stdout

    def test_shows_the_last_run_and_the_next(self, alone: Billing, database_url: str) -> None:
        engine = open_engine(database_url)
        [sweep] = (tick for tick in TIMETABLE if tick.job == "expiry-sweep")
        before = datetime.now(UTC)
        assert Ticker(engine).tick(sweep)
        for minutes in (2, 1):
            _, body = write(ExpirySweepRequested, {}, at=before - timedelta(minutes=minutes))
            [event] = read(body, queue=DUE)
            assert isinstance(event, Event)
            handle(Context(engine, clock=lambda minutes=minutes: before - timedelta(minutes=minutes)), [event])
        engine.dispose()

        [job] = (one for one in alone.json("scheduler", "show") if one["job"] == "expiry-sweep")

        assert (job["outcome"], job["counts"]["announced"], job["every_seconds"]) == ("done", 0, 60)
        assert datetime.fromisoformat(job["started_at"]) == before - timedelta(minutes=1)
        claimed, following = (datetime.fromisoformat(job[name]) for name in ("claimed_slot", "next_slot"))
        assert before - timedelta(minutes=1) < claimed < following
        assert "done" in alone("scheduler", "show").stdout
