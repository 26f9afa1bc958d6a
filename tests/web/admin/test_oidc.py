"""Signing in by an organisation's provider of identities: who comes in, and every answer that lets nobody in."""

import base64
import hmac
import html
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from domain.access.oidc import FACTOR_LIFETIME, MAX_REQUESTS_OF_ADDRESS, REQUEST_LIFETIME
from domain.access.role import Role
from oidc import keys
from oidc.provider import Provider, ProviderSettings
from store.engine import Engine
from tests.doubles.oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Claims,
    OidcProviderDouble,
    Person,
    new_key,
    serve_oidc,
    signed,
    unsigned,
)
from tests.web.admin.browser import COMMAND, OperatorBrowser
from tests.web.admin.conftest import serving_admin
from tests.web.portal.browser import Clock
from tests.workers.minutes.harness import MinutesHarness
from web.admin.settings import Admin
from workers.access.operators import disable_operator, invite_again, invite_operator
from workers.context import Context

MFA = ["pwd", "mfa"]


@pytest.fixture
def double(clock: Clock) -> Iterator[OidcProviderDouble]:
    """The provider."""
    with serve_oidc(clock=clock) as double:
        yield double


def provider_of(double: OidcProviderDouble, *, second_factors: tuple[str, ...] = ("mfa",)) -> Provider:
    """The provider as the product asks it."""
    return Provider(ProviderSettings("Example", double.url, CLIENT_ID, CLIENT_SECRET, frozenset(second_factors)))


@pytest.fixture
def admin(shared_engine: Engine, clock: Clock, double: OidcProviderDouble) -> Iterator[Admin]:
    """The admin pages with a provider whose second factor counts."""
    with serving_admin(Context(shared_engine, clock=clock, gateways={}), provider=provider_of(double)) as it:
        yield it


@pytest.fixture
def strict_admin(shared_engine: Engine, clock: Clock, double: OidcProviderDouble) -> Iterator[Admin]:
    """The admin pages with a provider whose second factor does not count."""
    provider = provider_of(double, second_factors=())
    with serving_admin(Context(shared_engine, clock=clock, gateways={}), provider=provider) as it:
        yield it


@dataclass(frozen=True)
class Trip:
    """The way of a browser to the provider and back, step by step."""

    browser: OperatorBrowser

    def leave(self, path: str = "/oidc/begin", data: dict[str, Any] | None = None) -> str:
        """Press a button, and return the address of the provider that the page leads to."""
        page = self.browser.post(path, data)
        assert page.status_code == 200, page.text
        found = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]+)"', page.text)
        assert found is not None, page.text
        return html.unescape(found.group(1))

    def at_provider(self, address: str) -> str:
        """Open that address, and return the path to which the provider sends the browser back."""
        parts = urlsplit(httpx.get(address).headers["location"])
        return f"{parts.path}?{parts.query}"

    def go(self, path: str = "/oidc/begin", data: dict[str, Any] | None = None) -> httpx.Response:
        """Go the whole way."""
        return self.browser.get(self.at_provider(self.leave(path, data)))


@pytest.fixture
def anna(browser: OperatorBrowser, double: OidcProviderDouble) -> OperatorBrowser:
    """An operator who has joined under the mail address that the provider says, and is signed in nowhere."""
    name = f"anna-{uuid.uuid4().hex[:10]}@example.com"
    browser.join(Role.SUPPORT, name=name)
    double.person = Person(sub=f"sub-{name}", email=name, amr=MFA)
    return browser


def words(answer: httpx.Response) -> str:
    """What a page says."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def is_signed_in(browser: OperatorBrowser) -> bool:
    """Whether the browser opens the first page."""
    return browser.get("/").status_code == 200


def acts(harness: MinutesHarness, browser: OperatorBrowser) -> list[tuple[str, Any]]:
    """What the audit log says of an operator, after they have joined."""
    lines = harness.select(
        "SELECT action, detail FROM audit_log WHERE name = :name AND action <> 'operator.join' ORDER BY id",
        name=browser.name,
    )
    return [(line["action"], line["detail"]) for line in lines]


class TestSigningIn:
    def test_of_a_verified_mail_address_begins_a_session(
        self, anna: OperatorBrowser, double: OidcProviderDouble, harness: MinutesHarness
    ) -> None:
        answer = Trip(anna).go()

        assert "You are signed in" in words(answer)
        assert is_signed_in(anna)
        assert acts(harness, anna) == [
            ("identity.connect", {"by": "mail"}),
            ("session.begin", {"by": double.url}),
        ]

    def test_goes_by_the_account_from_then_on_whatever_its_mail_address(
        self, anna: OperatorBrowser, double: OidcProviderDouble
    ) -> None:
        Trip(anna).go()
        double.person.email, double.person.email_verified = "another@example.com", False
        anna.client.cookies.clear()

        Trip(anna).go()

        assert is_signed_in(anna)

    def test_keeps_the_cookie_strict_and_tells_no_referrer(self, anna: OperatorBrowser) -> None:
        answer = Trip(anna).go()

        [cookie] = [each for each in answer.headers.get_list("set-cookie") if each.startswith("operator=")]
        assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        assert answer.headers["referrer-policy"] == "no-referrer"

    def test_stores_nothing_by_which_somebody_could_come_in(
        self, anna: OperatorBrowser, harness: MinutesHarness
    ) -> None:
        address = Trip(anna).leave()
        rows = harness.select("SELECT oidc_request::text AS row FROM oidc_request")

        query = dict(part.split("=", 1) for part in urlsplit(address).query.split("&"))
        secrets = (query["state"], query["nonce"], query["code_challenge"], anna.client.cookies["oidc"])
        assert rows
        assert not any(secret in row["row"] for row in rows for secret in secrets)

    def test_is_offered_where_there_is_a_provider_alone(
        self, browser: OperatorBrowser, shared_engine: Engine, clock: Clock
    ) -> None:
        assert "Sign in with Example" in browser.get("/sign-in").text

        with (
            serving_admin(Context(shared_engine, clock=clock, gateways={})) as plain,
            OperatorBrowser(plain, clock) as other,
        ):
            assert "Sign in with Example" not in other.get("/sign-in").text
            assert other.post("/oidc/begin").status_code == 404
            assert other.get("/oidc/callback?state=a&code=b").status_code == 404
            assert other.post("/oidc/factor").status_code == 404


class TestSecondFactor:
    @pytest.mark.parametrize("amr", [None, ["pwd"], ["otp"]])
    def test_is_asked_for_where_the_provider_has_not(
        self, anna: OperatorBrowser, double: OidcProviderDouble, amr: list[str] | None, harness: MinutesHarness
    ) -> None:
        double.person.amr = amr

        page = Trip(anna).go()

        assert "One step more" in words(page)
        assert not is_signed_in(anna)
        assert acts(harness, anna) == []
        assert anna.post("/oidc/factor", {"code": "000000"}).status_code == 401
        assert not is_signed_in(anna)
        assert anna.post("/oidc/factor", {"code": anna.code()}).headers["location"] == "/"
        assert is_signed_in(anna)
        assert [action for action, _ in acts(harness, anna)] == ["identity.connect", "session.begin"]

    def test_of_ours_is_always_asked_for_unless_the_setting_says_otherwise(
        self, strict_admin: Admin, anna: OperatorBrowser, clock: Clock
    ) -> None:
        with OperatorBrowser(strict_admin, clock) as browser:
            assert "One step more" in words(Trip(browser).go())
            assert not is_signed_in(browser)

    def test_is_waited_for_five_minutes_and_five_tries(
        self, anna: OperatorBrowser, double: OidcProviderDouble, clock: Clock
    ) -> None:
        double.person.amr = None
        Trip(anna).go()
        for _ in range(5):
            assert anna.post("/oidc/factor", {"code": "000000"}).status_code == 401
        assert anna.post("/oidc/factor", {"code": anna.code()}).status_code == 429

        clock.at += timedelta(minutes=15)
        Trip(anna).go()
        clock.at += FACTOR_LIFETIME
        assert "took too long" in words(anna.post("/oidc/factor", {"code": anna.code()}))
        assert not is_signed_in(anna)

    def test_counts_once(self, anna: OperatorBrowser, double: OidcProviderDouble) -> None:
        double.person.amr = None
        Trip(anna).go()
        waiting = anna.client.cookies["oidc_factor"]
        anna.post("/oidc/factor", {"code": anna.code()})
        anna.client.cookies.clear()
        anna.client.cookies.set("oidc_factor", waiting)

        assert anna.post("/oidc/factor", {"code": anna.code()}).status_code == 403

    def test_that_waits_is_over_when_somebody_is_let_in_no_more(
        self, anna: OperatorBrowser, double: OidcProviderDouble
    ) -> None:
        double.person.amr = None
        Trip(anna).go()
        disable_operator(anna.admin.context, COMMAND, anna.name)

        assert anna.post("/oidc/factor", {"code": anna.code()}).status_code == 403


def forged(change: Callable[[Claims], Claims]) -> Callable[[OidcProviderDouble], None]:
    """Let the provider say something else, with its own signature."""

    def apply(double: OidcProviderDouble) -> None:
        double.change = change

    return apply


def signed_by(sign: Callable[[OidcProviderDouble, Claims], str]) -> Callable[[OidcProviderDouble], None]:
    """Let the token be made in another way."""

    def apply(double: OidcProviderDouble) -> None:
        double.sign = lambda claims: sign(double, claims)

    return apply


def by_public_key(double: OidcProviderDouble, claims: Claims) -> str:
    """A token whose `secret` is the public key, which everybody knows."""
    parts = unsigned(claims, alg="HS256", kid=double.key.kid).rstrip(".")
    digest = hmac.digest(double.key.as_pem(private=False), parts.encode(), sha256)
    return f"{parts}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def with_own_key(double: OidcProviderDouble, claims: Claims) -> str:
    """A token that brings along the key that has signed it."""
    key = new_key()
    return signed(claims, key, kid=double.key.kid, jwk=key.as_dict(private=False))


def tampered(double: OidcProviderDouble, claims: Claims) -> str:
    """A token of the provider's, with another person put into it."""
    head, _, signature = signed(claims, double.key).split(".")
    return f"{head}.{unsigned(claims | {'sub': 'somebody'}).split('.')[1]}.{signature}"


FORGERIES: dict[str, Callable[[OidcProviderDouble], None]] = {
    "nobody signed": signed_by(lambda _, claims: unsigned(claims)),
    "nobody signed, with the name of a key": signed_by(lambda d, claims: unsigned(claims, kid=d.key.kid)),
    "nobody signed, NONE": signed_by(lambda d, claims: unsigned(claims, kid=d.key.kid, alg="NONE")),
    "another key of the same name": signed_by(lambda d, claims: signed(claims, new_key(), kid=d.key.kid)),
    "another key": signed_by(lambda _, claims: signed(claims, new_key())),
    "the public key as a secret": signed_by(by_public_key),
    "a key that comes along": signed_by(with_own_key),
    "another person": signed_by(tampered),
    "no token": signed_by(lambda _, __: "abc"),
    "too long": signed_by(lambda d, claims: signed(claims | {"more": "x" * 20_000}, d.key)),
    "no object": signed_by(lambda _, __: "W10.W10.W10"),
    "another issuer": forged(lambda c: c | {"iss": "https://evil.example"}),
    "a longer issuer": forged(lambda c: c | {"iss": c["iss"] + "/"}),
    "another audience": forged(lambda c: c | {"aud": "another"}),
    "several audiences": forged(lambda c: c | {"aud": [CLIENT_ID, "another"]}),
    "made for another": forged(lambda c: c | {"aud": [CLIENT_ID, "another"], "azp": "another"}),
    "no audience": forged(lambda c: {k: v for k, v in c.items() if k != "aud"}),
    "another nonce": forged(lambda c: c | {"nonce": "another"}),
    "no nonce": forged(lambda c: {k: v for k, v in c.items() if k != "nonce"}),
    "nobody": forged(lambda c: c | {"sub": ""}),
    "no subject": forged(lambda c: {k: v for k, v in c.items() if k != "sub"}),
    "no end": forged(lambda c: {k: v for k, v in c.items() if k != "exp"}),
    "an end that is a text": forged(lambda c: c | {"exp": "tomorrow"}),
    "an end beyond all time": forged(lambda c: c | {"exp": 10**40}),
}


class TestForgery:
    @pytest.mark.parametrize("how", FORGERIES)
    def test_lets_nobody_in(
        self, anna: OperatorBrowser, double: OidcProviderDouble, how: str, harness: MinutesHarness
    ) -> None:
        FORGERIES[how](double)

        answer = Trip(anna).go()

        assert answer.status_code == 403, how
        assert "could not be verified" in words(answer)
        assert not is_signed_in(anna)
        assert acts(harness, anna) == []

    @pytest.mark.parametrize(
        "change",
        [
            lambda c: c | {"exp": c["iat"] - 61},
            lambda c: c | {"iat": c["iat"] + 120},
            lambda c: c | {"nbf": c["iat"] + 120},
        ],
    )
    def test_of_a_time_that_is_not_now_lets_nobody_in(
        self, anna: OperatorBrowser, double: OidcProviderDouble, change: Callable[[Claims], Claims]
    ) -> None:
        double.change = change

        answer = Trip(anna).go()

        assert "is over, or not valid yet" in words(answer)
        assert not is_signed_in(anna)

    def test_is_not_a_token_of_several_that_was_made_for_us(
        self, anna: OperatorBrowser, double: OidcProviderDouble
    ) -> None:
        double.change = lambda claims: claims | {"aud": ["another", CLIENT_ID], "azp": CLIENT_ID}

        Trip(anna).go()

        assert is_signed_in(anna)


class TestState:
    def test_counts_once(self, anna: OperatorBrowser) -> None:
        back = Trip(anna).at_provider(Trip(anna).leave())
        browser = anna.client.cookies["oidc"]
        assert "You are signed in" in words(anna.get(back))
        anna.client.cookies.clear()
        anna.client.cookies.set("oidc", browser)

        again = anna.get(back)

        assert again.status_code == 403
        assert "was used before" in words(again)
        assert not is_signed_in(anna)

    def test_counts_in_the_browser_that_has_asked_alone(self, anna: OperatorBrowser, clock: Clock) -> None:
        back = Trip(anna).at_provider(Trip(anna).leave())

        with OperatorBrowser(anna.admin, clock) as victim:
            assert victim.get(back).status_code == 403
            assert not is_signed_in(victim)

    def test_that_nobody_has_given_out_counts_nothing(self, anna: OperatorBrowser) -> None:
        back = Trip(anna).at_provider(Trip(anna).leave())

        assert anna.get(re.sub(r"state=[^&]+", "state=another", back)).status_code == 403
        assert anna.get("/oidc/callback").status_code == 403
        assert not is_signed_in(anna)

    @pytest.mark.parametrize("path", ["/oidc/callback?state=another&code=another", "/oidc/callback"])
    def test_that_is_forged_ends_no_sign_in_under_way(self, anna: OperatorBrowser, path: str) -> None:
        back = Trip(anna).at_provider(Trip(anna).leave())

        forged = anna.get(path)

        assert forged.status_code == 403
        assert "set-cookie" not in forged.headers
        assert "You are signed in" in words(anna.get(back))
        assert "oidc" not in anna.client.cookies

    def test_is_over_after_ten_minutes(self, anna: OperatorBrowser, clock: Clock) -> None:
        back = Trip(anna).at_provider(Trip(anna).leave())
        clock.at += REQUEST_LIFETIME

        assert "took too long" in words(anna.get(back))

    def test_of_another_provider_counts_nothing(self, anna: OperatorBrowser) -> None:
        back = Trip(anna).at_provider(Trip(anna).leave())

        answer = anna.get(re.sub(r"iss=[^&]+", "iss=https://evil.example", back))

        assert "could not be verified" in words(answer)

    def test_with_a_code_of_another_request_lets_nobody_in(self, anna: OperatorBrowser, clock: Clock) -> None:
        with OperatorBrowser(anna.admin, clock) as thief:
            stolen = Trip(anna).at_provider(Trip(anna).leave())
            own = Trip(thief).at_provider(Trip(thief).leave())
            code = re.search(r"code=[^&]+", stolen)
            assert code is not None

            answer = thief.get(re.sub(r"code=[^&]+", code.group(), own))

            assert "could not be verified" in words(answer)
            assert not is_signed_in(thief)

    def test_is_given_out_so_often_from_one_address(self, browser: OperatorBrowser, clock: Clock) -> None:
        for _ in range(MAX_REQUESTS_OF_ADDRESS):
            answer = browser.post("/oidc/begin")
            if answer.status_code != 200:
                break

        assert browser.post("/oidc/begin").status_code == 429
        clock.at += REQUEST_LIFETIME + timedelta(seconds=1)
        assert browser.post("/oidc/begin").status_code == 200

    def test_is_given_out_to_our_own_pages_alone(self, browser: OperatorBrowser) -> None:
        assert browser.post("/oidc/begin", headers={"origin": "https://evil.example"}).status_code == 403


class TestWho:
    @pytest.mark.parametrize("verified", [False, None, "true", 1])
    def test_has_a_mail_address_that_nobody_has_verified(
        self, anna: OperatorBrowser, double: OidcProviderDouble, verified: Any
    ) -> None:
        double.person.email_verified = verified

        answer = Trip(anna).go()

        assert "has not verified your mail address" in words(answer)
        assert not is_signed_in(anna)

    @pytest.mark.parametrize("email", ["stranger@example.com", None])
    def test_is_nobody_here_and_does_not_become_somebody(
        self, anna: OperatorBrowser, double: OidcProviderDouble, email: str | None, harness: MinutesHarness
    ) -> None:
        double.person = Person(sub="stranger", email=email, amr=MFA)
        before = harness.select("SELECT count(*) AS operators FROM operator")

        answer = Trip(anna).go()

        assert "Nobody here has your account" in words(answer)
        assert harness.select("SELECT count(*) AS operators FROM operator") == before

    def test_is_disabled(self, anna: OperatorBrowser, harness: MinutesHarness) -> None:
        Trip(anna).go()
        disable_operator(anna.admin.context, COMMAND, anna.name)
        anna.client.cookies.clear()

        answer = Trip(anna).go()

        assert "you are let in no more" in words(answer)
        assert acts(harness, anna)[-1] == ("session.refuse", {"because": "inactive"})

    def test_has_not_joined_yet(self, browser: OperatorBrowser, double: OidcProviderDouble) -> None:
        invite_operator(browser.admin.context, COMMAND, "early@example.com", Role.OWNER)
        double.person = Person(sub="early", email="early@example.com", amr=MFA)

        answer = Trip(browser).go()

        assert "your invitation is not taken up yet" in words(answer)
        assert not is_signed_in(browser)

    def test_was_given_the_mail_address_of_somebody_before(
        self, anna: OperatorBrowser, double: OidcProviderDouble, harness: MinutesHarness
    ) -> None:
        Trip(anna).go()
        anna.client.cookies.clear()
        double.person.sub = "somebody-new"

        answer = Trip(anna).go()

        assert "Another account of Example is connected" in words(answer)
        assert not is_signed_in(anna)
        assert acts(harness, anna)[-1] == ("session.refuse", {"because": "other"})

    def test_was_invited_again_and_brings_no_account_of_before(self, anna: OperatorBrowser) -> None:
        Trip(anna).go()
        invite_again(anna.admin.context, COMMAND, anna.name)
        anna.client.cookies.clear()

        assert "your invitation is not taken up yet" in words(Trip(anna).go())


class TestProvider:
    def test_that_refuses_lets_nobody_in(self, anna: OperatorBrowser, double: OidcProviderDouble) -> None:
        double.error = "access_denied"

        assert "Example has not said who you are" in words(Trip(anna).go())

    @pytest.mark.parametrize("broken", ["/.well-known/openid-configuration", "/token", "/keys"])
    def test_that_is_broken_is_named_and_the_password_still_counts(
        self, anna: OperatorBrowser, double: OidcProviderDouble, broken: str
    ) -> None:
        double.broken = {broken}

        answer = anna.post("/oidc/begin") if broken.startswith("/.well") else Trip(anna).go()

        assert answer.status_code == 503
        assert "Example does not answer" in words(answer)
        assert anna.sign_in().headers["location"] == "/"

    @pytest.mark.parametrize(
        "described",
        [
            {"issuer": "https://evil.example"},
            {"token_endpoint": "http://evil.example/token"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"jwks_uri": None},
        ],
    )
    def test_that_describes_itself_wrongly_is_not_asked(
        self, browser: OperatorBrowser, double: OidcProviderDouble, described: dict[str, Any]
    ) -> None:
        double.described = described

        assert browser.post("/oidc/begin").status_code == 503

    def test_may_want_the_secret_in_the_form(self, anna: OperatorBrowser, double: OidcProviderDouble) -> None:
        double.described = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

        Trip(anna).go()

        assert is_signed_in(anna)

    def test_may_change_its_key(
        self, anna: OperatorBrowser, double: OidcProviderDouble, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(keys, "AT_MOST_EVERY_SECONDS", 0)
        Trip(anna).go()
        anna.client.cookies.clear()
        double.key = new_key()

        Trip(anna).go()

        assert is_signed_in(anna)

    def test_is_not_asked_for_its_keys_by_each_forged_token(
        self, anna: OperatorBrowser, double: OidcProviderDouble
    ) -> None:
        FORGERIES["another key"](double)
        for _ in range(3):
            Trip(anna).go()

        assert double.calls.count("/keys") == 1
        assert double.calls.count("/.well-known/openid-configuration") == 1


class TestProof:
    """Whoever is signed in proves again who they are, at the provider."""

    def prove(self, anna: OperatorBrowser, **more: str) -> httpx.Response:
        """Go to the provider from the page that asks for a proof."""
        return Trip(anna).go("/oidc/prove", {"form_secret": anna.form_secret()})

    @pytest.fixture
    def signed(self, anna: OperatorBrowser, clock: Clock) -> OperatorBrowser:
        """An operator who has signed in by the provider, and whose proof is over."""
        Trip(anna).go()
        clock.at += timedelta(minutes=6)
        assert self.wants_proof(anna)
        return anna

    @staticmethod
    def wants_proof(anna: OperatorBrowser) -> bool:
        """Whether a form that steps up asks for a proof."""
        return "Confirm that it is you" in anna.send_form("/factors/app").text

    def test_counts_for_five_minutes(
        self, signed: OperatorBrowser, double: OidcProviderDouble, clock: Clock, harness: MinutesHarness
    ) -> None:
        double.person.auth_time = int(clock.at.timestamp())
        before = signed.client.cookies["operator"]

        answer = self.prove(signed)

        assert "Confirmed" in words(answer)
        assert (double.asked[-1]["prompt"], double.asked[-1]["max_age"]) == ("login", "0")
        assert signed.client.cookies["operator"] != before
        assert not self.wants_proof(signed)
        assert acts(harness, signed)[-1] == ("session.prove", {"by": double.url})
        clock.at += timedelta(minutes=6)
        assert self.wants_proof(signed)

    @pytest.mark.parametrize("minutes", [None, 5])
    def test_needs_a_sign_in_of_now(
        self, signed: OperatorBrowser, double: OidcProviderDouble, clock: Clock, minutes: int | None
    ) -> None:
        double.person.auth_time = minutes and int((clock.at - timedelta(minutes=minutes)).timestamp())

        assert "has not asked you again" in words(self.prove(signed))
        assert self.wants_proof(signed)

    def test_needs_a_second_factor(self, signed: OperatorBrowser, double: OidcProviderDouble, clock: Clock) -> None:
        double.person.auth_time, double.person.amr = int(clock.at.timestamp()), ["pwd"]

        assert "does not say that it has asked for a second factor" in words(self.prove(signed))
        assert self.wants_proof(signed)

    def test_of_somebody_else_counts_nothing(
        self, signed: OperatorBrowser, double: OidcProviderDouble, clock: Clock
    ) -> None:
        double.person.auth_time, double.person.sub = int(clock.at.timestamp()), "somebody"

        assert self.prove(signed).status_code == 403
        assert self.wants_proof(signed)

    def test_of_a_session_that_has_ended_counts_nothing(
        self, signed: OperatorBrowser, double: OidcProviderDouble, clock: Clock
    ) -> None:
        double.person.auth_time = int(clock.at.timestamp())
        back = Trip(signed).at_provider(Trip(signed).leave("/oidc/prove", {"form_secret": signed.form_secret()}))
        signed.send_form("/leave")

        assert "signed out here by now" in words(signed.get(back))

    def test_is_not_given_by_signing_in_long_ago(
        self, anna: OperatorBrowser, double: OidcProviderDouble, clock: Clock
    ) -> None:
        double.person.auth_time = int((clock.at - timedelta(hours=1)).timestamp())

        Trip(anna).go()

        assert is_signed_in(anna)
        assert self.wants_proof(anna)

    def test_is_not_given_by_a_sign_in_that_does_not_say_when(self, anna: OperatorBrowser) -> None:
        Trip(anna).go()

        assert self.wants_proof(anna)

    def test_is_offered_where_its_second_factor_counts(
        self, signed: OperatorBrowser, strict_admin: Admin, clock: Clock
    ) -> None:
        assert "Confirm at Example" in signed.send_form("/factors/app").text
        with OperatorBrowser(strict_admin, clock) as browser:
            browser.enter()
            clock.at += timedelta(minutes=6)
            assert "Confirm at Example" not in browser.send_form("/factors/app").text


class TestConnecting:
    def test_lets_in_whoever_has_another_name(
        self, browser: OperatorBrowser, double: OidcProviderDouble, harness: MinutesHarness
    ) -> None:
        browser.enter(Role.SUPPORT)
        double.person = Person(sub=f"sub-{browser.name}", email=None, amr=MFA)

        answer = Trip(browser).go("/factors/identity", {"form_secret": browser.form_secret()})

        assert "Connected" in words(answer)
        assert "signs you in" in words(browser.get("/factors"))
        browser.client.cookies.clear()
        Trip(browser).go()
        assert is_signed_in(browser)
        assert ("identity.connect", {"by": "operator"}) in acts(harness, browser)

    def test_takes_no_account_of_somebody_else(
        self, anna: OperatorBrowser, double: OidcProviderDouble, clock: Clock
    ) -> None:
        Trip(anna).go()
        with OperatorBrowser(anna.admin, clock) as other:
            other.enter(Role.OWNER)

            answer = Trip(other).go("/factors/identity", {"form_secret": other.form_secret()})

            assert "connected to another operator" in words(answer)
            assert "Not connected" in words(other.get("/factors"))

    def test_is_undone_and_ends_other_sessions(
        self, browser: OperatorBrowser, double: OidcProviderDouble, clock: Clock, harness: MinutesHarness
    ) -> None:
        browser.enter(Role.SUPPORT)
        double.person = Person(sub=f"sub-{browser.name}", email=None, amr=MFA)
        Trip(browser).go("/factors/identity", {"form_secret": browser.form_secret()})
        with OperatorBrowser(browser.admin, clock) as elsewhere:
            Trip(elsewhere).go()
            assert is_signed_in(elsewhere)

            browser.send_form("/factors/identity/remove")

            assert not is_signed_in(elsewhere)
            assert "Nobody here has your account" in words(Trip(elsewhere).go())
        assert is_signed_in(browser)
        assert acts(harness, browser)[-1] == ("identity.remove", None)
