"""Asking a gateway again what became of an order, from its page."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.access.role import Role
from tests.doubles.faults import Fault
from tests.web.admin.browser import OperatorBrowser
from tests.web.admin.desk import Desk, open_desk
from tests.web.admin.test_desk import hidden, send, words
from tests.web.admin.test_marketing import acts
from tests.web.portal.browser import Clock
from web.admin.settings import Admin


@pytest.fixture(scope="module")
def clock() -> Clock:
    """A clock near that of the harness of payments, which is the host's."""
    return Clock(datetime.now(UTC))


@pytest.fixture
def desk(admin: Admin, owner: OperatorBrowser) -> Desk:
    """An account with an order."""
    return open_desk(admin)


@pytest.fixture(scope="module")
def support(admin: Admin, clock: Clock) -> Iterator[OperatorBrowser]:
    """The browser of somebody in support."""
    with OperatorBrowser(admin, clock) as browser:
        yield browser.enter(Role.SUPPORT)


def form_of(browser: OperatorBrowser, order_id: str) -> dict[str, str]:
    """The form of an order's page that asks its gateway, filled in."""
    return hidden(browser.get(f"/order?id={order_id}"), "/order/ask") | {"reason": "the buyer has paid"}


class TestAskingAgain:
    def test_applies_a_payment_whose_webhook_was_lost(self, support: OperatorBrowser, desk: Desk) -> None:
        order_id = desk.harness.buy()["order_id"]
        form = form_of(support, order_id)
        desk.harness.memory.pay(desk.harness.order(order_id)["checkout_ref"])

        answers = [send(support, "/order/ask", form) for _ in range(2)]

        assert [answer.headers["location"] for answer in answers] == [f"/order?id={order_id}&done=asked"] * 2
        assert desk.harness.order(order_id)["status"] == "paid"
        [act] = acts(desk, f"order:{order_id}")
        assert (act["action"], act["reason"]) == ("order.ask", "the buyer has paid")

    def test_writes_down_a_refund_that_began_there(self, support: OperatorBrowser, desk: Desk) -> None:
        order = desk.order()
        desk.harness.memory.refund_from_dashboard(order["payment_ref"], 10_000)

        send(support, "/order/ask", form_of(support, desk.order_id))

        [refund] = desk.harness.refunds(desk.order_id)
        assert (refund["status"], refund["amount_minor"]) == ("succeeded", 10_000)

    def test_of_a_gateway_that_is_away_may_be_repeated(
        self, support: OperatorBrowser, desk: Desk, clock: Clock
    ) -> None:
        order_id = desk.harness.buy()["order_id"]
        form = form_of(support, order_id)
        desk.harness.memory.pay(desk.harness.order(order_id)["checkout_ref"])
        desk.harness.memory.faults.plan("fetch", Fault.ERROR_BEFORE)

        away = send(support, "/order/ask", form)
        clock.at += timedelta(seconds=1)
        there = send(support, "/order/ask", form)

        assert (away.status_code, there.status_code) == (503, 303)
        assert desk.harness.order(order_id)["status"] == "paid"

    def test_needs_a_reason(self, support: OperatorBrowser, desk: Desk) -> None:
        answer = send(support, "/order/ask", form_of(support, desk.order_id) | {"reason": " "})

        assert answer.status_code == 409
        assert "Say why" in words(answer)
        assert acts(desk, f"order:{desk.order_id}") == []
