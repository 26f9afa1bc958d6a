"""
What must hold of every admin page, for a screen reader, by keyboard, on a telephone and under the policy of contents.

In the short walk an owner looks in two ways; ALL_LOOKS=1 (`make looks`) takes each role and four ways.
"""

import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any, cast

import pytest
from playwright.sync_api import Browser

from domain.access.act import Act
from domain.access.role import Role
from messages.statistics.requests import UsageDayReported
from store.engine import Engine
from tests.browser.checking import Checks
from tests.browser.samples import read_paths
from tests.browser.visiting import Look, Visitor
from tests.web.admin.browser import COMMAND, OperatorBrowser
from tests.web.admin.conftest import admin, shared_engine
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.letters import decide_about_letters
from tests.web.portal.browser import Clock
from web.admin.app import create_admin
from web.admin.settings import Admin
from web.admin.sheets import SHEETS
from workers.access.operator_sessions import note_act
from workers.access.operators import invite_operator
from workers.context import Context
from workers.statistics.compare import compare_days
from workers.statistics.count import count_statistics
from workers.submit import Submission, submit

__all__ = ["admin", "shared_engine"]

pytestmark = pytest.mark.timeout(600)

MAX_BYTES = 60_000
"""A page of tables may weigh more than one of the portal."""

PAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "/": ("/",),
        "/account": tuple(
            f"/account?id={{account}}&tab={tab}"
            for tab in ("statement", "orders", "subscription", "promotions", "notices", "tokens", "history")
        ),
        "/account/close": ("/account/close?id={account}",),
        "/account/export": ("/account/export?id={account}",),
        "/account/grant": ("/account/grant?id={account}",),
        "/account/view-as": ("/account/view-as?id={account}",),
        "/accounts": ("/accounts",),
        "/audit": ("/audit",),
        "/factors": ("/factors",),
        "/campaign": ("/campaign?id={campaign}",),
        "/campaign/new": ("/campaign/new",),
        "/campaigns": ("/campaigns",),
        "/catalogue": ("/catalogue",),
        "/invite/{token}": ("/invite/{invitation}", "/invite/none"),
        "/letters": ("/letters",),
        "/letters/many": ("/letters/many",),
        "/letters/decisions/{number}": ("/letters/decisions/{decision}",),
        "/letters/{number}": ("/letters/{letter}",),
        "/oidc/callback": ("/oidc/callback",),
        "/operators": ("/operators",),
        "/order": ("/order?id={order}",),
        "/order/refund": ("/order/refund?id={order}",),
        "/orders": ("/orders", "/orders?status=failed"),
        "/product": ("/product?id=standard",),
        "/product/new": ("/product/new",),
        "/programme/new": ("/programme/new",),
        "/programmes": ("/programmes",),
        "/promotion": ("/promotion?id={promotion}",),
        "/promotion/new": ("/promotion/new",),
        "/promotions": ("/promotions", "/promotions?outstanding=true"),
        "/queues": ("/queues",),
        "/reconciliation": ("/reconciliation",),
        "/reconciliation/account": ("/reconciliation/account?id={account}&day={day}",),
        "/reconciliation/day": ("/reconciliation/day?day={day}",),
        "/requests": ("/requests",),
        "/review": ("/review",),
        "/review/item": ("/review/item?id=none",),
        "/search": ("/search?q=nothing",),
        "/sessions": ("/sessions",),
        "/settings": ("/settings",),
        "/sign-in": ("/sign-in",),
        "/statistics": ("/statistics",),
        "/statistics/{name}": tuple(f"/statistics/{name}" for name in SHEETS),
        "/statistics/rows/{what}": tuple(
            f"/statistics/rows/{what}?first=2026-01-01&last=2026-12-31" for what in ("orders", "links", "attempts")
        ),
        "/subscription": ("/subscription?id={subscription}",),
        "/subscriptions": ("/subscriptions",),
        "/trace": ("/trace", "/trace?id={usage}"),
        "/usage": ("/usage?id={usage}",),
    }
)
"""The path of a route -> addresses that show it."""

FILES = frozenset(
    {"/export", "/healthz", "/queues/events", "/static/{name}", "/statistics/{name}/csv", "/statistics/{name}/json"}
)

PATHS = tuple(read_paths(create_admin(Admin(Context(cast(Any, None)), "http://127.0.0.1:1"))))

IS_WHOLE = bool(os.environ.get("ALL_LOOKS"))

LOOKS = (
    tuple(Look("en", theme, width) for theme, width in itertools.product(("light", "dark"), (320, 1280)))  # type: ignore[arg-type]
    if IS_WHOLE
    else (Look("en", "light", 1280), Look("en", "dark", 320))
)

ROLES = tuple(Role) if IS_WHOLE else (Role.OWNER,)


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def names(admin: Admin, shared_engine: Engine) -> dict[str, str]:
    """What there is to look at."""
    desk = open_desk(admin)
    # Without a space anywhere: nothing that somebody types may widen a page.
    long = Act(COMMAND, "account.note", "long:" + "o" * 200, account_id=desk.account, reason="x" * 5_000)
    note_act(admin.context, long)
    letter, decision = decide_about_letters(admin.context)
    return {
        "account": desk.account,
        "order": desk.order_id,
        "usage": desk.usage_id,
        "promotion": desk.promotion,
        "campaign": desk.campaign,
        "subscription": desk.subscription_id,
        "letter": str(letter),
        "decision": str(decision),
        "day": str(report_day(desk, shared_engine)),
        "invitation": invite_operator(admin.context, COMMAND, "grace", Role.VIEWER),
    }


def report_day(desk: Desk, engine: Engine) -> date:
    """Let Screph's log say something else of the desk's account than is booked, and return the day."""
    # As a worker: the role of the pages may not count.
    context = replace(desk.harness.context, engine=engine)
    day = context.clock().date() - timedelta(days=1)
    data = {"day": f"{day}", "time_zone": "UTC", "seconds": 60, "sessions": 1}
    sessions = {"session_list": [{"session_id": "session-1", "seconds": 60}]}
    submit(context, Submission(UsageDayReported, desk.account, data | sessions, "test"))
    later = replace(context, clock=lambda: context.clock() + timedelta(hours=1))
    count_statistics(later)
    compare_days(later)
    return day


@pytest.fixture(scope="module")
def visitors(chromium: Browser, admin: Admin, clock: Clock) -> Iterator[dict[Role, Visitor]]:
    """An operator of each role, signed in."""
    found = {}
    for role in ROLES:
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(role)
            visitor = found[role] = Visitor(chromium, admin.address)
            visitor.take_cookies(dict(browser.client.cookies))
    yield found
    for visitor in found.values():
        visitor.__exit__()


@pytest.fixture(scope="module")
def checks() -> Checks:
    """What is looked for."""
    return Checks(MAX_BYTES)


class TestEveryAdminPage:
    @pytest.mark.parametrize("path", [path for path in PATHS if path not in FILES])
    def test_keeps_nobody_out(
        self, visitors: dict[Role, Visitor], names: dict[str, str], checks: Checks, path: str
    ) -> None:
        assert path in PAGES, f"{path} has no sample here"

        wrong = [
            f"{address} for {role} in {look}: {fault}"
            for (role, visitor), address, look in itertools.product(visitors.items(), PAGES[path], LOOKS)
            for fault in self.faults(visitor, checks, address.format(**names), look)
        ]

        assert wrong == []

    def test_has_samples_of_routes_that_are_there(self) -> None:
        assert PAGES.keys() | FILES <= set(PATHS)

    @staticmethod
    def faults(visitor: Visitor, checks: Checks, address: str, look: Look) -> list[str]:
        """Open a page, and return what is wrong with it."""
        visitor.faults.clear()
        visitor.choose(look)
        response = visitor.page.goto(address, wait_until="load")
        assert response is not None
        assert response.headers["content-type"].startswith("text/html"), address
        return checks.wrong_with(visitor, response.body(), "en")
