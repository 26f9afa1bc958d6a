"""Who was active: by the day on which it happened, and what a day that is over says."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from store.transaction import transaction
from tests.servers.waiting import wait_until
from tests.workers.events import DAY, HOUR, NOW, reversal, usage
from tests.workers.minutes.harness import MinutesHarness
from workers.context import Context
from workers.statistics.audit import prove
from workers.statistics.count import count_statistics


def context(harness: MinutesHarness, now: datetime, zone: str = "UTC") -> Context:
    """What a worker has at a moment."""
    return Context(harness.engine, clock=lambda: now, business_zone=zone)


def days(harness: MinutesHarness) -> list[tuple[str, int, int, int]]:
    """Each day that is over: how many were active on it, in its week, and in its month."""
    rows = harness.select("SELECT * FROM day_activity ORDER BY day")
    return [(str(row["day"]), row["of_day"], row["of_week"], row["of_month"]) for row in rows]


def use(harness: MinutesHarness, name: str, at: datetime, *, heard: datetime | None = None) -> str:
    """Let an account use a minute, which is heard of at once or later; return the usage."""
    account = replace(harness, account=name)
    event = usage(name, 60, at=at)
    account.apply(event, now=heard or at)
    return str(event["id"])


class TestADay:
    def test_counts_each_account_once(self, own_harness: MinutesHarness) -> None:
        for name, ago in (("anna", 9), ("anna", 9), ("boris", 9), ("anna", 3), ("clara", 2)):
            use(own_harness, name, NOW - ago * DAY)

        count_statistics(context(own_harness, NOW))

        assert days(own_harness)[-1] == ("2026-11-22", 0, 2, 3)
        assert days(own_harness)[0] == ("2026-11-14", 2, 2, 2)
        assert [day[1] for day in days(own_harness)] == [2, 0, 0, 0, 0, 0, 1, 1, 0]

    def test_is_the_business_zones(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", datetime(2026, 11, 20, 22, tzinfo=UTC))

        count_statistics(context(own_harness, NOW, "Europe/Moscow"))

        assert days(own_harness)[0][0] == "2026-11-21"

    def test_is_counted_again_when_something_comes_late_and_says_so(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", NOW - 3 * DAY)
        count_statistics(context(own_harness, NOW))
        use(own_harness, "boris", NOW - 2 * DAY, heard=NOW)
        before = days(own_harness)

        count_statistics(context(own_harness, NOW + HOUR))

        assert [day[1] for day in before] == [1, 0, 0]
        assert [day[1] for day in days(own_harness)] == [1, 1, 0]
        [mark] = own_harness.select("SELECT * FROM late_change")
        assert (mark["what"], mark["amount"], str(mark["changed_on"])) == ("used_seconds", 60, "2026-11-23")

    def test_takes_out_what_was_reversed(self, own_harness: MinutesHarness) -> None:
        used = use(own_harness, "anna", NOW - 3 * DAY)
        count_statistics(context(own_harness, NOW))
        replace(own_harness, account="anna").apply(reversal("anna", used, at=NOW), now=NOW)

        count_statistics(context(own_harness, NOW + HOUR))

        assert {day[1:] for day in days(own_harness)} == {(0, 0, 0)}

    def test_leaves_accounts_for_tests_out(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", NOW - DAY)
        with transaction(own_harness.engine) as session:
            session.execute(text("UPDATE account SET is_test = true"))

        count_statistics(context(own_harness, NOW))

        assert {day[1:] for day in days(own_harness)} == {(0, 0, 0)}


class TestATransactionThatIsOpen:
    def test_is_waited_for_and_then_counted_with_its_quarter(self, own_harness: MinutesHarness) -> None:
        """It has read its clock before the quarter's end and commits long after: a plain watermark would miss it."""
        begins = datetime.now(UTC)
        ends = (begins + timedelta(seconds=1)).replace(microsecond=0) + timedelta(seconds=1)
        # The quarter of the tests' clock ends when two seconds of ours are over.
        shift = datetime(2026, 11, 23, 12, 15, tzinfo=UTC) - ends

        def clock() -> datetime:
            return datetime.now(UTC) + shift

        def count() -> None:
            running = Context(own_harness.engine, clock=clock)
            count_statistics(running, patience=timedelta(), clock_error=timedelta())

        use(own_harness, "anna", clock())
        with transaction(own_harness.engine) as holder:
            holder.execute(text("SELECT FROM account FOR UPDATE"))
            late = threading.Thread(target=use, args=(own_harness, "anna", clock()))
            late.start()
            wait_until(lambda: datetime.now(UTC) > ends, "the quarter is over", limit_s=5)
            count()
            [state] = own_harness.select("SELECT minutes_until FROM statistics_state")
        late.join(30)
        count()

        assert state["minutes_until"] <= datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
        [counted] = own_harness.select("SELECT sum(lines) AS n FROM bucket_minutes")
        assert counted["n"] == own_harness.select("SELECT count(*) AS n FROM entry")[0]["n"]


class TestTheAudit:
    def test_saves_its_verdict(self, own_harness: MinutesHarness) -> None:
        use(own_harness, "anna", NOW - DAY)
        running = context(own_harness, NOW)
        count_statistics(running)

        good = prove(running)
        with transaction(own_harness.engine) as session:
            session.execute(text("UPDATE bucket_minutes SET seconds = seconds + 1"))
        bad = prove(running)
        with transaction(own_harness.engine) as session:
            session.execute(text("UPDATE bucket_minutes SET seconds = seconds - 1"))

        rows = own_harness.select("SELECT broken, invariants FROM audit_run ORDER BY id")
        assert (good["broken"], bad["broken"]) == (0, 2)
        assert rows[0]["broken"] == {}
        assert rows[1]["broken"].keys() == {"statistics-minutes", "statistics-days"}
        assert rows[0]["invariants"] > 20
