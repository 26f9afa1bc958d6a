"""Nobody reaches in the portal what is somebody else's: every route × two accounts × every kind of session."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest

from store.engine import Engine
from tests.asgi.running import running
from tests.doubles.memory import MemoryGateway
from tests.web.portal.browser import Browser
from tests.web.portal.test_buying import saved
from tests.web.portal.test_pages import PUBLIC
from tests.web.portal.test_security import GETS, POSTS
from tests.workers.events import grant, registered, usage
from tests.workers.subscriptions.harness import SubscriptionHarness
from web.portal.app import create_portal
from web.portal.settings import Portal

OF_SOMEBODY = sorted(path for path, sample in GETS.items() if sample is not None and path not in PUBLIC)

CLOSING = "/settings/close/confirm"
"""By which a stranger closes their own account."""

FORMS = sorted(path for path in POSTS if path not in PUBLIC - {"/invited/{code}"} and path != "/leave")
"""Leaving ends the session of whoever leaves, and names none."""

NAMING = {
    "/buy": {"pay_with": "method/{method_id}"},
    "/push/end": {"endpoint": "{endpoint}"},
    "/subscription": {"action": "cancel", "subscription_id": "{subscription_id}"},
    "/subscription/method": {"action": "forget", "method_id": "{method_id}"},
    "/topup": {
        "action": "on",
        "minutes": "10",
        "product_id": "standard",
        "method_id": "{method_id}",
        "max_per_day": "3",
        "max_money": "",
    },
}
"""
Forms whose fields, not only their paths, name what belongs to the owner. An address of web push is a browser's, and goes with
whoever signs in there: who can name it has the browser.
"""

ENDPOINT = "https://fcm.googleapis.com/fcm/send/of-the-owner"

WITHOUT = ("account", "session", "sign_in_code", "entry_link")
"""Tables of an account in which it is seen that somebody has read something."""


@dataclass(frozen=True, slots=True)
class World:
    """A portal, its owner with everything that one can have, and the browsers of others."""

    harness: SubscriptionHarness
    stranger: str
    ids: dict[str, str]
    browsers: dict[str, Browser]
    secrets: dict[str, str] = field(default_factory=dict)

    def named(self, text: str) -> str:
        """Put the ids of what the owner has where they belong."""
        for name, value in self.ids.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    def get(self, who: str, path: str) -> httpx.Response:
        """Open a page that names what the owner has."""
        return self.browsers[who].get(self.named((GETS[path] or path).replace("/abc", "/{setup_id}")))

    def send(self, who: str, path: str) -> httpx.Response:
        """Send a form that names what the owner has, with the secret of one's own session."""
        browser = self.browsers[who]
        data = {name: self.named(value) for name, value in (POSTS[path] | NAMING.get(path, {})).items()}
        if "form_id" in data:
            data["form_id"] = str(uuid.uuid4())
        secret = browser.form_secret() if who == "stranger" else "0" * 64
        return browser.post(self.named(path), data | {"form_secret": secret})

    def newcomer(self) -> str:
        """Return a new account that has nothing to do with the owner."""
        account = f"{self.stranger}-{uuid.uuid4().hex[:6]}"
        self.harness.minutes.apply(registered(account, locale="en", currency="RUB"))
        return account

    def owned(self) -> dict[str, list[str]]:
        """Every row of every table that belongs to the owner."""
        tables = self.harness.minutes.select(
            "SELECT table_name AS name FROM information_schema.columns JOIN information_schema.tables"
            " USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND column_name = 'account' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        return {
            table["name"]: sorted(
                row["said"]
                for row in self.harness.minutes.select(
                    f"SELECT CAST(to_jsonb(it) AS text) AS said FROM {table['name']} AS it"
                    " WHERE CAST(it.account AS text) IN"
                    " (SELECT CAST(number AS text) FROM account WHERE id = :account UNION SELECT :account)"
                )
            )
            for table in tables
            if table["name"] not in WITHOUT
        }


@pytest.fixture(scope="module")
def world(shared_engine: Engine) -> Iterator[World]:
    """Everybody and everything."""
    memory = MemoryGateway("memory")
    memory.name = f"memory{id(memory)}"
    harness = SubscriptionHarness(shared_engine, memory, memory)
    owner, stranger = harness.account, f"{harness.account}-stranger"
    names = {"locale": "en", "currency": "RUB"}
    harness.minutes.apply(registered(owner, **names), registered(stranger, **names), grant(owner, 900))
    harness.minutes.apply(usage(owner, 300, event_id=f"usage-of-{owner}"))
    subscription_id = harness.subscribed("monthly")
    method_id = saved(harness)
    with running(create_portal(Portal(harness.context, "http://127.0.0.1:1"))) as url:
        portal = Portal(harness.context, url)
        browsers = {who: Browser(portal) for who in ("owner", "elsewhere", "stranger", "nobody", "left")}
        browsers["owner"].sign_in(owner)
        browsers["elsewhere"].sign_in(owner)
        browsers["stranger"].sign_in(stranger)
        browsers["left"].sign_in(owner)
        cookie = browsers["left"].client.cookies["session"]
        browsers["left"].send_form("/leave")
        browsers["left"].client.cookies.set("session", cookie)
        browsers["owner"].send_form("/push", {"endpoint": ENDPOINT, "p256dh": "BAbc", "auth": "x-_9"})
        browsers["owner"].send_form("/subscription/method/new", {"form_id": "new"}, of="/subscription/method")
        rows = harness.minutes.select
        mine = "account = (SELECT number FROM account WHERE id = :account)"
        [push] = rows(f"SELECT id FROM push_subscription WHERE {mine}")
        [setup] = rows(f"SELECT id FROM method_setup WHERE {mine}")
        found = re.search(r"/settings/devices/(\d+)/end", browsers["owner"].get("/settings/devices").text)
        assert found is not None
        ids = {
            "order_id": harness.orders()[0]["id"],
            "subscription_id": subscription_id,
            "method_id": str(method_id),
            "push_id": str(push["id"]),
            "setup_id": setup["id"],
            "session_id": found.group(1),
            "form_id": "new",
            "endpoint": ENDPOINT,
            "code": "abcd",
        }
        secrets = {
            f"token {row['id']}": row["token"] for row in rows(f"SELECT id, token FROM saved_method WHERE {mine}")
        }
        secrets |= {"setup": rows(f"SELECT setup_ref FROM method_setup WHERE {mine}")[0]["setup_ref"]}
        secrets |= {"push": ENDPOINT, "cookie": browsers["owner"].client.cookies["session"]}
        yield World(harness, stranger, ids, browsers, secrets)
        for browser in browsers.values():
            browser.client.close()


class TestStrangers:
    @pytest.mark.parametrize("path", OF_SOMEBODY)
    def test_read_nothing_of_the_owners(self, world: World, path: str) -> None:
        answer = world.get("stranger", path)
        while answer.is_redirect:
            answer = world.browsers["stranger"].get(answer.headers["location"])

        text = answer.text.replace(str(answer.request.url.path), "")
        # A refusal may name what was asked for; what the owner has stands in no page of somebody else's.
        marks = [world.harness.account + '"', *(world.ids[name] for name in ("order_id", "subscription_id"))]
        assert [mark for mark in marks if mark in text] == []
        if "{order_id}" in path:
            assert answer.status_code == 404

    @pytest.mark.parametrize("path", FORMS)
    def test_change_nothing_of_the_owners(self, world: World, path: str) -> None:
        before = world.owned()
        assert all(before[table] for table in ("orders", "subscription", "saved_method", "push_subscription"))

        answer = world.send("stranger", path)
        if path == CLOSING:
            # Nobody comes in again by an account that is closed.
            world.browsers["stranger"].client.cookies.clear()
            world.browsers["stranger"].sign_in(world.newcomer())

        assert answer.status_code < 500
        assert world.owned() == before
        assert world.browsers["owner"].get("/").status_code == world.browsers["elsewhere"].get("/").status_code == 200

    @pytest.mark.parametrize("who", ["nobody", "left"])
    @pytest.mark.parametrize("path", OF_SOMEBODY)
    def test_without_a_session_are_led_to_the_sign_in(self, world: World, path: str, who: str) -> None:
        answer = world.get(who, path)

        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/enter")
        assert answer.content == b""

    @pytest.mark.parametrize("who", ["nobody", "left"])
    @pytest.mark.parametrize("path", FORMS)
    def test_without_a_session_change_nothing(self, world: World, path: str, who: str) -> None:
        before = world.owned()

        answer = world.send(who, path)

        assert answer.status_code == 401
        assert world.owned() == before


class TestOwners:
    @pytest.mark.parametrize("path", OF_SOMEBODY)
    def test_are_shown_nothing_that_pays_or_signs_in(self, world: World, path: str) -> None:
        answer = world.get("owner", path)

        assert answer.status_code in (200, 303, 404)
        assert world.secrets.keys() >= {"setup", "push", "cookie"}
        assert [name for name, secret in world.secrets.items() if secret in answer.text] == []
