"""Subscriptions, auto top-up and saved methods over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from store.engine import Engine
from tests.asgi.running import running
from tests.doubles.memory import MemoryGateway
from tests.web.api.v1.client import Client, items
from tests.web.api.v1.conftest import PORTAL
from tests.workers.events import registered
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.api.app import create_api
from web.api.v1.settings import ApiSettings


@pytest.fixture
def harness(engine: Engine) -> SubscriptionHarness:
    """An account that subscribes through a gateway of its own, by a clock of its own."""
    memory = MemoryGateway("memory")
    memory.name = f"memory{id(memory)}"
    harness = SubscriptionHarness(engine, memory, memory)
    harness.minutes.apply(registered(harness.account, currency="RUB"))
    return harness


@pytest.fixture
def api_url(harness: SubscriptionHarness) -> Iterator[str]:
    """The address of an API that sells through the gateway of the harness."""
    with running(create_api(harness.context, ApiSettings(PORTAL))) as url:
        yield url


class TestSubscriptions:
    def test_begin_with_a_payment(self, harness: SubscriptionHarness, buyer: Client) -> None:
        answer = buyer.post("/subscriptions", {"product_id": "monthly"}, key="s")
        again = buyer.post("/subscriptions", {"product_id": "monthly"}, key="s")

        said = answer.json()
        assert (answer.status_code, said["subscription"]["status"]) == (201, "pending"), answer.text
        assert said["redirect_url"] == harness.order(said["order_id"])["redirect_url"]
        assert again.json()["subscription"]["id"] == said["subscription"]["id"]
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_are_cancelled_and_kept(self, harness: SubscriptionHarness, buyer: Client) -> None:
        subscription_id = harness.subscribed("monthly")

        cancelled = buyer.post(f"/subscriptions/{subscription_id}/cancellations", {"reason": "too dear"})
        twice = buyer.post(f"/subscriptions/{subscription_id}/pauses", {})
        kept = buyer.post(f"/subscriptions/{subscription_id}/resumptions", {})
        needless = buyer.post(f"/subscriptions/{subscription_id}/resumptions", {})

        assert cancelled.json()["subscription"]["cancel_at_period_end"] is True
        assert (twice.status_code, twice.json()["code"]) == (409, "cancelled")
        assert kept.json()["subscription"]["cancel_at_period_end"] is False
        assert (needless.status_code, needless.json()["code"]) == (409, "nothing_to_resume")

    def test_are_listed_and_read(self, harness: SubscriptionHarness, buyer: Client) -> None:
        subscription_id = harness.subscribed("monthly")

        [line] = items(buyer.get("/subscriptions"))
        said = buyer.get(f"/subscriptions/{subscription_id}").json()

        assert (line["id"], line["status"]) == (subscription_id, "active")
        assert (said["status"], said["price"]["amount_minor"], said["period"]) == ("active", 29_900, "month")

    def test_are_paused_until_a_moment_to_come(self, harness: SubscriptionHarness, buyer: Client) -> None:
        subscription_id = harness.subscribed("monthly")

        past = buyer.post(f"/subscriptions/{subscription_id}/pauses", {"until": "2020-01-01T00:00:00Z"})
        paused = buyer.post(f"/subscriptions/{subscription_id}/pauses", {"until": "2999-01-01T00:00:00Z"})

        assert (past.status_code, past.json()["code"]) == (422, "in_the_past")
        assert paused.json()["subscription"]["status"] == "paused"
        assert paused.json()["subscription"]["resumes_at"] == "2999-01-01T00:00:00Z"

    def test_refuse_what_does_not_go(self, harness: SubscriptionHarness, buyer: Client) -> None:
        subscription_id = harness.subscribed("monthly")

        answers = [
            buyer.post("/subscriptions", {"product_id": "standard"}),
            buyer.post("/subscriptions", {"product_id": "monthly"}),
            buyer.post(f"/subscriptions/{subscription_id}/changes", {"product_id": "monthly"}),
            buyer.post(f"/subscriptions/{subscription_id}/changes", {}),
            buyer.post(f"/subscriptions/{subscription_id}/payments", {}),
            buyer.post("/subscriptions/nothing/pauses", {}),
        ]

        assert [answer.json()["code"] for answer in answers] == [
            "no_subscription",
            "already_subscribed",
            "no_change",
            "invalid",
            "nothing_owed",
            "not_found",
        ]

    def test_of_somebody_else_are_not_there(self, harness: SubscriptionHarness, buyer: Client, server: Client) -> None:
        subscription_id = harness.subscribed("monthly")
        server.post("/accounts/somebody-else/orders", {"product_id": "standard"})

        read = server.get(f"/accounts/somebody-else/subscriptions/{subscription_id}")
        cancelled = server.post(f"/accounts/somebody-else/subscriptions/{subscription_id}/cancellations", {})

        assert [read.status_code, cancelled.status_code] == [404, 404]
        assert buyer.get(f"/subscriptions/{subscription_id}").json()["cancel_at_period_end"] is False

    @pytest.mark.parametrize("method_id", [2**63, 2**64, 0, -1, "1", 1.5])
    def test_refuse_a_method_that_cannot_be_one(
        self, harness: SubscriptionHarness, buyer: Client, method_id: Any
    ) -> None:
        subscription_id = harness.subscribed("monthly")

        answer = buyer.post(f"/subscriptions/{subscription_id}/changes", {"method_id": method_id})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


class TestTopup:
    def test_is_set_read_and_switched_off(self, harness: SubscriptionHarness, buyer: Client) -> None:
        harness.subscribed("monthly")
        [method] = items(buyer.get("/payment-methods"))
        wanted = {"is_on": True, "threshold_seconds": 600, "product_id": "standard", "method_id": method["id"]}

        before = buyer.get("/topup")
        on = buyer.put("/topup", wanted)
        off = buyer.put("/topup", {"is_on": False})

        assert (before.status_code, before.json()["code"]) == (404, "not_found")
        assert (on.status_code, on.json()["is_on"], on.json()["max_per_day"]) == (200, True, 3), on.text
        assert off.json() == buyer.get("/topup").json() == on.json() | {"is_on": False}

    def test_says_why_it_cannot_be_switched_on(self, buyer: Client) -> None:
        answers = [
            buyer.put("/topup", {"is_on": True}),
            buyer.put("/topup", {"is_on": True, "threshold_seconds": 600, "product_id": "standard"}),
            buyer.put("/topup", {"is_on": "yes"}),
        ]

        assert [(one.status_code, one.json()["code"]) for one in answers] == [
            (422, "incomplete"),
            (409, "no_method"),
            (422, "invalid"),
        ]
