"""Grants and refunds above a limit: they wait for somebody else, who approves or declines them once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from domain.access.role import Role
from domain.access.second_person import COUNTS_FOR, ApprovalLimits
from store.access.audit_log import minutes_granted_alone
from store.reading import reading
from store.transaction import transaction
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.test_desk import hidden, send, words
from tests.web.portal.browser import Clock
from web.admin.settings import Admin

LIMITS = ApprovalLimits(grant_seconds=6_000, refund_minor={"RUB": 20_000})


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def desk(admin: Admin) -> Desk:
    """An account that has bought, at a desk where one person may do little alone."""
    object.__setattr__(admin, "context", replace(admin.context, limits=LIMITS))
    return open_desk(admin)


@pytest.fixture(scope="module")
def support(admin: Admin, clock: Clock, owner: OperatorBrowser) -> Iterator[OperatorBrowser]:
    """The browser of somebody in support."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.SUPPORT)


@pytest.fixture(scope="module")
def other(admin: Admin, clock: Clock, owner: OperatorBrowser) -> Iterator[OperatorBrowser]:
    """The browser of somebody else in support."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.SUPPORT)


def ask_grant(browser: OperatorBrowser, desk: Desk, minutes: int = 101, **changed: Any) -> httpx.Response:
    page = browser.get(f"/account/grant?id={desk.account}")
    form = hidden(page, "/account/grant") | {"minutes": minutes, "kind": "support", "reason": "an outage"} | changed
    return send(browser, "/account/grant", form)


def ask_refund(browser: OperatorBrowser, desk: Desk, amount: str = "300") -> httpx.Response:
    page = browser.get(f"/order/refund?id={desk.order_id}&amount={amount}")
    return send(browser, "/order/refund", hidden(page, "/order/refund") | {"reason": "not what was wanted"})


def request_of(desk: Desk) -> dict[str, Any]:
    """The row of the last request about the account."""
    rows = desk.harness.minutes.select(
        "SELECT operator_request.* FROM operator_request JOIN account ON number = account"
        " WHERE account.id = :account ORDER BY operator_request.id DESC LIMIT 1"
    )
    return rows[0]


def decide(browser: OperatorBrowser, desk: Desk, word: str, reason: str = "") -> httpx.Response:
    row = request_of(desk)
    secret = browser.form_secret()
    data = {"form_secret": secret, "request_id": str(row["id"]), "reason": reason}
    return send(browser, f"/requests/{row['kind']}/{word}", data)


def granted(desk: Desk) -> list[int]:
    rows = desk.harness.minutes.select(
        "SELECT granted_seconds FROM package JOIN account ON account.number = package.account"
        " WHERE account.id = :account AND kind = 'support'"
    )
    return [row["granted_seconds"] for row in rows]


def acts(desk: Desk) -> list[tuple[str, str]]:
    rows = desk.harness.minutes.select(
        "SELECT action, name FROM audit_log WHERE account_id = :account AND action <> 'account.view' ORDER BY id"
    )
    return [(row["action"], row["name"]) for row in rows]


class TestGrant:
    def test_at_the_limit_is_done_by_one(self, support: OperatorBrowser, desk: Desk) -> None:
        ask_grant(support, desk, 100)

        assert granted(desk) == [6_000]

    def test_above_it_waits_and_gives_nothing(self, support: OperatorBrowser, desk: Desk) -> None:
        answer = ask_grant(support, desk)

        assert answer.headers["location"] == "/requests?done=request_asked"
        assert granted(desk) == []
        assert "101" in words(support.get("/requests"))
        assert acts(desk) == [("request.ask", support.name)]

    def test_in_parts_is_as_much_as_in_one(self, support: OperatorBrowser, other: OperatorBrowser, desk: Desk) -> None:
        answers = [ask_grant(support, desk, minutes) for minutes in (60, 40, 1)]

        assert [answer.headers["location"].split("?")[0] for answer in answers] == ["/account", "/account", "/requests"]
        assert granted(desk) == [3_600, 2_400]
        assert request_of(desk)["words"].startswith("1 minutes")
        # What another one grants is theirs, and two people know of it.
        ask_grant(other, desk, 100)
        assert granted(desk) == [3_600, 2_400, 6_000]

    def test_in_parts_at_once_is_as_much_as_in_one(self, support: OperatorBrowser, desk: Desk) -> None:
        ask_grant(support, desk, 1)  # with the proof, so that the two need none
        page = support.get(f"/account/grant?id={desk.account}")
        form = hidden(page, "/account/grant") | {"minutes": 60, "kind": "support", "reason": "an outage"}
        answers: list[httpx.Response] = []
        together = Barrier(2)

        def press(form_id: str) -> None:
            together.wait()
            answers.append(support.post("/account/grant", form | {"form_id": form_id}))

        threads = [Thread(target=press, args=(str(uuid4()),)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        paths = sorted(answer.headers["location"].split("?")[0] for answer in answers)
        assert paths == ["/account", "/requests"]
        assert sorted(granted(desk)) == [60, 3_600]

    def test_of_the_day_before_counts_no_more(self, support: OperatorBrowser, desk: Desk, clock: Clock) -> None:
        ask_grant(support, desk, 100)

        with reading(desk.harness.engine) as session:
            found = [
                minutes_granted_alone(session, support.name, desk.account, since=clock.at + later - COUNTS_FOR)
                for later in (timedelta(), COUNTS_FOR)
            ]

        assert found == [100, 0]

    def test_allowed_once_is_done_once_when_it_is_sent_again(self, support: OperatorBrowser, desk: Desk) -> None:
        form_id = str(uuid4())

        answers = [ask_grant(support, desk, 60, form_id=form_id) for _ in range(2)]

        assert [answer.headers["location"].split("?")[0] for answer in answers] == ["/account"] * 2
        assert granted(desk) == [3_600]

    def test_sent_twice_is_asked_for_once(self, support: OperatorBrowser, desk: Desk) -> None:
        form_id = str(uuid4())

        for _ in range(2):
            ask_grant(support, desk, form_id=form_id)

        rows = desk.harness.minutes.select(
            "SELECT count(*) AS asked FROM operator_request JOIN account ON number = account WHERE account.id = :account"
        )
        assert rows == [{"asked": 1}]
        assert acts(desk) == [("request.ask", support.name)]

    def test_is_given_once_somebody_else_approves(
        self, support: OperatorBrowser, other: OperatorBrowser, desk: Desk
    ) -> None:
        ask_grant(support, desk)

        answers = [decide(other, desk, "approve") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [303, 303]
        assert granted(desk) == [6_060]
        row = request_of(desk)
        assert (row["state"], row["asked_by"], row["decided_by"]) == ("approved", support.name, other.name)
        assert acts(desk) == [("request.ask", support.name), ("minutes.grant", other.name)]

    def test_is_not_approved_by_whoever_asked(self, support: OperatorBrowser, desk: Desk) -> None:
        ask_grant(support, desk)

        answer = decide(support, desk, "approve")

        assert answer.status_code == 409
        assert "somebody else has to approve it" in words(answer)
        assert granted(desk) == []
        assert request_of(desk)["state"] == "waiting"

    def test_is_approved_by_one_of_two_at_once(
        self, support: OperatorBrowser, other: OperatorBrowser, owner: OperatorBrowser, desk: Desk
    ) -> None:
        ask_grant(support, desk)
        request_id = str(request_of(desk)["id"])
        forms = [
            (each, {"form_secret": each.form_secret(), "request_id": request_id, "proof": each.code()})
            for each in (other, owner)
        ]
        answers: list[httpx.Response] = []
        together = Barrier(2)

        def press(browser: OperatorBrowser, form: dict[str, str]) -> None:
            together.wait()
            answers.append(browser.post("/requests/grant/approve", form))

        threads = [Thread(target=press, args=each) for each in forms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(answer.status_code for answer in answers) == [303, 409]
        assert granted(desk) == [6_060]
        assert "already" in words(next(answer for answer in answers if answer.status_code == 409))

    def test_is_declined_with_a_reason(self, support: OperatorBrowser, other: OperatorBrowser, desk: Desk) -> None:
        ask_grant(support, desk)

        nothing = decide(other, desk, "decline")
        done = decide(other, desk, "decline", "too much")
        late = decide(other, desk, "approve")

        assert (nothing.status_code, done.status_code, late.status_code) == (409, 303, 409)
        assert request_of(desk)["state"] == "declined"
        assert granted(desk) == []
        assert acts(desk)[-1] == ("request.decline", other.name)

    def test_is_taken_back_by_whoever_asked(self, support: OperatorBrowser, desk: Desk) -> None:
        ask_grant(support, desk)

        assert decide(support, desk, "decline", "a mistake").status_code == 303

    def test_is_over_after_a_day(
        self, support: OperatorBrowser, other: OperatorBrowser, desk: Desk, clock: Clock
    ) -> None:
        ask_grant(support, desk)
        self._asked_before(desk, timedelta(hours=24))

        answer = decide(other, desk, "approve")

        assert answer.status_code == 409
        assert "asked for again" in words(answer)
        assert granted(desk) == []
        assert f'name="request_id" value="{request_of(desk)["id"]}"' not in other.get("/requests").text

    @staticmethod
    def _asked_before(desk: Desk, by: timedelta) -> None:
        with transaction(desk.harness.engine) as session:
            session.execute(
                text("UPDATE operator_request SET asked_at = asked_at - :by WHERE id = :id"),
                {"by": by, "id": request_of(desk)["id"]},
            )

    def test_is_not_for_those_who_only_look(
        self, admin: Admin, clock: Clock, support: OperatorBrowser, desk: Desk
    ) -> None:
        ask_grant(support, desk)
        with OperatorBrowser(admin, clock) as viewer:
            viewer.enter(Role.VIEWER)

            answer = decide(viewer, desk, "approve")

            assert 'action="/requests/' not in viewer.get("/requests").text
        assert answer.status_code == 403
        assert granted(desk) == []


class TestRefund:
    def test_at_the_limit_is_done_by_one(self, support: OperatorBrowser, desk: Desk) -> None:
        ask_refund(support, desk, "200")

        assert [refund["amount_minor"] for refund in desk.harness.refunds(desk.order_id)] == [20_000]

    def test_above_it_goes_out_once_somebody_else_approves(
        self, support: OperatorBrowser, other: OperatorBrowser, desk: Desk
    ) -> None:
        asked = ask_refund(support, desk)
        before = desk.harness.refunds(desk.order_id)

        for _ in range(2):
            decide(other, desk, "approve")

        assert asked.headers["location"] == "/requests?done=request_asked"
        assert before == []
        [refund] = desk.harness.refunds(desk.order_id)
        assert (refund["amount_minor"], refund["status"], refund["requested_by"]) == (30_000, "succeeded", support.name)
        assert acts(desk) == [("request.ask", support.name), ("order.refund", other.name)]

    def test_in_parts_is_as_much_as_in_one(self, support: OperatorBrowser, desk: Desk) -> None:
        done, asked = (ask_refund(support, desk, amount) for amount in ("150", "50.01"))

        assert (done.headers["location"].split("?")[0], asked.headers["location"].split("?")[0]) == (
            "/order",
            "/requests",
        )
        assert [refund["amount_minor"] for refund in desk.harness.refunds(desk.order_id)] == [15_000]
        assert "A second person has to approve it" in words(
            support.get(f"/order/refund?id={desk.order_id}&amount=50.01")
        )
        assert "A second person" not in words(support.get(f"/order/refund?id={desk.order_id}&amount=50"))

    def test_allowed_once_is_done_once_when_it_is_sent_again(self, support: OperatorBrowser, desk: Desk) -> None:
        page = support.get(f"/order/refund?id={desk.order_id}&amount=150")
        form = hidden(page, "/order/refund") | {"reason": "not what was wanted"}

        answers = [send(support, "/order/refund", form) for _ in range(2)]

        assert [answer.headers["location"].split("?")[0] for answer in answers] == ["/order"] * 2
        assert [refund["amount_minor"] for refund in desk.harness.refunds(desk.order_id)] == [15_000]

    def test_of_what_has_changed_meanwhile_comes_to_nothing(
        self, support: OperatorBrowser, other: OperatorBrowser, desk: Desk
    ) -> None:
        ask_refund(support, desk)
        ask_refund(support, desk, "100")

        answer = decide(other, desk, "approve")

        assert answer.status_code == 409
        assert [refund["amount_minor"] for refund in desk.harness.refunds(desk.order_id)] == [10_000]
        row = request_of(desk)
        assert row["state"] == "approved"
        assert row["outcome"]
        assert "came to nothing" in words(other.get("/requests"))
