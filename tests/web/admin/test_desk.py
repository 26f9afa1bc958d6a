"""What support sees and does: each page with something on it, and each button with its line in the audit log."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from domain.access.role import Role
from domain.access.scope import TokenKind
from store.engine import Engine
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.portal.browser import Clock
from tests.workers.events import usage
from web.admin.export_rows import LISTS
from web.admin.settings import Admin
from workers.access.token import WantedToken, create_token


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture(scope="module")
def desk(admin: Admin) -> Desk:
    """An account that has bought and used minutes."""
    return open_desk(admin)


@pytest.fixture
def fresh(admin: Admin) -> Desk:
    """Another such account, whose order a test may refund."""
    return open_desk(admin)


@pytest.fixture(scope="module")
def support(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of somebody in support."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.SUPPORT)


@pytest.fixture(scope="module")
def viewer(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of somebody who only looks."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.VIEWER)


def words(page: httpx.Response) -> str:
    """What stands in a page, without its tags; spaces are spaces."""
    text = re.sub(r"<[^>]+>", " ", page.text.split("<main", 1)[1].split("</main>")[0])
    return re.sub(r"\s+", " ", text.replace("\u00a0", " ").replace("&nbsp;", " "))


def hidden(page: httpx.Response, action: str) -> dict[str, str]:
    """The hidden fields of the form with an action."""
    form = page.text.split(f'method="post" action="{action}"', 1)[1].split("</form>")[0]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


def send(browser: OperatorBrowser, action: str, data: dict[str, Any]) -> httpx.Response:
    """Send a form, with a proof when it is asked for."""
    answer = browser.post(action, data)
    if answer.status_code == 403 and "Confirm that it is you" in answer.text:
        answer = browser.post(action, data | {"proof": browser.code()})
    return answer


class TestPages:
    @pytest.mark.parametrize(
        ("path", "says"),
        [
            ("/", "Sold since midnight"),
            ("/accounts", "{account}"),
            ("/account?id={account}", "Anna"),
            ("/account?id={account}&tab=orders", "paid"),
            ("/account?id={account}&tab=subscription", "month"),
            ("/account?id={account}&tab=promotions", "No invitation"),
            ("/account?id={account}&tab=notices", "nobody_to_tell"),
            ("/account?id={account}&tab=tokens", "works"),
            ("/account?id={account}&tab=history", "account.view"),
            ("/account/grant?id={account}", "Grant minutes to Anna"),
            ("/usage?id={usage}", "What it took, and why"),
            ("/orders", "paid"),
            ("/orders?status=paid", "paid"),
            ("/orders?status=failed", "No such order"),
            ("/order?id={order}", "Minutes granted"),
            ("/order/refund?id={order}", "What it does"),
            ("/order/refund?id={order}&amount=x", "amount"),
            ("/review", "To review"),
            ("/subscriptions", "month"),
            ("/subscription?id={subscription}", "Failed attempts"),
            ("/promotions", "{promotion}"),
            ("/promotions?outstanding=true", "What is outstanding"),
            ("/promotion?id={promotion}", "Switch off now"),
            ("/promotion?id={promotion}&simulated=true", "At the worst, by its limits: no limit in RUB, 0 s besides."),
            ("/campaigns", "{campaign}"),
            ("/campaign?id={campaign}", "Approve it"),
            ("/campaign?id={campaign}", "For whom Everyone"),
            ("/promotion?id={promotion}", "Used 0 By one person"),
            ("/promotion?id={promotion}", "Taken off so far –"),
            ("/programmes", "{programme}"),
            ("/catalogue", "standard"),
            ("/product?id=standard", "Prices"),
            ("/settings", "Secrets are not shown"),
            ("/audit", "session.begin"),
            ("/operators", "owner"),
            ("/export", "Export a list"),
        ],
    )
    def test_show_what_there_is(self, owner: OperatorBrowser, desk: Desk, path: str, says: str) -> None:
        names = {
            "account": desk.account,
            "order": desk.order_id,
            "usage": desk.usage_id,
            "promotion": desk.promotion,
            "campaign": desk.campaign,
            "programme": desk.programme,
            "subscription": desk.subscription_id,
        }

        page = owner.get(path.format(**names))

        assert page.status_code == 200, page.text[:500]
        assert says.format(**names) in words(page)
        assert "style=" not in page.text
        assert "<script>" not in page.text

    @pytest.mark.parametrize(
        "path",
        ["/account", "/order", "/subscription", "/usage", "/promotion", "/campaign", "/product", "/review/item"],
    )
    @pytest.mark.parametrize("name", ["nobody-of-that-name", "%00", "a%00b", "%ff"])
    def test_of_what_there_is_not_say_so(self, owner: OperatorBrowser, path: str, name: str) -> None:
        assert owner.get(f"{path}?id={name}").status_code == 404

    @pytest.mark.parametrize("path", ["/accounts", "/orders", "/subscriptions", "/promotions", "/campaigns", "/audit"])
    def test_of_a_wrong_cursor_are_not_there(self, owner: OperatorBrowser, path: str) -> None:
        assert owner.get(f"{path}?cursor=nonsense").status_code == 404

    def test_of_a_statement_tell_usages_apart(self, owner: OperatorBrowser, fresh: Desk) -> None:
        ids = [f"first-long-beginning-of-a-device-{number}" for number in (1, 2)]
        for each in ids:
            fresh.harness.minutes.apply(usage(fresh.account, 60, event_id=each))

        page = words(owner.get(f"/account?id={fresh.account}"))

        assert [page.count(f"…{each[-20:]}") for each in ids] == [1, 1]

    def test_go_on_where_a_list_ended(self, owner: OperatorBrowser, desk: Desk) -> None:
        for _ in range(60):
            owner.get("/sessions")
            owner.send_form("/appearance", {"theme": "auto"})
        page = owner.get("/audit")

        older = re.search(r'href="(/audit\?cursor=[^"]+)"', page.text)

        # Choosing colours has no line; signing in and looking at accounts has.
        assert older is None or owner.get(older.group(1)).status_code == 200


class TestSearch:
    def test_leads_to_the_one_thing_of_that_name(self, support: OperatorBrowser, desk: Desk) -> None:
        order = desk.order()

        for typed, path in (
            (desk.account, f"/account?id={desk.account}"),
            (f" {desk.account.upper()}@EXAMPLE.com ", f"/account?id={desk.account}"),
            (desk.order_id, f"/order?id={desk.order_id}"),
            (desk.order_id[:10], f"/order?id={desk.order_id}"),
            (order["payment_ref"], f"/order?id={desk.order_id}"),
            (order["checkout_ref"], f"/order?id={desk.order_id}"),
            (desk.subscription_id, f"/subscription?id={desk.subscription_id}"),
            (desk.promotion, f"/promotion?id={desk.promotion}"),
            (desk.promotion.upper().replace("PROMO-", "code"), f"/promotion?id={desk.promotion}"),
            (desk.campaign, f"/campaign?id={desk.campaign}"),
        ):
            answer = support.client.get("/search", params={"q": typed})
            assert answer.status_code == 303, (typed, words(answer))
            assert answer.headers["location"] == path

    def test_finds_a_usage(self, support: OperatorBrowser, desk: Desk) -> None:
        answer = support.client.get("/search", params={"q": desk.usage_id})

        assert answer.headers["location"].startswith("/usage?id=")

    def test_finds_an_account_by_the_beginning_of_its_id(self, support: OperatorBrowser, desk: Desk) -> None:
        answer = support.client.get("/search", params={"q": desk.account[:-2]})

        assert answer.headers["location"] == f"/account?id={desk.account}"

    def test_of_nothing_says_what_can_be_typed(self, support: OperatorBrowser) -> None:
        page = support.get("/search?q=no-such-thing")

        assert "Nothing has this name" in words(page)


class TestMail:
    def test_is_whole_for_support_and_masked_for_a_viewer(
        self, support: OperatorBrowser, viewer: OperatorBrowser, desk: Desk
    ) -> None:
        address = f"{desk.account}@example.com"

        assert address in support.get(f"/account?id={desk.account}").text
        seen = viewer.get(f"/account?id={desk.account}").text
        assert address not in seen
        assert "a•••@example.com" in seen

    def test_that_was_seen_stands_in_the_audit_log_once(
        self, support: OperatorBrowser, viewer: OperatorBrowser, fresh: Desk
    ) -> None:
        for browser in (support, support, viewer):
            browser.get(f"/account?id={fresh.account}")

        rows = fresh.harness.minutes.select(
            "SELECT name FROM audit_log WHERE action = 'account.view' AND account_id = :id", id=fresh.account
        )
        assert [row["name"] for row in rows] == [support.name]


class TestGrant:
    def form(self, browser: OperatorBrowser, desk: Desk, **changed: Any) -> dict[str, Any]:
        page = browser.get(f"/account/grant?id={desk.account}")
        return hidden(page, "/account/grant") | {"minutes": 30, "kind": "support", "reason": "an outage"} | changed

    def test_gives_minutes_once_however_often_it_is_pressed(self, support: OperatorBrowser, fresh: Desk) -> None:
        form = self.form(support, fresh)

        for _ in range(3):
            answer = send(support, "/account/grant", form)
            assert answer.headers["location"] == f"/account?id={fresh.account}&tab=statement&done=granted"

        rows = fresh.harness.minutes.select(
            "SELECT granted_seconds FROM package JOIN account ON account.number = package.account"
            " WHERE account.id = :id AND kind = 'support'",
            id=fresh.account,
        )
        assert [row["granted_seconds"] for row in rows] == [1_800]
        lines = fresh.harness.minutes.select(
            "SELECT name, role, reason, source, event_id FROM audit_log"
            " WHERE action = 'minutes.grant' AND account_id = :id",
            id=fresh.account,
        )
        assert [(line["name"], line["role"], line["reason"]) for line in lines] == [
            (support.name, "support", "an outage")
        ]
        assert (lines[0]["source"], lines[0]["event_id"]) == (f"operator/{support.name}", form["form_id"])

    def test_needs_a_reason(self, support: OperatorBrowser, fresh: Desk) -> None:
        answer = send(support, "/account/grant", self.form(support, fresh, reason=" "))

        assert answer.status_code == 409
        assert "Say why" in words(answer)

    @pytest.mark.parametrize(
        ("name", "value", "says"),
        [
            ("minutes", "-5", "Minutes : A whole number from 1 to 10000000 is wanted."),
            ("minutes", "0", "Minutes : A whole number from 1 to 10000000 is wanted."),
            ("minutes", "1.5", "Minutes : A whole number from 1 to 10000000 is wanted."),
            ("minutes", "abc", "Minutes : A whole number from 1 to 10000000 is wanted."),
            ("minutes", "99999999999999", "Minutes : A whole number from 1 to 10000000 is wanted."),
            ("minutes", "", "Minutes : It is needed."),
            ("days", "-3", "Valid for days : A whole number from 0 to 3660 is wanted."),
            ("kind", "none", "Kind : Choose one of those that there are."),
            ("reason", "x" * 501, "Why : It has 501 characters; at most 500 are possible."),
        ],
    )
    def test_of_what_cannot_be_names_the_field_and_keeps_the_form(
        self, support: OperatorBrowser, desk: Desk, name: str, value: str, says: str
    ) -> None:
        typed = {"minutes": "30", "days": "7", "reason": "an outage"} | {name: value}

        answer = send(support, "/account/grant", self.form(support, desk, **typed))

        assert answer.status_code == 409
        assert says in words(answer)
        for each in ("minutes", "days", "reason"):
            assert f'name="{each}" type="text" value="{typed[each]}"' in answer.text

    def test_of_very_much_waits_for_a_second_person(self, support: OperatorBrowser, fresh: Desk) -> None:
        answer = send(support, "/account/grant", self.form(support, fresh, minutes=10_001))

        assert answer.headers["location"] == "/requests?done=request_asked"
        assert "10001 minutes, support" in words(support.get("/requests"))

    def test_is_not_a_viewers(self, viewer: OperatorBrowser, fresh: Desk) -> None:
        form = {"account_id": fresh.account, "form_id": str(uuid4()), "minutes": 1, "reason": "x"}

        assert viewer.get(f"/account/grant?id={fresh.account}").status_code == 403
        assert viewer.send_form("/account/grant", form).status_code == 403
        assert "Grant minutes" not in words(viewer.get(f"/account?id={fresh.account}"))


class TestReversal:
    def test_gives_a_usage_back(self, support: OperatorBrowser, fresh: Desk) -> None:
        page = support.get(f"/usage?id={fresh.usage_id}")
        assert "(UTC) used " in words(page)
        form = hidden(page, "/usage/reverse") | {"reason": "a crash"}

        assert send(support, "/usage/reverse", form).status_code == 303

        assert "It was taken back." in words(support.get(f"/usage?id={fresh.usage_id}"))

    def test_of_another_length_than_shown_is_refused(self, support: OperatorBrowser, fresh: Desk) -> None:
        page = support.get(f"/usage?id={fresh.usage_id}")
        form = hidden(page, "/usage/reverse") | {"reason": "a crash", "expected_seconds": "601"}

        answer = send(support, "/usage/reverse", form)

        assert answer.status_code == 409
        assert "It has changed" in words(answer)


class TestRefund:
    def form(self, browser: OperatorBrowser, desk: Desk, amount: str = "100") -> dict[str, Any]:
        page = browser.get(f"/order/refund?id={desk.order_id}&amount={amount}")
        return hidden(page, "/order/refund") | {"reason": "not what was wanted"}

    def test_by_a_quote_gives_money_back_once(self, support: OperatorBrowser, fresh: Desk) -> None:
        form = self.form(support, fresh)

        for _ in range(2):
            answer = send(support, "/order/refund", form)
            assert answer.headers["location"] == f"/order?id={fresh.order_id}&done=refunded"

        [refund] = fresh.harness.refunds(fresh.order_id)
        assert (refund["amount_minor"], refund["requested_by"]) == (10_000, support.name)
        page = words(support.get(f"/order?id={fresh.order_id}"))
        assert "Refund asked for" in page
        assert "order.refund" in page

    def test_needs_a_proof_when_the_last_one_is_old(self, support: OperatorBrowser, fresh: Desk, clock: Clock) -> None:
        form = self.form(support, fresh)
        clock.at += timedelta(minutes=5)

        asked = support.post("/order/refund", form)

        assert asked.status_code == 403
        assert "Confirm that it is you" in words(asked)
        assert fresh.harness.refunds(fresh.order_id) == []
        assert support.post("/order/refund", form | {"proof": support.code()}).status_code == 303

    def test_of_two_operators_at_once_one_wins_and_the_other_is_told(
        self, support: OperatorBrowser, owner: OperatorBrowser, fresh: Desk
    ) -> None:
        forms = {browser: self.form(browser, fresh, "") for browser in (support, owner)}
        for browser in forms:
            send(browser, "/sessions/0/end", {"form_secret": forms[browser]["form_secret"]})
        answers: list[httpx.Response] = []
        start = Barrier(2)

        def press(browser: OperatorBrowser) -> None:
            start.wait()
            answers.append(browser.post("/order/refund", forms[browser] | {"proof": codes[browser]}))

        codes = {browser: browser.code() for browser in forms}
        threads = [Thread(target=press, args=(browser,)) for browser in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert sorted(answer.status_code for answer in answers) == [303, 409], [words(a)[:300] for a in answers]
        [loser] = [answer for answer in answers if answer.status_code == 409]
        assert "Nothing has been changed." in words(loser)
        assert len(fresh.harness.refunds(fresh.order_id)) == 1

    def test_of_what_has_changed_meanwhile_is_refused(
        self, support: OperatorBrowser, owner: OperatorBrowser, fresh: Desk
    ) -> None:
        first, second = self.form(support, fresh), self.form(owner, fresh)
        assert send(support, "/order/refund", first).status_code == 303

        answer = send(owner, "/order/refund", second)

        assert answer.status_code == 409
        assert "not what was shown" in words(answer)
        assert len(fresh.harness.refunds(fresh.order_id)) == 1


class TestPromotions:
    def test_are_switched_off_and_on(self, owner: OperatorBrowser, fresh: Desk) -> None:
        for says in ("Switch on again", "Switch off now"):
            page = owner.get(f"/promotion?id={fresh.promotion}")
            form = hidden(page, "/promotion/switch") | {"reason": "it leaked"}

            answer = send(owner, "/promotion/switch", form)

            assert answer.status_code == 303
            assert says in words(owner.get(f"/promotion?id={fresh.promotion}"))

    def test_that_somebody_else_has_switched_are_left_alone(self, owner: OperatorBrowser, fresh: Desk) -> None:
        page = owner.get(f"/promotion?id={fresh.promotion}")
        form = hidden(page, "/promotion/switch") | {"reason": "it leaked"}
        send(owner, "/promotion/switch", form)

        answer = send(owner, "/promotion/switch", form | {"form_id": str(uuid4())})

        assert answer.status_code == 409

    def test_programmes_are_switched(self, owner: OperatorBrowser, fresh: Desk) -> None:
        page = owner.get("/programmes")
        card = page.text.split(fresh.programme, 1)[1]
        form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', card.split("</form>")[0]))

        assert send(owner, "/programmes/switch", form | {"reason": "too dear"}).status_code == 303

    def test_campaigns_are_approved_by_somebody_else_and_taken_back(self, owner: OperatorBrowser, fresh: Desk) -> None:
        for action, says in (("approve", "running"), ("void", "voiding")):
            page = owner.get(f"/campaign?id={fresh.campaign}")
            form = hidden(page, f"/campaign/{action}") | {"reason": "it is right so"}

            assert send(owner, f"/campaign/{action}", form).status_code == 303
            assert says in words(owner.get(f"/campaign?id={fresh.campaign}"))


class TestSubscription:
    def test_is_cancelled_with_a_reason(self, support: OperatorBrowser, fresh: Desk) -> None:
        page = support.get(f"/subscription?id={fresh.subscription_id}")
        form = hidden(page, "/subscription") | {"action": "cancel_now", "reason": "the buyer asked"}

        answer = send(support, "/subscription", form)

        assert answer.status_code in (303, 409)
        [line] = fresh.harness.minutes.select(
            "SELECT count(*) AS lines FROM audit_log WHERE action = 'subscription.cancel_now' AND account_id = :id",
            id=fresh.account,
        )
        assert line["lines"] == 1


class TestExport:
    def test_is_a_file_with_safe_cells_and_a_line_in_the_audit_log(
        self, admin: Admin, clock: Clock, desk: Desk
    ) -> None:
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(Role.FINANCE)
            form = {"what": "audit", "reason": "=1+1"}
            browser.send_form("/export", form)
            answer = browser.send_form("/export", form)

            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            assert "attachment" in answer.headers["content-disposition"]
            assert f"{browser.name},finance,127.0.0.1,list.export,list:audit,,'=1+1," in answer.text

    def test_of_orders_keeps_to_a_state(self, owner: OperatorBrowser, desk: Desk) -> None:
        form = {"form_secret": owner.form_secret(), "what": "orders", "reason": "the books"}

        paid, failed = (send(owner, "/export", form | {"status": status}).text for status in ("paid", "failed"))

        assert f"{desk.order_id},{desk.account},standard," in paid
        assert "699.00,RUB,paid" in paid
        assert desk.order_id not in failed

    @pytest.mark.parametrize("changed", [{"reason": " "}, {"status": "nonsense"}, {"what": "accounts"}])
    def test_without_a_reason_or_of_no_state_is_refused(self, owner: OperatorBrowser, changed: dict[str, str]) -> None:
        form = {"form_secret": owner.form_secret(), "what": "orders", "reason": "the books"} | changed

        assert send(owner, "/export", form).status_code == 409

    @pytest.mark.parametrize("what", LISTS)
    def test_of_each_list_has_its_columns(self, owner: OperatorBrowser, desk: Desk, what: str) -> None:
        form = {"form_secret": owner.form_secret(), "what": what, "reason": "the books"}

        lines = list(csv.reader(send(owner, "/export", form).content.decode("utf-8-sig").splitlines()))

        assert tuple(lines[0]) == LISTS[what].head
        assert {len(line) for line in lines} == {len(LISTS[what].head)}
        has_some = what in ("orders", "subscriptions", "promotions", "campaigns", "audit")
        assert (len(lines) > 1) == has_some or not has_some

    def test_of_subscriptions_and_codes_says_what_they_are(self, owner: OperatorBrowser, desk: Desk) -> None:
        form = {"form_secret": owner.form_secret(), "reason": "the books"}

        subscriptions = send(owner, "/export", form | {"what": "subscriptions"}).text
        promotions = send(owner, "/export", form | {"what": "promotions"}).text

        assert f"{desk.subscription_id},{desk.account},monthly," in subscriptions
        assert f"{desk.promotion},percent_off,0,,,,," in promotions

    def test_is_not_for_support(self, support: OperatorBrowser) -> None:
        assert support.get("/export").status_code == 403
        assert support.send_form("/export", {"what": "orders", "reason": "x"}).status_code == 403


class TestTabs:
    def test_revoke_a_token_with_a_reason(self, support: OperatorBrowser, fresh: Desk) -> None:
        page = support.get(f"/account?id={fresh.account}&tab=tokens")
        form = hidden(page, "/account/token/revoke")

        assert send(support, "/account/token/revoke", form | {"reason": ""}).status_code == 409
        assert send(support, "/account/token/revoke", form | {"reason": "leaked"}).status_code == 303

        assert "revoked" in words(support.get(f"/account?id={fresh.account}&tab=tokens"))
        assert "token.revoke" in words(support.get(f"/account?id={fresh.account}&tab=history"))

    def test_send_a_notice_again(self, support: OperatorBrowser, fresh: Desk) -> None:
        page = support.get(f"/account?id={fresh.account}&tab=notices")
        form = hidden(page, "/account/notice/resend")

        assert send(support, "/account/notice/resend", form).status_code == 303

        assert "waiting" in words(support.get(f"/account?id={fresh.account}&tab=notices"))

    def test_send_a_notice_once_that_is_pressed_twice(self, support: OperatorBrowser, fresh: Desk) -> None:
        form = hidden(support.get(f"/account?id={fresh.account}&tab=notices"), "/account/notice/resend")

        answers = [send(support, "/account/notice/resend", form) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 409]
        assert "has changed since this page was loaded" in words(answers[1])
        assert self.noted(fresh, "notice.resend") == [fresh.account]

    def test_touch_nothing_of_others(self, admin: Admin, support: OperatorBrowser, fresh: Desk) -> None:
        desk = open_desk(admin)
        of_server = create_token(fresh.harness.context, WantedToken(TokenKind.SERVER, "screph")).number
        notice = hidden(support.get(f"/account?id={desk.account}&tab=notices"), "/account/notice/resend")
        token = hidden(support.get(f"/account?id={desk.account}&tab=tokens"), "/account/token/revoke")

        mine = {"account_id": fresh.account, "reason": "because"}
        answers = [
            send(support, "/account/notice/resend", notice | mine),
            send(support, "/account/token/revoke", token | mine),
            send(support, "/account/token/revoke", token | mine | {"number": of_server}),
        ]

        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert self.noted(fresh, "notice.resend") == self.noted(fresh, "token.revoke") == []

    @staticmethod
    def noted(desk: Desk, action: str) -> list[str]:
        rows = desk.harness.minutes.select(
            "SELECT account_id FROM audit_log WHERE action = :action AND account_id = :account ORDER BY id",
            action=action,
        )
        return [row["account_id"] for row in rows]


class TestAudit:
    def test_holds_after_all_of_this(self, owner: OperatorBrowser, shared_engine: Engine) -> None:
        from store.audit.run import audit

        found = audit(shared_engine)

        assert [check.invariant.name for check in found.checks if not check.holds] == []
