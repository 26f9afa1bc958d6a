"""Looking as an account does: an operator sees every page of the portal, and no button of it does anything."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from domain.access.act import Actor
from domain.access.session import VIEW_LIFETIME
from domain.access.token import hash_token, is_token
from store.access.read import find_token, list_sessions
from store.engine import Engine
from store.reading import reading
from store.transaction import transaction
from tests.asgi.running import running
from tests.web.portal.browser import Browser, Clock
from tests.web.portal.test_buying import saved
from tests.web.portal.test_pages import PUBLIC, _routes
from tests.web.portal.test_security import GETS, POSTS, TOKEN, address
from tests.workers.events import registered
from tests.workers.payments.harness import PaymentHarness, fill_catalogue, fresh_harness
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.access.sessions import make_view_link

SESSION_ROUTES = {"/enter", "/leave"}
"""They begin and end sessions, and nothing else."""


class Viewing:
    """A buyer who has bought and has a card, and the browser of an operator who looks as they do."""

    def __init__(self, harness: PaymentHarness, browser: Browser, clock: Clock, order_id: str) -> None:
        self.harness, self.browser, self.clock, self.order_id = harness, browser, clock, order_id
        with transaction(harness.engine) as session:
            self.session_id = session.execute(_AN_OPERATOR, {"at": clock()}).scalar_one()
        self.actor = Actor("anna", "support", 1, self.session_id)

    def begin(self) -> None:
        """Begin to look."""
        token = make_view_link(self.browser.portal.context, self.actor, self.harness.account, reason="case 7")
        assert self.browser.post("/enter", {"token": token}).status_code == 303


_AN_OPERATOR = text("""
    WITH one AS (
        INSERT INTO operator (name, role, totp_secret, created_by, created_at, joined_at, password_hash)
        VALUES ('anna', 'owner', 'x', 'test', :at, :at, 'x')
        ON CONFLICT (name) DO UPDATE SET disabled_at = NULL RETURNING number
    )
    INSERT INTO operator_session (operator, token_hash, form_secret, created_at, seen_at, proved_at)
    SELECT number, sha256(CAST(gen_random_uuid() AS text)::bytea), 'x', :at, :at, :at FROM one RETURNING id
""")


@pytest.fixture
def viewing(shared_engine: Engine) -> Iterator[Viewing]:
    """An operator who looks."""
    fill_catalogue(shared_engine)
    harness = fresh_harness(shared_engine)
    harness.minutes.apply(registered(harness.account, locale="en", currency="RUB", username="Petra"))
    saved(harness)
    order_id = harness.bought("standard")[0]
    clock = Clock(harness.clock())
    context = harness.context
    object.__setattr__(context, "clock", clock)
    with running(create_portal(Portal(context, "http://127.0.0.1:1"))) as url:
        with Browser(Portal(context, url)) as browser:
            viewing = Viewing(harness, browser, clock, order_id)
            viewing.begin()
            yield viewing


def contents(engine: Engine) -> dict[str, str]:
    """A hash of all rows of each table."""
    with reading(engine) as session:
        tables = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        rows = "md5(coalesce(string_agg(row::text, '' ORDER BY row::text), ''))"
        return {table: session.execute(text(f'SELECT {rows} FROM "{table}" AS row')).scalar_one() for table in tables}


class TestLooking:
    def test_begins_at_words_for_operators_and_shows_no_live_mark(self, viewing: Viewing) -> None:
        entry = viewing.browser.get(f"/enter/{TOKEN}?look=true").text
        home = viewing.browser.get("/").text

        assert "You see its pages as it does, read only, for 30 minutes." in entry
        assert "One press" not in entry
        assert 'id="live"' not in home
        assert "live.js" not in home

    def test_shows_every_page_with_a_banner_and_writes_nothing(self, viewing: Viewing) -> None:
        before = contents(viewing.harness.engine)
        shown = {}
        for path, sample in GETS.items():
            if sample is not None and path not in PUBLIC and TOKEN not in sample:
                page = viewing.browser.get(address(path, viewing.order_id))
                if page.status_code == 200 and page.headers["content-type"].startswith("text/html"):
                    shown[path] = "You look as Petra" in page.text and "30 minutes left" in page.text

        # A code that does not count would be noted as a try of the account.
        asked = [viewing.browser.get(f"{path}?code=NO-SUCH-CODE").status_code for path in ("/buy", "/subscription")]

        assert asked == [200, 200]
        assert len(shown) >= 12
        assert set(shown.values()) == {True}
        assert contents(viewing.harness.engine) == before

    def test_is_refused_by_every_form(self, viewing: Viewing) -> None:
        secret = viewing.browser.form_secret("/")
        before = contents(viewing.harness.engine)
        answers = {}
        for route in _routes(viewing.browser.portal):
            for method in (route.methods or set()) - {"GET", "HEAD"}:
                path = address(route.path, viewing.order_id)
                data = {"form_secret": secret, "token": "x"} | POSTS.get(route.path, {})
                answer = viewing.browser.client.request(
                    method, path, data=data, headers={"sec-fetch-site": "same-origin"}
                )
                if route.path not in SESSION_ROUTES:
                    answers[f"{method} {route.path}"] = (answer.status_code, "You only look" in answer.text)
                else:
                    # What ends or begins a session has tests of its own.
                    viewing.begin()

        assert {path.split()[1] for path in answers} == {*POSTS, "/unsubscribe/{token}"} - SESSION_ROUTES
        assert set(answers.values()) == {(403, True)}, answers
        after = contents(viewing.harness.engine)
        assert {name for name in before if before[name] != after[name]} <= {"audit_log", "entry_link", "portal_session"}

    def test_leads_to_no_gateway(self, viewing: Viewing) -> None:
        order_id = viewing.harness.buy()["order_id"]

        assert viewing.browser.get(f"/pay/{order_id}").status_code == 403
        assert viewing.harness.order(order_id)["opened_at"] is None

    def test_ends_after_half_an_hour_however_often_a_page_is_opened(self, viewing: Viewing) -> None:
        viewing.clock.at += VIEW_LIFETIME - timedelta(seconds=1)
        last = viewing.browser.get("/")
        viewing.clock.at += timedelta(seconds=1)

        assert "1 minutes left" in last.text
        assert viewing.browser.get("/").status_code == 303

    def test_ends_with_the_session_of_the_operator(self, viewing: Viewing) -> None:
        with transaction(viewing.harness.engine) as session:
            session.execute(
                text("UPDATE operator_session SET ended_at = now() WHERE id = :id"), {"id": viewing.session_id}
            )

        assert viewing.browser.get("/").status_code == 303

    def test_ends_with_the_operator(self, viewing: Viewing) -> None:
        with transaction(viewing.harness.engine) as session:
            session.execute(text("UPDATE operator SET disabled_at = now() WHERE name = 'anna'"))

        assert viewing.browser.get("/").status_code == 303

    def test_is_noted_at_its_beginning_and_its_end(self, viewing: Viewing) -> None:
        viewing.browser.send_form("/leave")

        assert viewing.browser.get("/").status_code == 303
        lines = viewing.harness.minutes.select(
            "SELECT action, name, reason FROM audit_log WHERE account_id = :account ORDER BY id"
        )
        assert [tuple(line.values()) for line in lines] == [
            ("account.view_as", "anna", "case 7"),
            ("account.view_as.begin", "anna", None),
            ("account.view_as.end", "anna", None),
        ]

    def test_is_no_browser_of_the_buyer(self, viewing: Viewing) -> None:
        with Browser(viewing.browser.portal) as own:
            own.sign_in(viewing.harness.account)
            page = own.get("/settings/devices")

        with reading(viewing.harness.engine) as session:
            lines = list_sessions(session, viewing.harness.account, seen_since=viewing.clock() - VIEW_LIFETIME)
        assert len(lines) == 1
        assert "You look as" not in page.text

    def test_opens_nothing_of_the_api(self, viewing: Viewing) -> None:
        cookie = dict(viewing.browser.client.cookies)["session"]

        with reading(viewing.harness.engine) as session:
            assert find_token(session, hash_token(cookie)) is None
        assert not is_token(cookie)
