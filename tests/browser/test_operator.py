"""An operator's day in a browser: joining, signing in, granting minutes, giving money back; with scripts and without."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from domain.access.role import Role
from tests.browser.visiting import Look, Visitor
from tests.web.admin.browser import COMMAND, PASSWORD
from tests.web.admin.conftest import admin, shared_engine
from tests.web.admin.desk import Desk, open_desk
from tests.web.portal.browser import Clock
from web.admin.settings import Admin
from workers.access.operators import invite_operator

__all__ = ["admin", "shared_engine"]


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def desk(admin: Admin) -> Desk:
    """An account that has bought and used minutes."""
    return open_desk(admin)


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def visitor(chromium: Browser, admin: Admin, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A browser at the admin pages."""
    with Visitor(chromium, admin.address, Look(), has_scripts=request.param) as somebody:
        yield somebody
        assert somebody.faults == []


class TestOperator:
    def test_joins_grants_minutes_and_gives_money_back(
        self, visitor: Visitor, admin: Admin, desk: Desk, clock: Clock
    ) -> None:
        page, name = visitor.page, f"grace-{desk.account[-6:]}"
        app = self.joined(visitor, admin, clock, name)
        page.locator("input[name=name]").fill(name)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=code]").fill(self.code_of(app, clock))
        page.locator("main form button.primary").click()
        page.wait_for_url(lambda url: urlsplit(url).path == "/")

        page.locator("#q").fill(f"{desk.account}@example.com")
        page.locator("form[role=search] button").click()
        page.wait_for_url("**/account?**")
        visitor.press("Grant minutes")
        page.locator("input[name=minutes]").fill("30")
        page.locator("[name=reason]").fill("an outage")
        page.locator("main form button.primary").click()
        page.wait_for_url("**done=granted")
        granted = desk.harness.minutes.select(
            "SELECT granted_seconds FROM package JOIN account ON account.number = package.account"
            " WHERE account.id = :id AND kind = 'support'",
            id=desk.account,
        )
        assert [row["granted_seconds"] for row in granted] == [1_800]

        # Money wants a proof that is not five minutes old; what was typed is kept.
        clock.at += timedelta(minutes=6)
        page.goto(f"/order/refund?id={desk.order_id}&amount=100")
        assert "RUB 100.00" in visitor.words()
        page.locator("[name=reason]").fill("not what was wanted")
        page.locator("button.danger").click()
        page.locator("input[name=proof]").fill(self.code_of(app, clock))
        page.locator("main form button.primary").click()
        page.wait_for_url("**done=refunded")

        [refund] = desk.harness.refunds(desk.order_id)
        assert (refund["amount_minor"], refund["requested_by"], refund["reason"]) == (
            10_000,
            name,
            "not what was wanted",
        )

    def joined(self, visitor: Visitor, admin: Admin, clock: Clock, name: str) -> pyotp.TOTP:
        """Take an invitation up, and return the app that shows codes."""
        page = visitor.page
        page.goto(f"/invite/{invite_operator(admin.context, COMMAND, name, Role.OWNER)}")
        app = pyotp.TOTP(str(page.locator("main code[title]").get_attribute("title")))
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("input[name=code]").fill(self.code_of(app, clock))
        page.get_by_role("button", name="Join", exact=True).click()
        expect(page.locator("main li code")).to_have_count(10)
        visitor.press("Sign in")
        page.wait_for_url("**/sign-in")
        return app

    @staticmethod
    def code_of(app: pyotp.TOTP, clock: Clock) -> str:
        """What the app shows; the clock goes on first, for a code counts once."""
        clock.at += timedelta(seconds=30)
        return app.at(clock.at)
