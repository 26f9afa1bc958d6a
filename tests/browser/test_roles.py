"""
What each role sees and does in a browser, and what it may not do: by its pages, and by a request that no page offers.

The gateways are the doubles beside `billing run`; the admin pages call the sandbox as they would a real one.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from domain.access.role import PERMISSIONS, Permission, Role
from gateways.sandbox import open_gateway
from gateways.settings import GatewaySettings
from tests.browser.installation import Installation
from tests.browser.roles import Operator, Things, direct, make_things
from tests.servers.waiting import wait_until
from tests.web.portal.browser import Clock
from tests.web.serving import serving
from web.admin.app import create_admin
from web.admin.navigation import NAVIGATION
from web.admin.settings import Admin
from workers.context import Context

MAIL = "@example.org"


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of the admin pages."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def admin(installation: Installation, clock: Clock) -> Iterator[Admin]:
    """The admin pages, which call the sandbox."""
    settings = installation.doubles["sandbox"].settings()
    gateway = open_gateway(GatewaySettings("SANDBOX_", settings, is_development=True))
    context = Context(installation.engine, clock=clock, gateways={"sandbox": gateway})
    with serving(lambda address: create_admin(Admin(context, address))) as address:
        yield Admin(context, address)


@pytest.fixture(scope="module")
def things(installation: Installation) -> Things:
    """What there is, made as its owners would make it."""
    return make_things(installation)


@pytest.fixture(scope="module")
def operators(chromium: Browser, admin: Admin, clock: Clock) -> Iterator[dict[Role, Operator]]:
    """One of each role."""
    with ExitStack() as leaving:
        found = {}
        for role in Role:
            found[role] = Operator(chromium, admin, clock, role)
            leaving.callback(found[role].close)
        yield found
        assert [fault for operator in found.values() for fault in operator.visitor.faults] == []


class TestEachRole:
    @pytest.mark.parametrize("role", Role)
    def test_sees_its_pages_in_the_navigation(self, operators: dict[Role, Operator], role: Role) -> None:
        operator = operators[role]
        operator.page.goto("/")

        assert operator.titles() == [entry.title for entry in NAVIGATION if entry.permission in PERMISSIONS[role]]
        expect(operator.page.locator("header")).to_contain_text(f"{operator.name} · {role}")

    @pytest.mark.parametrize("role", Role)
    def test_sees_mail_addresses_only_where_it_may(
        self, operators: dict[Role, Operator], things: Things, role: Role
    ) -> None:
        operator = operators[role]
        operator.page.goto(f"/account?id={things.account.account}")

        sees = f"{things.account.account}{MAIL}" in operator.visitor.words()
        assert sees == (Permission.PERSONAL_READ in PERMISSIONS[role])

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT, Role.FINANCE, Role.MARKETING])
    def test_is_refused_what_no_page_offers_and_the_audit_log_says_so(
        self, operators: dict[Role, Operator], things: Things, role: Role
    ) -> None:
        operator, before = operators[role], things.state()
        refused = {path: form for (path, needed), form in direct(things).items() if needed not in PERMISSIONS[role]}
        assert refused

        answers = {path: operator.send(path, form) for path, form in refused.items()}

        for path, answer in answers.items():
            assert answer.status == 403, path
            assert "Your role does not allow this" in answer.text(), path
        assert things.state() == before
        assert things.count("SELECT count(*) AS n FROM operator WHERE name = 'sneaked-in'") == 0
        noted = things.acts(operator.name, "access.refuse")
        assert {act["object"] for act in noted} >= {f"POST {re.sub('[0-9]+', '{number}', path)}" for path in refused}
        assert {act["role"] for act in noted} == {role}

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.SUPPORT, Role.FINANCE, Role.MARKETING])
    def test_is_refused_pages_that_are_not_its(self, operators: dict[Role, Operator], role: Role) -> None:
        operator = operators[role]

        for entry in NAVIGATION:
            if entry.permission not in PERMISSIONS[role]:
                answer = operator.page.request.get(entry.path)
                assert (answer.status, "Your role does not allow this" in answer.text()) == (403, True), entry.path


class TestViewer:
    def test_sees_no_button_that_changes_anything(self, operators: dict[Role, Operator], things: Things) -> None:
        viewer = operators[Role.VIEWER]

        for path in (
            f"/account?id={things.account.account}",
            f"/order?id={things.order_id}",
            f"/promotion?id={things.promotion}",
            f"/letters/{things.letter}",
        ):
            viewer.page.goto(path)
            assert viewer.page.locator("main form[method=post]").count() == 0, path
            assert viewer.page.locator("main a[href*='/grant'], main a[href*='/refund']").count() == 0, path


class TestSupport:
    def test_grants_a_few_minutes_and_asks_for_many(
        self, operators: dict[Role, Operator], things: Things, clock: Clock
    ) -> None:
        support, page = operators[Role.SUPPORT], operators[Role.SUPPORT].page
        clock.at += timedelta(minutes=6)
        before = things.state()[0]
        page.goto(f"/account/grant?id={things.account.account}")
        page.get_by_label("Minutes", exact=True).fill("15")
        page.get_by_label("Why").fill("an outage on Monday")
        support.visitor.press("Grant minutes")
        support.confirm()
        page.wait_for_url("**/account?*")

        assert things.state()[0] == before + 1
        [act] = things.acts(support.name, "minutes.grant")
        assert (act["reason"], act["role"]) == ("an outage on Monday", "support")

        page.goto(f"/account/grant?id={things.account.account}")
        page.get_by_label("Minutes", exact=True).fill("100000")
        page.get_by_label("Why").fill("because")
        support.visitor.press("Grant minutes")
        page.wait_for_url("**/requests?done=request_asked")
        expect(page.get_by_text("You have asked for it; somebody else approves it.")).to_be_visible()
        assert things.state()[0] == before + 1


class TestFinance:
    def test_gives_money_back_by_a_quote_a_fresh_proof_and_a_second_person(
        self, operators: dict[Role, Operator], installation: Installation, things: Things, clock: Clock
    ) -> None:
        finance, page = operators[Role.FINANCE], operators[Role.FINANCE].page
        clock.at += timedelta(minutes=6)
        page.goto(f"/order?id={things.order_id}")
        page.locator("main a[href*='/order/refund']").first.click()
        page.get_by_label("Why").fill("bought twice")
        page.get_by_role("button", name=re.compile("^Ask a second person to give ")).click()
        assert things.count("SELECT count(*) AS n FROM refund") == 0

        finance.confirm()
        page.wait_for_url("**/requests?done=request_asked")
        assert page.locator("form[action='/requests/refund/approve']").count() == 0
        assert things.count("SELECT count(*) AS n FROM refund") == 0

        owner = operators[Role.OWNER]
        owner.page.goto("/requests")
        owner.page.locator("form[action='/requests/refund/approve'] button").click()
        owner.confirm()
        owner.page.wait_for_url("**/requests?done=request_approved")

        def is_given_back() -> bool:
            rows = things.account.select("SELECT status FROM refund WHERE order_id = :id", id=things.order_id)
            return [row["status"] for row in rows] == ["succeeded"]

        wait_until(is_given_back, "the sandbox has given the money back", limit_s=20)
        given = [each.amount_minor for each in installation.doubles["sandbox"].state.records.refunds.values()]
        assert given[-1:] == [things.count("SELECT amount_minor AS n FROM refund")]
        [act] = things.acts(finance.name, "request.ask")
        assert (act["object"], act["reason"]) == (f"order:{things.order_id}", "bought twice")
        assert things.acts(owner.name, "order.refund")[0]["object"] == f"order:{things.order_id}"
        [row] = things.account.select(
            "SELECT voided_seconds, granted_seconds FROM package WHERE account ="
            " (SELECT number FROM account WHERE id = :account) AND kind = 'purchased'",
            account=things.account.account,
        )
        assert row["voided_seconds"] == row["granted_seconds"] > 0
        page.goto(f"/order?id={things.order_id}")
        assert "Refund given back" in finance.visitor.words()


class TestMarketing:
    def test_switches_a_code_off_at_once(self, operators: dict[Role, Operator], things: Things) -> None:
        marketing, page = operators[Role.MARKETING], operators[Role.MARKETING].page
        page.goto(f"/promotion?id={things.promotion}")
        page.locator("form[action='/promotion/switch']").get_by_label("Why").fill("it leaked")
        marketing.visitor.press("Switch off now")

        expect(page.get_by_text("switched off", exact=False).first).to_be_visible()
        [act] = things.acts(marketing.name, "promotion.pause")
        assert (act["object"], act["reason"]) == (f"promotion:{things.promotion}", "it leaked")


class TestOwner:
    def test_invites_somebody_who_joins_and_is_degraded(
        self, operators: dict[Role, Operator], things: Things, clock: Clock
    ) -> None:
        owner, page = operators[Role.OWNER], operators[Role.OWNER].page
        name = f"new-{uuid.uuid4().hex[:6]}"
        clock.at += timedelta(minutes=6)
        page.goto("/operators")
        page.get_by_label("Name").fill(name)
        page.locator("select#role").select_option("finance")
        owner.visitor.press("Make a link")
        owner.confirm()
        expect(page.get_by_text("it is shown this once")).to_be_visible()

        page.goto("/operators")
        row = page.locator("tr", has_text=name)
        row.locator("summary").click()
        row.locator("select").select_option("viewer")
        row.get_by_role("button", name="Give this role").click()

        expect(page.locator("tr", has_text=name)).to_contain_text("viewer")
        [act] = things.acts(owner.name, "operator.role")
        assert act["detail"] == {"before": "finance", "after": "viewer"}

    def test_corrects_a_dead_letter_that_is_applied(self, operators: dict[Role, Operator], things: Things) -> None:
        owner, page = operators[Role.OWNER], operators[Role.OWNER].page
        page.goto(f"/letters/{things.letter}")
        page.locator("summary", has_text="Correct it").click()
        area = page.get_by_label("The event")
        area.fill(area.input_value().replace("-90", "90"))
        page.locator("form[action$='/edit']").get_by_label("Reason").fill("a minus too many")
        owner.visitor.press("Send the corrected message")

        expect(page.get_by_text("Nothing has been changed.")).to_have_count(0)
        rows = things.account.select("SELECT state FROM dead_letter WHERE id = :id", id=things.letter)
        assert rows[0]["state"] == "discarded"
        assert things.acts(owner.name, "letter.edit")[0]["reason"] == "a minus too many"

        def is_used() -> bool:
            return things.count("SELECT count(*) AS n FROM inbox WHERE used_seconds = 90") == 1

        wait_until(is_used, "the corrected message is applied", limit_s=20)
