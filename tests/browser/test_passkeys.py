"""Passkeys in a real browser, with an authenticator of Chromium's own: an operator's second factor, a buyer's way in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from domain.access.role import Role
from store.engine import Engine
from tests.browser.checking import Checks
from tests.browser.visiting import Look, Visitor
from tests.servers.find import FoundPostgres
from tests.web.admin.browser import COMMAND, PASSWORD
from tests.web.portal.browser import Clock
from tests.web.serving import serving
from tests.workers.events import NOW, registered
from tests.workers.minutes.harness import MinutesHarness, audited
from web.admin.app import create_admin
from web.admin.settings import Admin
from web.portal.app import create_portal
from web.portal.settings import Portal
from workers.access.operators import invite_operator
from workers.access.sessions import make_entry_link
from workers.context import Context


@dataclass(frozen=True, slots=True)
class Device:
    """The authenticator of a browser: it holds passkeys, and verifies its person unless it is told not to."""

    session: CDPSession
    id: str

    def refuse(self) -> None:
        """Let nobody be verified from now on: a wrong finger."""
        self.session.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": False})

    def credentials(self) -> list[dict[str, object]]:
        """Return what it holds."""
        found = self.session.send("WebAuthn.getCredentials", {"authenticatorId": self.id})
        return list(found["credentials"])


def device_of(page: Page) -> Device:
    """Give a browser an authenticator as telephones and laptops have one."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable", {"enableUI": False})
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(session, added["authenticatorId"])


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of both."""
    return Clock(NOW)


@pytest.fixture(scope="module")
def engine(postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Engine]:
    """The engine of a database of this file; the audit looks at it in the end."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield engine
    postgres_server.drop_database(url)


@pytest.fixture(scope="module")
def context(engine: Engine, clock: Clock) -> Context:
    """What handlers need."""
    return Context(engine, clock=clock, gateways={})


@pytest.fixture(scope="module")
def admin_address(context: Context) -> Iterator[str]:
    """The admin pages, at a host name."""
    with serving(lambda address: create_admin(Admin(context, address))) as address:
        yield address


@pytest.fixture(scope="module")
def portal_address(context: Context) -> Iterator[str]:
    """The portal, at a host name."""
    with serving(lambda address: create_portal(Portal(context, address))) as address:
        yield address


class TestThePages:
    """Those that are there at a host name alone, so no walk through an installation at 127.0.0.1 sees them."""

    LOOKS = (Look("en", "light", 1280), Look("en", "dark", 320))

    def test_of_operators_keep_nobody_out(self, chromium: Browser, admin_address: str, context: Context) -> None:
        invitation = invite_operator(context, COMMAND, "greta", Role.VIEWER)
        with Visitor(chromium, admin_address) as visitor:
            joined(visitor, context, "axel")
            wrong = [
                *self.faults(visitor, "/factors"),
                *self.faults(visitor, f"/invite/{invitation}"),
                *self.faults(visitor, "/factors", "Add a passkey…"),
                *self.faults(visitor, "/factors", "Add an app…"),
            ]
            visitor.forget()
            wrong += self.faults(visitor, "/sign-in")

        assert wrong == []

    def test_of_buyers_keep_nobody_out(self, chromium: Browser, portal_address: str, context: Context) -> None:
        harness = MinutesHarness(context.engine)
        harness.apply(registered(harness.account, locale="en", email="berta@example.org"))
        link = make_entry_link(context, harness.account, task="/", asked_by="test")
        with Visitor(chromium, portal_address) as visitor:
            wrong = self.faults(visitor, "/enter")
            device_of(visitor.page)
            visitor.sign_in(f"/enter/{link}")
            wrong += self.faults(visitor, "/settings/devices", "Add a passkey")
            visitor.page.get_by_label("Name").fill("Telephone")
            visitor.press("Make the passkey")
            visitor.page.wait_for_url("**/settings/devices")
            wrong += self.faults(visitor, "/settings/devices")

        assert wrong == []

    def faults(self, visitor: Visitor, path: str, button: str | None = None) -> list[str]:
        """Open a page, press a button of it if there is one, and return what is wrong with what is seen."""
        found = []
        for look in self.LOOKS:
            visitor.page.goto(path)
            visitor.choose(look)
            answer = visitor.page.reload()
            assert answer is not None
            html = answer.body()
            if button is not None:
                visitor.press(button)
                visitor.page.locator("h1").wait_for()
                html = visitor.page.content().encode()
            found += [f"{path} {button} in {look}: {fault}" for fault in Checks(60_000).wrong_with(visitor, html, "en")]
            visitor.faults.clear()
        return found


class TestAnOperator:
    def test_joins_signs_in_and_proves_with_a_passkey(
        self, chromium: Browser, admin_address: str, context: Context, clock: Clock
    ) -> None:
        invitation = invite_operator(context, COMMAND, "vera", Role.OWNER)
        with Visitor(chromium, admin_address) as visitor:
            page = visitor.page
            device = device_of(page)
            page.goto(f"/invite/{invitation}")
            page.get_by_label("New password").fill(PASSWORD)
            visitor.press("Join with a passkey")
            expect(page.get_by_role("heading", name="You have joined, vera")).to_be_visible()
            assert page.locator("main li code").count() == 10
            assert len(device.credentials()) == 1

            sign_in(visitor)
            page.goto("/factors")
            assert "First passkey" in visitor.words()
            assert page.get_by_role("button", name="Remove").count() == 0

            # What needs a fresh proof takes the passkey, too, and goes on to what was wanted.
            clock.at += timedelta(minutes=5)
            visitor.press("Add an app…")
            expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
            visitor.press("Use a passkey in place of a code")
            expect(page.get_by_role("heading", name="Your app")).to_be_visible()
            secret = page.locator("main code").first.inner_text()
            page.get_by_label("The code that it shows now").fill(pyotp.TOTP(secret).at(clock.at))
            visitor.press("Use this app")
            expect(page.get_by_text("codes of your app count")).to_be_visible()

            # Now either of the two may go, but not both.
            page.locator("form[action^='/factors/passkey/'] button", has_text="Remove").click()
            expect(page.get_by_text("None yet.")).to_be_visible()
            assert page.get_by_role("button", name="Remove").count() == 0
            assert visitor.faults == []

    def test_adds_a_second_one_by_its_name(self, chromium: Browser, admin_address: str, context: Context) -> None:
        with Visitor(chromium, admin_address) as visitor:
            page = visitor.page
            device = joined(visitor, context, "nora")
            page.goto("/factors")
            device.session.send("WebAuthn.clearCredentials", {"authenticatorId": device.id})
            visitor.press("Add a passkey…")
            page.get_by_label("Name").fill("Blue key")
            visitor.press("Make the passkey")

            page.wait_for_url("**/factors")
            assert "Blue key" in visitor.words()
            assert page.get_by_role("button", name="Remove").count() == 2
            assert visitor.faults == []

    def test_whom_the_device_does_not_know_is_not_signed_in(
        self, chromium: Browser, admin_address: str, context: Context
    ) -> None:
        with Visitor(chromium, admin_address) as visitor:
            page = visitor.page
            device = joined(visitor, context, "lena")
            visitor.press("Sign out")
            device.refuse()

            fill_in(page, "lena")
            visitor.press("Use a passkey in place of a code")

            expect(page.get_by_text("No passkey has answered.")).to_be_visible()
            assert page.url.endswith("/sign-in")
            expect(page.get_by_label("Code of your app")).to_be_enabled()

    def test_with_a_wrong_password_is_not_signed_in_by_the_passkey(
        self, chromium: Browser, admin_address: str, context: Context
    ) -> None:
        with Visitor(chromium, admin_address) as visitor:
            page = visitor.page
            joined(visitor, context, "mila")
            visitor.press("Sign out")

            fill_in(page, "mila", password="not that one at all")
            visitor.press("Use a passkey in place of a code")

            expect(page.get_by_text("Name, password or second factor is wrong.")).to_be_visible()
            page.goto("/")
            assert page.url.endswith("/sign-in")


class TestABuyer:
    def test_adds_one_and_signs_in_with_it(self, chromium: Browser, portal_address: str, context: Context) -> None:
        harness = MinutesHarness(context.engine)
        harness.apply(registered(harness.account, locale="en", email="anna@example.org"))
        link = make_entry_link(context, harness.account, task="/", asked_by="test")
        with Visitor(chromium, portal_address) as visitor:
            page = visitor.page
            device = device_of(page)
            visitor.sign_in(f"/enter/{link}")
            page.goto("/settings/devices")
            visitor.press("Add a passkey")
            page.get_by_label("Name").fill("Laptop")
            visitor.press("Make the passkey")
            page.wait_for_url("**/settings/devices")
            assert "Laptop" in visitor.words()
            assert [each["rpId"] for each in device.credentials()] == ["localhost"]

            visitor.forget()
            page.goto("/history")
            assert "/enter" in page.url
            visitor.press("Sign in with a passkey")
            page.wait_for_url(f"{portal_address}/history")

            page.goto("/settings/devices")
            page.locator("form[action^='/settings/passkeys/'] button", has_text="Remove").click()
            expect(page.get_by_text("Laptop")).to_have_count(0)
            visitor.forget()
            page.goto("/enter")
            visitor.press("Sign in with a passkey")
            expect(page.get_by_text("The passkey could not be verified.")).to_be_visible()
            assert visitor.faults == []

    @pytest.mark.parametrize("language", ["de", "ru"])
    def test_without_scripts_sees_the_other_ways(self, chromium: Browser, portal_address: str, language: str) -> None:
        with Visitor(chromium, portal_address, Look(language, "dark", 320), has_scripts=False) as visitor:
            visitor.page.goto("/enter")

            assert visitor.page.locator("[data-passkey]").count() == 1
            expect(visitor.page.locator("[data-passkey]")).to_be_hidden()
            expect(visitor.page.locator("form[action='/enter/mail'] button")).to_be_visible()


def joined(visitor: Visitor, context: Context, name: str) -> Device:
    """Let somebody join with a passkey of their browser, and sign in."""
    device = device_of(visitor.page)
    visitor.page.goto(f"/invite/{invite_operator(context, COMMAND, name, Role.OWNER)}")
    visitor.page.get_by_label("New password").fill(PASSWORD)
    visitor.press("Join with a passkey")
    expect(visitor.page.get_by_role("heading", name=f"You have joined, {name}")).to_be_visible()
    sign_in(visitor, name)
    return device


def sign_in(visitor: Visitor, name: str = "vera") -> None:
    """Sign in with password and passkey."""
    fill_in(visitor.page, name)
    visitor.press("Use a passkey in place of a code")
    visitor.page.wait_for_url(re.compile(r"://[^/]+/$"))


def fill_in(page: Page, name: str, *, password: str = PASSWORD) -> None:
    """Type name and password at the page that signs in."""
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
