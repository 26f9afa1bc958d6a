"""The subscription in the portal: when it renews, and two presses to end it and one to keep it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from store.engine import Engine
from tests.asgi.running import running
from tests.doubles.memory import MemoryGateway
from tests.web.portal.browser import Browser
from tests.web.portal.test_pages import words
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.portal.app import create_portal
from web.portal.settings import Portal


@dataclass(frozen=True, slots=True)
class Subscribed:
    """An account that is subscribed, and its browser."""

    harness: SubscriptionHarness
    browser: Browser

    def press(self, action: str, **more: str) -> httpx.Response:
        """Press a button of the page."""
        page = self.browser.get("/subscription").text
        form = {name: _value(page, name) for name in ("subscription_id", "form_id", "form_secret")}
        return self.browser.post("/subscription", form | {"action": action} | more)


@pytest.fixture
def subscribed(shared_engine: Engine) -> Iterator[Subscribed]:
    """Subscribed through a gateway in the process, by a clock of its own."""
    memory = MemoryGateway("memory")
    memory.name = f"memory{id(memory)}"
    harness = SubscriptionHarness(shared_engine, memory, memory)
    harness.subscribed()
    with running(create_portal(Portal(harness.context, "http://127.0.0.1:1"))) as url:
        with Browser(Portal(harness.context, url), **{"accept-language": "en"}) as browser:
            browser.sign_in(harness.account)
            yield Subscribed(harness, browser)


class TestSubscription:
    def test_says_when_it_renews_and_what_was_paid(self, subscribed: Subscribed) -> None:
        text = words(subscribed.browser.get("/subscription"))

        assert "active It renews on Saturday, 28 February." in text
        assert " paid " in text

    def test_is_cancelled_by_two_presses_and_kept_by_one(self, subscribed: Subscribed) -> None:
        assert subscribed.press("cancel", reason="too dear").headers["location"] == "/subscription"
        row = subscribed.harness.row()
        assert (row["cancel_at_period_end"], row["cancelled_by"], row["cancel_reason"]) == (True, "buyer", "too dear")
        assert "nothing more is charged" in words(subscribed.browser.get("/subscription"))

        subscribed.press("keep")

        assert not subscribed.harness.row()["cancel_at_period_end"]
        assert "It renews on" in words(subscribed.browser.get("/subscription"))

    def test_is_paused_and_goes_on(self, subscribed: Subscribed) -> None:
        subscribed.press("pause")
        assert subscribed.harness.status() == "paused"
        assert "Nothing is charged until you go on." in words(subscribed.browser.get("/subscription"))

        subscribed.press("keep")

        assert subscribed.harness.status() == "active"

    def test_that_has_ended_is_none(self, subscribed: Subscribed) -> None:
        subscribed.press("cancel")
        subscribed.harness.pass_time(timedelta(days=40))
        subscribed.harness.run()
        subscribed.browser.sign_in(subscribed.harness.account)

        assert "Subscribe for" in words(subscribed.browser.get("/subscription"))

    def test_says_what_is_not_possible_and_changes_nothing(self, subscribed: Subscribed) -> None:
        answer = subscribed.press("keep")

        assert answer.status_code == 409
        assert "Nothing has been changed" in words(answer)
        assert subscribed.harness.status() == "active"

    def test_of_somebody_else_is_neither_shown_nor_cancelled(self, subscribed: Subscribed) -> None:
        memory = MemoryGateway("memory")
        memory.name = f"memory{id(memory)}"
        other = SubscriptionHarness(subscribed.harness.engine, memory, memory)
        other.subscribed()

        answer = subscribed.press("cancel", subscription_id=other.row()["id"])

        assert answer.status_code in (400, 409)
        assert not other.row()["cancel_at_period_end"]
        assert other.row()["id"] not in subscribed.browser.get("/subscription").text


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found.group(1)
