"""What support does about what an account may do, and with what is known of a person."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import httpx
import pytest

from domain.access.role import Role
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.test_desk import hidden, send, words
from tests.web.portal.browser import Clock
from web.admin.settings import Admin


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def desk(admin: Admin) -> Desk:
    """An account that has bought and used minutes."""
    return open_desk(admin)


@pytest.fixture(scope="module")
def support(admin: Admin, clock: Clock, owner: OperatorBrowser) -> Iterator[OperatorBrowser]:
    """The browser of somebody in support."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.SUPPORT)


def acts(desk: Desk) -> list[tuple[str, str]]:
    """What the audit log has of the account: what was done and why, views left out."""
    rows = desk.harness.minutes.select(
        "SELECT action, reason FROM audit_log WHERE account_id = :account AND action <> 'account.view' ORDER BY id"
    )
    return [(row["action"], row["reason"]) for row in rows]


def form(browser: OperatorBrowser, desk: Desk, action: str) -> dict[str, str]:
    """The hidden fields of a form on the page of the account."""
    return hidden(browser.get(f"/account?id={desk.account}"), action)


class TestBlocking:
    def test_says_who_why_and_lets_nobody_buy(self, support: OperatorBrowser, desk: Desk) -> None:
        fields = form(support, desk, "/account/block")

        answer = send(support, "/account/block", fields | {"reason": "stolen cards"})

        page = words(support.get(answer.headers["location"]))
        assert "The account is blocked." in page
        assert "stolen cards" in page
        assert desk.harness.buy()["code"] == "AccountBlocked"
        assert acts(desk) == [("account.block", "stolen cards")]

    def test_pressed_twice_is_once(self, support: OperatorBrowser, desk: Desk) -> None:
        fields = form(support, desk, "/account/block") | {"reason": "stolen cards"}

        answers = [send(support, "/account/block", fields) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert acts(desk) == [("account.block", "stolen cards")]

    def test_by_two_at_once_is_done_by_one_and_told_to_the_other(
        self, support: OperatorBrowser, owner: OperatorBrowser, desk: Desk
    ) -> None:
        both = [(each, form(each, desk, "/account/block")) for each in (support, owner)]
        answers: list[httpx.Response] = []
        together = Barrier(2)

        def press(browser: OperatorBrowser, fields: dict[str, Any]) -> None:
            together.wait()
            answers.append(browser.post("/account/block", fields | {"reason": "stolen cards"}))

        threads = [Thread(target=press, args=each) for each in both]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answer.status_code for answer in answers) == [303, 409]
        told = next(answer for answer in answers if answer.status_code == 409)
        assert "blocked already" in words(told)

    def test_needs_a_reason(self, support: OperatorBrowser, desk: Desk) -> None:
        answer = send(support, "/account/block", form(support, desk, "/account/block") | {"reason": " "})

        assert answer.status_code == 409
        assert acts(desk) == []

    def test_is_undone(self, support: OperatorBrowser, desk: Desk) -> None:
        send(support, "/account/block", form(support, desk, "/account/block") | {"reason": "stolen cards"})

        send(support, "/account/unblock", form(support, desk, "/account/unblock") | {"reason": "all is well"})

        assert "code" not in desk.harness.buy()
        assert acts(desk)[-1] == ("account.unblock", "all is well")

    def test_is_not_for_those_who_only_look(self, admin: Admin, clock: Clock, desk: Desk) -> None:
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(Role.VIEWER)
            page = browser.get(f"/account?id={desk.account}")

            answer = browser.post("/account/block", {"account_id": desk.account, "form_id": "12345678", "reason": "no"})

        assert 'action="/account/block"' not in page.text
        assert answer.status_code == 403
        assert acts(desk) == []


class TestClosing:
    def test_says_before_what_it_does_and_wants_the_id_typed(self, support: OperatorBrowser, desk: Desk) -> None:
        page = support.get(f"/account/close?id={desk.account}")

        answer = send(support, "/account/close", hidden(page, "/account/close") | {"typed_id": "x", "reason": "case 1"})

        assert "They stay in the ledger" in words(page)
        assert "It cannot be undone" in words(page)
        assert answer.status_code == 409
        assert desk.harness.minutes.row()["closed_at"] is None

    def test_erases_the_person(self, support: OperatorBrowser, desk: Desk) -> None:
        fields = hidden(support.get(f"/account/close?id={desk.account}"), "/account/close")

        answer = send(support, "/account/close", fields | {"typed_id": desk.account, "reason": "case 118"})

        page = support.get(answer.headers["location"])
        assert "The account is closed for ever." in words(page)
        assert "Anna" not in page.text
        assert 'action="/account/unblock"' not in page.text
        assert acts(desk) == [("account.close", "case 118")]


class TestExport:
    def test_is_one_document_with_a_line_in_the_audit_log(self, support: OperatorBrowser, desk: Desk) -> None:
        page = support.get(f"/account/export?id={desk.account}")

        answer = send(support, "/account/export", hidden(page, "/account/export") | {"reason": "asked for"})

        found = answer.json()
        assert found["format"] == "screph-billing/person/1"
        assert (found["account"]["id"], found["account"]["username"]) == (desk.account, "Anna")
        assert desk.order_id in {order["id"] for order in found["orders"]}
        assert {line["kind"] for line in found["statement"]["lines"]} >= {"grant", "burn"}
        assert found["tokens"][0]["last_four"]
        assert "sha256" not in answer.text
        assert answer.headers["content-disposition"].startswith("attachment")
        assert acts(desk) == [("account.export", "asked for")]

    def test_needs_a_reason(self, support: OperatorBrowser, desk: Desk) -> None:
        page = support.get(f"/account/export?id={desk.account}")

        answer = send(support, "/account/export", hidden(page, "/account/export"))

        assert answer.status_code == 409
        assert acts(desk) == []


class TestViewAs:
    def test_gives_a_link_into_the_portal_for_a_reason(self, support: OperatorBrowser, desk: Desk) -> None:
        fields = hidden(support.get(f"/account/view-as?id={desk.account}"), "/account/view-as")

        page = send(support, "/account/view-as", fields | {"reason": "case 7"})

        assert re.search(r'href="http://127\.0\.0\.1:8080/enter/[\w-]{43}\?look=true"', page.text)
        assert acts(desk) == [("account.view_as", "case 7")]

    def test_gives_none_without(self, support: OperatorBrowser, desk: Desk) -> None:
        fields = hidden(support.get(f"/account/view-as?id={desk.account}"), "/account/view-as")

        page = send(support, "/account/view-as", fields)

        assert page.status_code == 409
        assert "/enter/" not in page.text
        assert acts(desk) == []
