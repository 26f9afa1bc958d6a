"""Who may come in: by host, by form, by role; each route names what it needs."""

from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI, Response
from fastapi.routing import APIRoute
from starlette.middleware.trustedhost import TrustedHostMiddleware

from asgi.printable import PrintableAddresses
from domain.access.role import PERMISSIONS, STEPS_UP, Permission, Role
from tests.web.admin.browser import OperatorBrowser
from tests.web.portal.browser import OWN_PAGE, Clock
from tests.workers.minutes.harness import MinutesHarness
from web.admin.app import HEADERS, PARTS, create_admin
from web.admin.navigation import NAVIGATION
from web.admin.operator import FormGate, Gate, from_own_page, set_cookie
from web.admin.route import permission_of
from web.admin.settings import Admin

OF_PROVIDER = {"/oidc/begin", "/oidc/callback", "/oidc/factor"}
PUBLIC = {"/sign-in", "/sign-in/challenge", "/invite/{token}", "/static/{name}", "/healthz"} | OF_PROVIDER


def _app(admin: Admin) -> FastAPI:
    hosts = create_admin(admin)._app  # type: ignore[attr-defined]
    assert isinstance(hosts, TrustedHostMiddleware)
    assert isinstance(hosts.app, PrintableAddresses)
    assert isinstance(hosts.app._app, FastAPI)
    return hosts.app._app


OPEN_ENDED = ("/leave", "/appearance", "/queues/events")
"""What ends the session, changes the browser, or goes on for as long as somebody reads."""


def _routes(admin: Admin) -> list[APIRoute]:
    found = [route for part in PARTS for route in part.router.routes.routes]
    found += [route for route in _app(admin).routes if getattr(route, "path", "") in ("/static/{name}", "/healthz")]
    assert all(isinstance(route, APIRoute) for route in found)
    return found  # type: ignore[return-value]


class TestRoutes:
    def test_each_names_a_permission_or_is_public(self, admin: Admin) -> None:
        for route in _routes(admin):
            assert (permission_of(route) is None) == (route.path in PUBLIC), route.path

    def test_what_changes_something_has_the_gate_of_a_form(self, admin: Admin) -> None:
        for route in _routes(admin):
            gates = [each.dependency for each in route.dependencies]
            if "POST" in (route.methods or ()):
                assert from_own_page in gates or any(isinstance(gate, FormGate) for gate in gates), route.path
            else:
                assert not any(isinstance(gate, FormGate) for gate in gates), route.path

    def test_all_are_of_parts_that_are_walked(self, admin: Admin) -> None:
        walked = {(route.path, *sorted(route.methods or ())) for route in _routes(admin)}
        served = set()
        for route in _app(admin).routes:
            inner = getattr(getattr(route, "original_router", route), "routes", [route])
            served |= {(each.path, *sorted(each.methods or ())) for each in inner if isinstance(each, APIRoute)}

        assert served == walked

    def test_are_in_no_navigation_with_another_permission(self, admin: Admin) -> None:
        needed = {route.path: permission_of(route) for route in _routes(admin) if "GET" in (route.methods or ())}

        for entry in NAVIGATION:
            assert needed[entry.path] is entry.permission

    @pytest.mark.parametrize("role", Role)
    def test_let_each_role_do_what_the_table_says(self, admin: Admin, clock: Clock, role: Role) -> None:
        with OperatorBrowser(admin, clock) as browser:
            browser.enter(role)
            secret = browser.form_secret()
            for route in _routes(admin):
                permission = permission_of(route)
                if permission is None or "{" in route.path or route.path in OPEN_ENDED:
                    continue
                if "POST" in (route.methods or ()):
                    answer = browser.post(route.path, {"form_secret": secret})
                else:
                    answer = browser.get(f"{route.path}?id=1")
                is_refused = "Your role does not allow this" in answer.text
                assert is_refused == (permission not in PERMISSIONS[role]), (route.path, answer.status_code)
                assert answer.status_code < 500, route.path

    def test_without_a_session_lead_to_signing_in(self, admin: Admin, browser: OperatorBrowser) -> None:
        for route in _routes(admin):
            if permission_of(route) is None:
                continue
            path = route.path.replace("{session_id}", "1").replace("{name}", "anna") + "?id=1"
            if "POST" in (route.methods or ()):
                assert browser.post(path).status_code in (401, 422), path
            else:
                assert browser.get(path).headers["location"] == "/sign-in", path


class TestRefusals:
    def test_stand_in_the_audit_log_once_in_a_quarter_of_an_hour(
        self, browser: OperatorBrowser, clock: Clock, harness: MinutesHarness
    ) -> None:
        browser.enter(Role.VIEWER)

        def noted() -> list[tuple[str, dict[str, str]]]:
            rows = harness.select(
                "SELECT object, detail FROM audit_log WHERE name = :name AND action = 'access.refuse' ORDER BY id",
                name=browser.name,
            )
            return [(row["object"], row["detail"]) for row in rows]

        for _ in range(3):
            assert browser.get("/audit?name=somebody").status_code == 403
            assert browser.send_form("/operators/anna/role", {"role": "owner"}).status_code == 403

        of_page = ("GET /audit", {"permission": "audit:read"})
        of_button = ("POST /operators/{name}/role", {"permission": "operators:change"})
        assert noted() == [of_page, of_button]
        clock.at += timedelta(minutes=16)
        browser.get("/audit")
        assert noted() == [of_page, of_button, of_page]


class TestRoles:
    def test_owner_may_everything_and_viewer_changes_nothing(self) -> None:
        assert PERMISSIONS[Role.OWNER] == frozenset(Permission)
        assert all(each.value.endswith((":read", ":own")) for each in PERMISSIONS[Role.VIEWER])
        assert PERMISSIONS[Role.VIEWER] & STEPS_UP == {Permission.OWN_FACTORS}

    def test_of_money_and_of_operators_are_few(self) -> None:
        assert {role for role in Role if Permission.ORDERS_REFUND in PERMISSIONS[role]} == {
            Role.SUPPORT,
            Role.FINANCE,
            Role.OWNER,
        }
        assert {role for role in Role if Permission.OPERATORS_CHANGE in PERMISSIONS[role]} == {Role.OWNER}


class TestForms:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"sec-fetch-site": "none"},
            {"origin": "https://evil.example"},
            {"origin": "null"},
        ],
    )
    def test_from_elsewhere_are_refused(self, owner: OperatorBrowser, headers: dict[str, str]) -> None:
        answer = owner.post("/leave", {"form_secret": owner.form_secret()}, headers=headers)

        assert answer.status_code == 403
        assert owner.get("/").status_code == 200

    @pytest.mark.parametrize("secret", ["", "0" * 64, "é"])
    def test_without_the_secret_of_their_session_are_refused(self, owner: OperatorBrowser, secret: str) -> None:
        assert owner.post("/leave", {"form_secret": secret}).status_code == 403

    def test_that_sign_in_come_from_our_page(self, browser: OperatorBrowser) -> None:
        assert browser.post("/sign-in", {"name": "a"}, headers={"origin": "https://evil.example"}).status_code == 403

    def test_of_nobody_say_that_nothing_happened(self, browser: OperatorBrowser) -> None:
        answer = browser.post("/leave", headers=OWN_PAGE)

        assert answer.status_code == 401
        assert "You are signed out" in answer.text

    def test_that_are_too_long_are_refused(self, browser: OperatorBrowser) -> None:
        assert browser.post("/sign-in", {"name": "a" * 100_000}).status_code in (400, 413, 422)


class TestHost:
    @pytest.mark.parametrize("host", ["evil.example", "admin.evil.example", ""])
    def test_that_is_foreign_is_refused(self, browser: OperatorBrowser, host: str) -> None:
        assert browser.get("/sign-in", host=host).status_code == 400

    def test_of_this_machine_is_answered(self, browser: OperatorBrowser) -> None:
        assert browser.get("/healthz", host="localhost").status_code == 200


class TestHeaders:
    @pytest.mark.parametrize("path", ["/sign-in", "/", "/nothing", "/healthz"])
    def test_are_on_every_answer(self, owner: OperatorBrowser, path: str) -> None:
        answer = owner.get(path)

        assert {name: answer.headers[name] for name in HEADERS} == dict(HEADERS)
        assert "style=" not in answer.text
        assert "<script>" not in answer.text

    def test_of_tls_bind_cookies_to_the_host(self, admin: Admin) -> None:
        answer = Response()

        set_cookie(Admin(admin.context, "https://admin.example"), answer, "x", seconds=60)

        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-operator=x;")
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))

    def test_of_an_invitation_tell_no_referrer(self, browser: OperatorBrowser) -> None:
        answer: httpx.Response = browser.get("/invite/none-of-ours")

        assert answer.status_code == 410


class TestGates:
    def test_are_made_for_one_permission(self) -> None:
        assert Gate(Permission.AUDIT_READ).permission is Permission.AUDIT_READ
        assert FormGate(Permission.AUDIT_READ).permission is Permission.AUDIT_READ
