"""Today: the day is one of the business, and what it sums up is what the statistics sum up; the books stand there too."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from domain.statistics.period import day_of, midnight
from store.due_run import begin_run, end_run
from store.engine import Engine
from store.outbox import Outgoing, put_outgoing
from store.statistics.audit_run import save_audit_run
from store.tables.schedule import DueOutcome
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.letters import decide_about_letters
from tests.web.admin.test_desk import words
from tests.web.portal.browser import Clock
from web.admin.settings import Admin

STARTED = datetime.now(UTC)

HOURS = (22 - STARTED.hour + 9) % 24 - 9
ZONE = f"Etc/GMT{-HOURS:+d}"
"""
Where it is between 22:00 and 23:00, so that what is bought an hour later still is bought before midnight; the signs of
these names are the other way round.
"""


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The next day has just begun in the zone, and not in UTC, but for two hours of its day."""
    return Clock(midnight(day_of(STARTED, ZONE) + timedelta(days=1), ZONE) + timedelta(minutes=1))


@pytest.fixture
def desk(admin: Admin) -> Desk:
    """An account that has bought for 699.00 RUB, before that midnight."""
    return open_desk(admin)


def in_zone(admin: Admin, zone: str) -> None:
    object.__setattr__(admin, "context", replace(admin.context, business_zone=zone))


class TestTheDay:
    def test_begins_at_midnight_of_the_business(self, admin: Admin, owner: OperatorBrowser, desk: Desk) -> None:
        in_zone(admin, ZONE)
        after = words(owner.get("/"))
        # An hour further west the day of the purchase is not over.
        in_zone(admin, f"Etc/GMT{int(ZONE.removeprefix('Etc/GMT')) + 1:+d}")
        before = words(owner.get("/"))

        assert f"Sold since midnight, {ZONE} Nothing sold yet today" in after
        assert "RUB 699.00" in before.replace("₽", "RUB ")
        assert "1 paid order" in before

    def test_leaves_accounts_for_tests_and_free_orders_out(
        self, admin: Admin, owner: OperatorBrowser, desk: Desk
    ) -> None:
        in_zone(admin, "UTC")
        with transaction(desk.harness.engine) as session:
            session.execute(text("UPDATE account SET is_test = true"))
        tested = words(owner.get("/"))
        with transaction(desk.harness.engine) as session:
            session.execute(text("UPDATE account SET is_test = false"))

        assert "Nothing sold yet today" in tested


class TestTheBooks:
    def test_are_said_to_be_wrong_old_or_right(
        self, shared_engine: Engine, owner: OperatorBrowser, clock: Clock
    ) -> None:
        said = [words(owner.get("/"))]
        for age, broken in (
            (timedelta(hours=26), {}),
            (timedelta(hours=2), {"statistics-money": 1}),
            (timedelta(), {}),
        ):
            at = clock.at - age
            with transaction(shared_engine) as session:
                save_audit_run(session, began_at=at, ended_at=at, invariants=50, broken=broken)
            said.append(words(owner.get("/")))
        with transaction(shared_engine) as session:
            session.execute(text("DELETE FROM audit_run"))

        never, old, wrong, right = said
        assert "The books were never audited" in never
        assert "The books were audited last at" in old
        assert "The books are wrong: statistics-money did not hold" in wrong
        assert "The books were right at" in right
        assert "The books were audited last" not in right


def test_what_waits_leads_to_its_list(admin: Admin, owner: OperatorBrowser) -> None:
    decide_about_letters(admin.context)

    assert re.search(r'<a href="/letters">\d+\+? dead letters?</a> waiting', owner.get("/").text)


def test_what_does_not_flow_is_said_first(
    admin: Admin, shared_engine: Engine, owner: OperatorBrowser, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(admin.timetable, "count-statistics", timedelta(minutes=1))
    with transaction(shared_engine) as session:
        run = begin_run(session, "count-statistics", slot=clock.at, at=clock.at)
        end_run(session, run, outcome=DueOutcome.FAILED, at=clock.at, counts={})
        put_outgoing(session, Outgoing("screph.facts", "a", "stuck", b"{}"))
        session.execute(
            text("UPDATE outbox SET created_at = :at WHERE message_id = 'stuck'"),
            {"at": clock.at - timedelta(minutes=5)},
        )

    said = words(owner.get("/"))

    with transaction(shared_engine) as session:
        session.execute(text("DELETE FROM outbox WHERE message_id = 'stuck'"))
    assert "Job count-statistics is failed." in said
    assert "The outbox does not empty" in said
