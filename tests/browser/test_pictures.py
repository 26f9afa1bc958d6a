"""
The pictures in docs/operators.md and README.md: what stands on a page is what its picture shows.

Beside each picture is what the page said when it was taken, without moments and ids. Where a page says something else
now, the picture is old: `make pictures` takes all of them again.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from broker.counts import BrokerCounts, QueueCount
from demo.first_look import enter
from demo.people import SUBSCRIBER
from domain.access.role import Role
from relay.outbox import relay_batch
from scheduler.timetable import TIMETABLE
from store.due_run import begin_run, end_run
from store.engine import Engine
from store.processes import Process, save_process
from store.statistics.audit_run import save_audit_run
from store.tables.schedule import DueOutcome
from store.transaction import transaction
from tests.browser.small_picture import photograph
from tests.browser.visiting import Look, Visitor
from tests.relay.answering import ConfirmingPublisher
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.conftest import serving_admin, shared_engine
from tests.web.admin.desk import open_desk
from tests.web.admin.letters import decide_about_letters, sent_again
from tests.web.portal.browser import Browser as Buyer
from tests.web.portal.browser import Clock
from tests.web.portal.conftest import serving_portal
from tests.workers.payments.harness import fresh_harness
from web.admin.settings import Admin
from web.portal.settings import Portal
from workers.context import Context

__all__ = ["shared_engine"]

REPOSITORY = Path(__file__).parents[2]
FOLDER = REPOSITORY / "docs" / "screenshots"

IS_TAKEN = bool(os.environ.get("PICTURES"))
"""Whether pictures are taken again; else pages are compared with what they said."""

MAX_BYTES = 60_000

ACCOUNT = "anna-4711"

ADMIN_PAGES = {
    "today": "/",
    "account": f"/account?id={ACCOUNT}",
    "order": "/order?id={order}",
    "refund": "/order/refund?id={order}",
    "queues": "/queues",
    "letters": "/letters",
    "decision": "/letters/decisions/{decision}",
}
"""Name of the picture -> the page."""

PORTAL_PAGES = {"portal": "/"}

COUNTS = BrokerCounts(
    (
        QueueCount("minute-usage", ready=12, consumers=2, delayed=0, dead=0, unacked=40),
        QueueCount("purchase", ready=0, consumers=2, delayed=1, dead=0, unacked=1),
        QueueCount("webhook", ready=0, consumers=2, delayed=0, dead=0, unacked=0),
        QueueCount("due", ready=0, consumers=2, delayed=0, dead=0, unacked=0),
    ),
    has_api=True,
)

# What is another one each time: moments and their parts, ids, and rates (of which "About 0.2" is no day of a month).
_CHANGING = re.compile(
    r"\b(?:\d{1,2}(?: [A-Z][a-z]+(?: \d{4})?)? ?– ?)?\d{1,2} [A-Z][a-z]+(?: \d{4})?\b"
    r"|\b\d{1,2} [A-Z][a-z]+ \d{4}\b|\b[A-Z][a-z]{2,8} \d{1,2}(?:, \d{4})?\b(?!\.\d)|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}:\d\d(?::\d\d)?(?:[ \u202f]?[AP]M)?\b"
    r"|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b|\b\d+\.\d(?= (?:messages )?a second)"
)


def said(visitor: Visitor) -> str:
    """What the main part of a page says, a line a paragraph or cell, without what changes."""
    # Whether its stream is open already is chance.
    visitor.page.locator("[data-live], #live").evaluate_all("all => all.forEach((one) => one.remove())")
    text = visitor.page.locator("main").inner_text().replace("\u00a0", " ").replace("\u202f", " ")
    lines = (" ".join(_CHANGING.sub("…", line).split()) for line in re.split(r"[\n\t]", text))
    return "\n".join(line for line in lines if line) + "\n"


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def admin(shared_engine: Engine, clock: Clock) -> Iterator[Admin]:
    """The admin pages of an installation at work."""
    timetable = {tick.job: tick.every for tick in TIMETABLE[:6]}
    with serving_admin(
        Context(shared_engine, clock=clock, gateways={}), broker=lambda: COUNTS, timetable=timetable
    ) as it:
        yield it


@pytest.fixture(scope="module")
def names(admin: Admin, clock: Clock) -> dict[str, str]:
    """One account with an order, dead letters, processes and jobs."""
    harness = fresh_harness(admin.context.engine, account=ACCOUNT, gateway="sandbox")
    desk = open_desk(admin, harness)
    _, decision = decide_about_letters(admin.context, "boris-2207")
    while relay_batch(admin.context.engine, ConfirmingPublisher()):
        pass
    # What was sent again is applied, as a worker does.
    harness.minutes.apply(*sent_again("boris-2207"))
    while relay_batch(admin.context.engine, ConfirmingPublisher()):
        pass
    with transaction(admin.context.engine) as session:
        for name, kind, handled, per_minute in (
            ("1", "relay", 0, 0),
            ("2", "scheduler", 0, 0),
            ("3", "worker", 48_211, 1_240),
            ("4", "worker", 47_874, 1_210),
        ):
            began = clock() - timedelta(hours=3)
            process = Process(name, kind, f"billing-{name}", 7, "0.1.0", began, clock(), handled, per_minute)
            save_process(session, process)
        for tick in TIMETABLE:
            run = begin_run(session, tick.job, slot=clock(), at=clock())
            end_run(session, run, outcome=DueOutcome.DONE, at=clock() + timedelta(seconds=0.4), counts={})
        save_audit_run(session, began_at=clock(), ended_at=clock(), invariants=60, broken={})
    return {"order": desk.order_id, "decision": str(decision)}


@pytest.fixture(scope="module")
def operator(chromium: Browser, admin: Admin, clock: Clock) -> Iterator[Visitor]:
    """An owner at a browser."""
    with OperatorBrowser(admin, clock) as browser, Visitor(chromium, admin.address) as visitor:
        browser.join(Role.OWNER, name="ada")
        browser.sign_in()
        visitor.take_cookies(dict(browser.client.cookies))
        visitor.choose(Look("en", "light", 1280))
        yield visitor


@pytest.fixture(scope="module")
def buyer(chromium: Browser, shared_engine: Engine) -> Iterator[Visitor]:
    """The buyer of the first look at a browser, yesterday at noon: what their days hold depends on no time of day."""
    noon = Clock(datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1))
    context = Context(shared_engine, clock=noon)
    enter(context)
    with serving_portal(context) as portal:
        yield from _buyer(chromium, portal)


def _buyer(chromium: Browser, portal: Portal) -> Iterator[Visitor]:
    with Buyer(portal) as browser, Visitor(chromium, portal.address) as visitor:
        browser.sign_in(SUBSCRIBER.account_id)
        visitor.take_cookies(dict(browser.client.cookies))
        visitor.choose(Look("en", "light", 1280))
        yield visitor


def check(visitor: Visitor, name: str, address: str) -> None:
    """Take a picture, or compare what a page says with what it said when its picture was taken."""
    response = visitor.page.goto(address, wait_until="load")
    assert response is not None
    assert response.status == 200
    picture, beside = FOLDER / f"{name}.png", FOLDER / f"{name}.txt"
    if IS_TAKEN:
        picture.write_bytes(photograph(visitor.page))
        beside.write_text(said(visitor), encoding="utf-8")
    assert picture.stat().st_size <= MAX_BYTES
    assert said(visitor) == beside.read_text(encoding="utf-8"), "the picture is old; `make pictures` takes it again"


class TestPictures:
    @pytest.mark.parametrize("name", ADMIN_PAGES)
    def test_of_admin_pages_show_what_is_there(self, operator: Visitor, names: dict[str, str], name: str) -> None:
        check(operator, name, ADMIN_PAGES[name].format(**names))

    @pytest.mark.parametrize("name", PORTAL_PAGES)
    def test_of_the_portal_show_what_is_there(self, buyer: Visitor, name: str) -> None:
        check(buyer, name, PORTAL_PAGES[name])


class TestPages:
    def test_show_pictures_that_are_there_and_all_of_them(self) -> None:
        named: set[str] = set()
        for page in ("docs/operators.md", "README.md"):
            text = (REPOSITORY / page).read_text(encoding="utf-8")
            found: list[Any] = re.findall(r"!\[([^\]]+)\]\((?:docs/)?screenshots/([\w-]+)\.png\)", text)
            assert found, page
            assert all(len(description) > 20 for description, _ in found), page
            named |= {name for _, name in found}

        assert named == ADMIN_PAGES.keys() | PORTAL_PAGES.keys()
        assert {file.stem for file in FOLDER.glob("*.png")} == named
