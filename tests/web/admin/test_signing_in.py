"""Signing in as an operator: an invitation, a password and a second factor, each code once, and how a session ends."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pyotp
import pytest

from domain.access.operator import INVITE_LIFETIME, MAX_TRIES_OF_NAME, TRIES_WINDOW, UnableToChangeOperator
from domain.access.role import Role
from tests.servers.find import FoundPostgres
from tests.web.admin.browser import COMMAND, PASSWORD, OperatorBrowser
from tests.web.portal.browser import Clock
from tests.workers.events import NOW
from tests.workers.minutes.harness import MinutesHarness, audited
from workers.access.factor import Proof
from workers.access.operators import (
    change_role,
    disable_operator,
    invitation_of,
    invite_again,
    invite_operator,
    join,
)
from workers.context import Context


class TestInvitation:
    def test_leads_to_recovery_codes_and_then_in(self, browser: OperatorBrowser) -> None:
        page = browser.join(Role.SUPPORT)

        assert len(browser.recovery_codes) == 10
        assert "shown this once" in page.text
        assert "Wait until the app shows the next one" in page.text
        assert browser.sign_in().headers["location"] == "/"
        assert "support" in browser.get("/").text

    def test_works_once(self, browser: OperatorBrowser) -> None:
        token = invite_operator(browser.admin.context, COMMAND, "once", Role.VIEWER)
        browser.accept(f"/invite/{token}")

        assert browser.get(f"/invite/{token}").status_code == 410
        assert browser.post(f"/invite/{token}", {"password": PASSWORD, "code": "1"}).status_code == 410

    def test_is_over_after_two_days(self, browser: OperatorBrowser, clock: Clock) -> None:
        token = invite_operator(browser.admin.context, COMMAND, "late", Role.VIEWER)
        clock.at += INVITE_LIFETIME

        assert browser.get(f"/invite/{token}").status_code == 410

    @pytest.mark.parametrize(
        ("password", "said"),
        [
            ("short", "12 to 200"),
            ("Password123!!", "easy to guess"),
            ("my weak-name-22m, weak", "contain the name"),
            ("aaaaaaaaaaaaaaaa", "easy to guess"),
        ],
    )
    def test_takes_no_weak_password(self, browser: OperatorBrowser, password: str, said: str) -> None:
        name = f"weak-name-{len(password)}{password[0].lower()}"
        token = invite_operator(browser.admin.context, COMMAND, name, Role.VIEWER)

        answer = browser.post(f"/invite/{token}", {"password": password, "code": "000000"})

        assert answer.status_code == 422
        assert said in answer.text

    def test_wants_a_code_of_the_app(self, browser: OperatorBrowser) -> None:
        token = invite_operator(browser.admin.context, COMMAND, "no-app", Role.VIEWER)

        answer = browser.post(f"/invite/{token}", {"password": PASSWORD, "code": "000000"})

        assert answer.status_code == 422
        assert "not the code that the app shows" in answer.text


class TestSigningIn:
    @pytest.mark.parametrize("changed", [{"password": "wrong"}, {"code": "000000"}, {"name": "nobody"}, {"code": "é"}])
    def test_says_not_what_was_wrong(self, browser: OperatorBrowser, changed: dict[str, str]) -> None:
        browser.join()

        answer = browser.sign_in(**changed)

        assert answer.status_code == 401
        assert "Name, password or second factor is wrong." in answer.text
        assert "set-cookie" not in answer.headers

    def test_takes_a_code_once(self, browser: OperatorBrowser) -> None:
        browser.join()
        code = browser.code()

        assert browser.sign_in(code=code).status_code == 303
        assert browser.sign_in(code=code).status_code == 401

    def test_takes_a_recovery_code_once(self, browser: OperatorBrowser) -> None:
        browser.join()
        [first, second, *_] = browser.recovery_codes

        assert browser.sign_in(code=first).status_code == 303
        assert browser.sign_in(code=first).status_code == 401
        assert browser.sign_in(code=second.upper().replace("-", " ")).status_code == 303

    def test_is_tried_five_times_in_a_quarter_of_an_hour(self, browser: OperatorBrowser, clock: Clock) -> None:
        browser.join()
        for _ in range(MAX_TRIES_OF_NAME):
            assert browser.sign_in(password="wrong").status_code == 401

        assert browser.sign_in().status_code == 429

        clock.at += TRIES_WINDOW
        assert browser.sign_in().status_code == 303

    def test_tries_of_names_that_nobody_has_count_alike(self, browser: OperatorBrowser) -> None:
        answers = [browser.post("/sign-in", {"name": "ghost", "password": "x", "code": "1"}) for _ in range(6)]

        assert [answer.status_code for answer in answers] == [401] * 5 + [429]

    def test_keeps_no_password_and_no_token(self, browser: OperatorBrowser, harness: MinutesHarness) -> None:
        browser.enter()
        rows = harness.select("SELECT operator::text AS row FROM operator")
        sessions = harness.select("SELECT operator_session::text AS row FROM operator_session")
        log = harness.select("SELECT audit_log::text AS row FROM audit_log")

        token = browser.client.cookies["operator"]
        assert all(PASSWORD not in row["row"] for row in rows)
        assert all(token not in row["row"] for row in sessions)
        assert all(browser.secret not in row["row"] and PASSWORD not in row["row"] for row in log)


class TestSession:
    def test_has_a_strict_cookie(self, browser: OperatorBrowser) -> None:
        browser.join()
        browser.client.cookies.set("operator", "chosen-by-somebody-else")

        cookie = browser.sign_in().headers["set-cookie"]

        assert "chosen-by-somebody-else" not in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie

    def test_ends_after_half_an_hour_unseen(self, browser: OperatorBrowser, clock: Clock) -> None:
        browser.enter()
        clock.at += timedelta(minutes=30)

        assert browser.get("/").headers["location"] == "/sign-in"

    def test_ends_after_twelve_hours_however_busy(self, browser: OperatorBrowser, clock: Clock) -> None:
        browser.enter()
        for _ in range(35):
            clock.at += timedelta(minutes=20)
            assert browser.get("/").status_code == 200
        clock.at += timedelta(minutes=20)

        assert browser.get("/").headers["location"] == "/sign-in"

    def test_ends_with_leaving(self, browser: OperatorBrowser) -> None:
        browser.enter()
        cookie = browser.client.cookies["operator"]

        answer = browser.send_form("/leave")

        assert answer.headers["location"] == "/sign-in"
        browser.client.cookies.set("operator", cookie)
        assert browser.get("/").headers["location"] == "/sign-in"

    def test_is_ended_from_another_browser(self, browser: OperatorBrowser, clock: Clock) -> None:
        browser.enter()
        with OperatorBrowser(browser.admin, clock, **{"user-agent": "Another/1.0"}) as other:
            other.name, other.secret = browser.name, browser.secret
            other.sign_in()
            page = browser.get("/sessions").text
            assert "Another/1.0" in page
            [session_id] = [
                part.split("/")[0] for part in page.split("/sessions/")[1:] if part.split('"')[0].endswith("/end")
            ]

            browser.send_form(f"/sessions/{session_id}/end")

            assert other.get("/").headers["location"] == "/sign-in"
            assert browser.get("/").status_code == 200

    def test_of_somebody_else_is_not_ended(
        self, browser: OperatorBrowser, owner: OperatorBrowser, harness: MinutesHarness
    ) -> None:
        browser.enter(Role.SUPPORT)
        owner.clock.at += timedelta(0)
        with OperatorBrowser(browser.admin, browser.clock) as other:
            other.enter(Role.OWNER)
            rows = harness.select(
                f"SELECT s.id FROM operator_session s JOIN operator o ON o.number = s.operator WHERE o.name = '{other.name}'"
            )

            browser.send_form(f"/sessions/{rows[0]['id']}/end")

            assert other.get("/").status_code == 200

    def test_ends_when_the_operator_is_disabled_or_changed(self, browser: OperatorBrowser, clock: Clock) -> None:
        context = browser.admin.context
        with OperatorBrowser(browser.admin, clock) as other:
            other.enter(Role.SUPPORT)
            change_role(context, COMMAND, other.name, Role.FINANCE)
            assert other.get("/").headers["location"] == "/sign-in"

            other.sign_in()
            assert "finance" in other.get("/").text
            disable_operator(context, COMMAND, other.name)
            assert other.get("/").headers["location"] == "/sign-in"
            assert other.sign_in().status_code == 401


class TestProof:
    def test_is_asked_for_after_five_minutes_and_keeps_the_form(
        self, browser: OperatorBrowser, clock: Clock, harness: MinutesHarness
    ) -> None:
        browser.enter(Role.OWNER)
        clock.at += timedelta(minutes=5)
        before = browser.client.cookies["operator"]

        asked = browser.send_form("/operators", {"name": "proved", "role": "viewer"})

        assert asked.status_code == 403
        assert '<input type="hidden" name="name" value="proved">' in asked.text
        assert not harness.select("SELECT FROM operator WHERE name = 'proved'")
        form = {"name": "proved", "role": "viewer", "form_secret": browser.form_secret()}

        wrong = browser.post("/operators", form | {"proof": "000000"})
        assert wrong.status_code == 403
        assert "This code is wrong" in wrong.text

        done = browser.post("/operators", form | {"proof": browser.code()})
        assert done.status_code == 200
        assert "/invite/" in done.text
        assert browser.client.cookies["operator"] != before
        browser.client.cookies.set("operator", before)
        assert browser.get("/").headers["location"] == "/sign-in"

    def test_is_not_asked_for_right_after_signing_in(self, browser: OperatorBrowser) -> None:
        browser.enter(Role.OWNER)

        assert browser.send_form("/operators", {"name": "fresh", "role": "viewer"}).status_code == 200


class TestLastOwner:
    @pytest.mark.parametrize(
        "change",
        [
            lambda context: disable_operator(context, COMMAND, "one"),
            lambda context: change_role(context, COMMAND, "one", Role.VIEWER),
            lambda context: invite_again(context, COMMAND, "one"),
        ],
    )
    def test_cannot_be_removed(self, alone: Context, change: Callable[[Context], None]) -> None:
        for name, role in (("one", Role.OWNER), ("two", Role.SUPPORT)):
            token = invite_operator(alone, COMMAND, name, role)
            invitation = invitation_of(alone, token)
            assert invitation is not None
            join(alone, token, password=PASSWORD, proof=Proof(pyotp.TOTP(invitation.totp_secret).at(NOW)), address=None)
        invite_operator(alone, COMMAND, "three", Role.OWNER)

        with pytest.raises(UnableToChangeOperator, match="one is the last owner"):
            change(alone)

    @pytest.fixture
    def alone(self, postgres_server: FoundPostgres, migrated_database: str) -> Iterator[Context]:
        """A database of its own."""
        url = postgres_server.new_database(copy_of=migrated_database)
        with audited(url) as engine:
            yield Context(engine, clock=lambda: NOW)
        postgres_server.drop_database(url)
