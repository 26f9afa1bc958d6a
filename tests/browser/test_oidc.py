"""Signing in by a provider of identities in a real browser: its site is another one, so strict cookies stay behind."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from domain.access.role import Role
from oidc.provider import Provider, ProviderSettings
from store.engine import Engine
from tests.browser.checking import Checks
from tests.browser.visiting import Look, Visitor
from tests.doubles.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProviderDouble, Person, serve_oidc
from tests.servers.find import FoundPostgres
from tests.web.admin.browser import COMMAND, PASSWORD
from tests.web.portal.browser import Clock
from tests.web.serving import serving
from tests.workers.events import NOW
from tests.workers.minutes.harness import audited
from web.admin.app import create_admin
from web.admin.settings import Admin
from workers.access.factor import Proof
from workers.access.operators import invitation_of, invite_operator, join
from workers.context import Context

LOOKS = (Look("en", "light", 1280), Look("en", "dark", 320))


@pytest.fixture(scope="module")
def clock() -> Clock:
    """The clock of both."""
    return Clock(NOW)


@pytest.fixture(scope="module")
def context(postgres_server: FoundPostgres, migrated_database: str, clock: Clock) -> Iterator[Context]:
    """What handlers need, on a database of this file; the audit looks at it in the end."""
    url = postgres_server.new_database(copy_of=migrated_database)
    with audited(url) as engine:
        yield _context(engine, clock)
    postgres_server.drop_database(url)


def _context(engine: Engine, clock: Clock) -> Context:
    return Context(engine, clock=clock, gateways={})


@pytest.fixture(scope="module")
def double(clock: Clock) -> Iterator[OidcProviderDouble]:
    """The provider, at 127.0.0.1: to a browser another site than localhost."""
    with serve_oidc(clock=clock) as double:
        yield double


@pytest.fixture(scope="module")
def address(context: Context, double: OidcProviderDouble) -> Iterator[str]:
    """The admin pages, at localhost."""
    settings = ProviderSettings("Example", double.url, CLIENT_ID, CLIENT_SECRET, frozenset({"mfa"}))
    with serving(lambda address: create_admin(Admin(context, address, provider=Provider(settings)))) as address:
        yield address


@pytest.fixture(params=[True, False], ids=["with scripts", "without"])
def visitor(chromium: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A browser at the admin pages."""
    with Visitor(chromium, address, Look(), has_scripts=request.param) as somebody:
        yield somebody
        assert somebody.faults == []


@pytest.fixture
def app(context: Context, double: OidcProviderDouble, clock: Clock) -> pyotp.TOTP:
    """The authenticator app of an owner who has joined, and whom the provider knows."""
    name = f"ada-{uuid.uuid4().hex[:8]}@example.com"
    token = invite_operator(context, COMMAND, name, Role.OWNER)
    invitation = invitation_of(context, token)
    assert invitation is not None
    app = pyotp.TOTP(invitation.totp_secret)
    join(context, token, password=PASSWORD, proof=Proof(code(app, clock)), address=None)
    double.person = Person(sub=name, email=name, amr=["mfa"])
    return app


def code(app: pyotp.TOTP, clock: Clock) -> str:
    """What the app shows next."""
    clock.at += timedelta(seconds=30)
    return app.at(clock.at)


def come_in(visitor: Visitor) -> None:
    """Press the button of the provider, and wait for where it leads."""
    visitor.page.goto("/sign-in")
    visitor.press("Sign in with Example")


class TestSigningIn:
    def test_leads_to_the_first_page(self, visitor: Visitor, app: pyotp.TOTP) -> None:
        come_in(visitor)

        visitor.page.wait_for_url(lambda url: urlsplit(url).path == "/")
        expect(visitor.page.locator("h1")).to_have_text("Today")
        [cookie] = [each for each in visitor.cookies() if each["name"] == "operator"]
        assert cookie["sameSite"] == "Strict"
        assert not [each for each in visitor.cookies() if each["name"] == "oidc"]

    def test_asks_for_our_second_factor(
        self, visitor: Visitor, app: pyotp.TOTP, double: OidcProviderDouble, clock: Clock
    ) -> None:
        double.person.amr = ["pwd"]
        come_in(visitor)
        expect(visitor.page.locator("h1")).to_have_text("One step more")

        visitor.page.locator("input[name=code]").fill(code(app, clock))
        visitor.page.locator("main form button.primary").click()

        visitor.page.wait_for_url(lambda url: urlsplit(url).path == "/")
        expect(visitor.page.locator("h1")).to_have_text("Today")

    def test_is_proved_in_a_window_of_its_own_while_the_form_waits(
        self, visitor: Visitor, app: pyotp.TOTP, double: OidcProviderDouble, clock: Clock
    ) -> None:
        come_in(visitor)
        visitor.page.wait_for_url(lambda url: urlsplit(url).path == "/")
        clock.at += timedelta(minutes=6)
        visitor.page.goto("/operators")
        visitor.page.locator("main input[name=name]").fill(f"new-{uuid.uuid4().hex[:8]}")
        visitor.press("Make a link")
        expect(visitor.page.locator("h1")).to_have_text("Confirm that it is you")

        double.person.auth_time = int(clock.at.timestamp())
        with visitor.page.context.expect_page() as opened:
            visitor.press("Confirm at Example")
        expect(opened.value.locator("h1")).to_have_text("Confirmed")
        opened.value.close()
        visitor.press("go on: I have confirmed there")

        expect(visitor.page.locator("h1")).to_have_text("Operators")
        assert "Give this link to new-" in visitor.words()


class TestThePages:
    def test_keep_nobody_out(
        self, chromium: Browser, address: str, app: pyotp.TOTP, double: OidcProviderDouble, clock: Clock
    ) -> None:
        wrong: list[str] = []
        checks = Checks()
        with Visitor(chromium, address) as visitor:
            for look in LOOKS:
                visitor.choose(look)
                wrong += self.faults(checks, visitor, "/sign-in")
                double.person.amr = ["pwd"]
                come_in(visitor)
                expect(visitor.page.locator("h1")).to_have_text("One step more")
                wrong += self.faults(checks, visitor)
                double.error = "access_denied"
                come_in(visitor)
                expect(visitor.page.locator("h1")).to_have_text("Not signed in")
                wrong += self.faults(checks, visitor)
                double.error, double.person.amr = None, ["mfa"]
                come_in(visitor)
                visitor.page.wait_for_url(lambda url: urlsplit(url).path == "/")
                wrong += self.faults(checks, visitor, "/factors")
                clock.at += timedelta(minutes=6)
                visitor.press("Disconnect")
                expect(visitor.page.locator("h1")).to_have_text("Confirm that it is you")
                wrong += self.faults(checks, visitor)
                visitor.forget()
                # It stays where it would lead away from.
                visitor.page.route(f"{double.url}/**", lambda route: route.fulfill(status=204))
                come_in(visitor)
                expect(visitor.page.locator("h1")).to_have_text("On to Example")
                wrong += self.faults(checks, visitor)
                visitor.page.unroute(f"{double.url}/**")

        assert wrong == []

    @staticmethod
    def faults(checks: Checks, visitor: Visitor, path: str | None = None) -> list[str]:
        """Look at the page that is open, or at another one."""
        if path is not None:
            visitor.page.goto(path)
        title = visitor.page.locator("h1").inner_text()
        return [f"{title}: {fault}" for fault in checks.wrong_with(visitor, visitor.page.content().encode(), "en")]
