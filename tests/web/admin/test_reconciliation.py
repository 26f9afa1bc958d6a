"""The page of the reconciliation: what differs first, each difference with its repair, accepted with a reason."""

import re
from datetime import date

import pytest
from sqlalchemy import text

from domain.access.role import Role
from store.engine import Engine
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.portal.browser import Clock
from tests.workers.events import DAY, HOUR, NOW, event, usage
from tests.workers.minutes.harness import MinutesHarness
from web.admin.settings import Admin
from workers.context import Context
from workers.statistics.compare import compare_days
from workers.statistics.count import count_statistics

YESTERDAY = date(2026, 11, 22)


def plain(page: str) -> str:
    """The words of a page, with plain spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("\u202f", " ").replace("\xa0", " "))


def compare(harness: MinutesHarness) -> None:
    """Count and compare, an hour from now."""
    context = Context(harness.engine, clock=lambda: NOW + HOUR)
    count_statistics(context)
    compare_days(context)


@pytest.fixture(scope="module")
def differing(shared_engine: Engine) -> MinutesHarness:
    """An account that has used 60 seconds in one session, of which the log has 90 in two; and money that differs."""
    harness = MinutesHarness(shared_engine)
    harness.apply(usage(harness.account, 60, at=NOW - DAY, more={"session_id": "morning"}), now=NOW - DAY)
    sessions = [{"session_id": "morning", "seconds": 60}, {"session_id": "evening", "seconds": 30}]
    data = {"day": f"{YESTERDAY}", "time_zone": "UTC", "seconds": 90, "sessions": 2, "session_list": sessions}
    harness.apply(event("usage.day_reported", harness.account, data))
    with transaction(harness.engine) as session:
        session.execute(text(_SUM))
    compare(harness)
    return harness


_SUM = """
    INSERT INTO gateway_sum (day, gateway, currency, ours_captured_minor, theirs_captured_minor, ours_refunded_minor,
                             theirs_refunded_minor)
    VALUES ('2026-11-19Z', 'stripe', 'EUR', 1000, 1500, 0, 0), ('2026-11-20Z', 'stripe', 'EUR', 900, 900, 0, 0)
"""


class TestThePage:
    def test_says_so_when_nothing_differs(self, owner: OperatorBrowser) -> None:
        page = plain(owner.get("/reconciliation").text)

        assert "Nothing differs that nobody has accepted." in page
        assert "No day was compared yet" in page

    def test_has_what_differs_first_by_its_deadline(self, owner: OperatorBrowser, differing: MinutesHarness) -> None:
        page = plain(owner.get("/reconciliation").text)

        of_use, of_money = page.index("2026-11-22 Use: ledger"), page.index("2026-11-19 Money: orders, gateway")
        assert of_use < of_money < page.index("2026-11-20 Money")
        assert "2026-11-22 Use: ledger, Screph&#39;s log screph 60 s 90 s 1 of 1" in page
        assert "The gateway took money that no order counts." in page

    def test_leads_to_the_accounts_and_their_sessions(self, owner: OperatorBrowser, differing: MinutesHarness) -> None:
        of_day = owner.get("/reconciliation/day?day=2026-11-22").text
        of_account = plain(owner.get(f"/reconciliation/account?id={differing.account}&day=2026-11-22").text)

        assert f"/reconciliation/account?id={differing.account}&amp;day=2026-11-22" in of_day
        assert f"{differing.account} 60 s 90 s 30 seconds are in Screph&#39;s log and were never booked." in plain(
            of_day
        )
        assert "evening – 30 s – Publish the usage of this session again, with the ids it has." in of_account
        assert "morning" not in of_account

    def test_lets_a_difference_be_accepted_with_a_reason(
        self, admin: Admin, clock: Clock, differing: MinutesHarness
    ) -> None:
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(Role.FINANCE)
            page = browser.get("/review/item?id=usage:screph:2026-11-22").text
            fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
            fields = {name: value.replace("&#39;", "'") for name, value in fields.items()}

            answer = browser.post("/review/item", fields | {"reason": "a test account"})
            after = plain(browser.get("/reconciliation").text)

        assert answer.headers["location"] == "/review?done=resolved"
        assert after.index("2026-11-19 Money: orders, gateway") < after.index("2026-11-22 Use: ledger")
        [act] = differing.select("SELECT * FROM audit_log WHERE object = 'review:usage:screph:2026-11-22'")
        assert (act["action"], act["reason"]) == ("review.resolve", "a test account")

    @pytest.mark.parametrize(
        "address",
        [
            "/reconciliation/day?day=yesterday",
            "/reconciliation/day",
            "/reconciliation/day?day=2026-11-22&after=-1",
            "/reconciliation/account?id=anna&day=2026-02-30",
        ],
    )
    def test_takes_no_day_that_is_none(self, owner: OperatorBrowser, address: str) -> None:
        assert owner.get(address).status_code == 422

    def test_shows_nothing_of_a_day_and_an_account_that_nobody_knows(self, owner: OperatorBrowser) -> None:
        page = owner.get("/reconciliation/account?id=nobody&day=2026-11-22")

        assert page.status_code == 200
        assert "Sessions are not known" in page.text
