"""The trace of a message: of a usage, a spend, a purchase, a webhook and what an operator does."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from domain.access.act import Act, Actor
from messages.minutes.requests import PackageGrantRequested
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.letters import decide_about_letters
from tests.workers.events import SOURCE, grant, spend, usage
from tests.workers.minutes.harness import MinutesHarness
from web.admin.settings import Admin
from workers.operate import operate
from workers.submit import Submission


@pytest.fixture(scope="module")
def desk(admin: Admin) -> Desk:
    """An account that has bought something."""
    return open_desk(admin)


def traced(owner: OperatorBrowser, source: str, event_id: str) -> str:
    """What the page says of a message, without markup."""
    answer = owner.get(f"/trace?{urlencode({'source': source, 'id': event_id})}")
    assert answer.status_code == 200
    text = answer.text[answer.text.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


class TestUsages:
    def test_show_the_lines_that_they_booked(self, owner: OperatorBrowser, harness: MinutesHarness) -> None:
        harness.apply(grant(harness.account, 600))
        event = usage(harness.account, 44)
        harness.apply(event)

        text = traced(owner, SOURCE, event["id"])

        assert "screph.usage.reported.v1 applied" in text
        assert f"Account {harness.account}" in text
        assert re.search(r"\bused -44\b", text)

    def test_nobody_has_heard_of_say_so(self, owner: OperatorBrowser) -> None:
        assert "Nothing has come of it here" in traced(owner, "nobody", "nothing")

    def test_are_asked_for_by_name(self, owner: OperatorBrowser) -> None:
        assert "Which message?" in owner.get("/trace").text


class TestSpends:
    def test_show_their_answer_their_lines_and_what_waits_to_leave(
        self, owner: OperatorBrowser, harness: MinutesHarness
    ) -> None:
        harness.apply(grant(harness.account, 600))
        event = spend(harness.account, 100)
        harness.apply(event)

        text = traced(owner, SOURCE, event["id"])

        assert "screph.spend.requested.v1 applied" in text
        assert re.search(r"\bused -100\b", text)
        assert "screph.spend.accepted.v1, since" in text

    def test_that_were_refused_say_why_and_caused_nothing(
        self, owner: OperatorBrowser, harness: MinutesHarness
    ) -> None:
        harness.apply(grant(harness.account, 60))
        event = spend(harness.account, 100)
        harness.apply(event)

        text = traced(owner, SOURCE, event["id"])

        assert "screph.spend.requested.v1 refused" in text
        assert "available_seconds: 60" in text
        assert "It caused no line of the ledger" in text


class TestPurchases:
    def test_lead_to_their_order(self, owner: OperatorBrowser, desk: Desk) -> None:
        key = "a-purchase-to-be-traced"
        order_id = desk.harness.buy(key=key)["order_id"]

        page = owner.get(f"/trace?source=shop&id={key}").text

        assert "screph.purchase.requested.v1" in page
        assert f'<a href="/order?id={order_id}">{order_id}</a>' in page

    def test_that_were_paid_show_what_they_granted(self, owner: OperatorBrowser, desk: Desk) -> None:
        order = desk.order()

        text = traced(owner, f"gateway/{order['gateway']}", f"paid:{order['payment_ref']}")

        assert "screph.payment.paid.v1 applied" in text
        assert re.search(rf"\badded {order['granted_seconds']} {order['package_id']}", text)


class TestWebhooks:
    def test_say_what_became_of_them_and_lead_to_their_order(self, owner: OperatorBrowser, desk: Desk) -> None:
        order = desk.order()
        [webhook] = desk.harness.minutes.select(
            "SELECT dedupe_key, note FROM webhook WHERE gateway = :gateway AND state = 'applied' ORDER BY received_at LIMIT 1",
            gateway=order["gateway"],
        )

        text = traced(owner, f"gateway/{order['gateway']}", webhook["dedupe_key"])

        assert re.search(r"Webhook \S+ applied", text)
        assert f"What became of it {webhook['note']}" in text
        assert f"Order {order['id']}" in text
        assert "Nothing has come of it" not in text


class TestActs:
    def test_of_operators_say_who_and_why(self, owner: OperatorBrowser, desk: Desk, admin: Admin) -> None:
        data = {"kind": "support", "minutes": 7, "reason": "an outage on Monday"}
        act = Act(Actor("ann", "support"), "minutes.grant", account_id=desk.account, reason="an outage on Monday")
        operate(admin.context, act, Submission(PackageGrantRequested, desk.account, data, "", "form-of-a-grant"))

        text = traced(owner, "operator/ann", "form-of-a-grant")

        assert "ann (support) did it" in text
        assert "minutes.grant , because: an outage on Monday" in text
        assert re.search(r"\badded 420\b", text)

    def test_about_many_letters_have_an_answer(self, owner: OperatorBrowser, admin: Admin) -> None:
        _, decision = decide_about_letters(admin.context)

        text = traced(owner, "operator/ann", "form-of-ann")

        assert "letters.replay , because: the clock is right again" in text
        assert f"letters: 3, decision: {decision}" in text
