"""A browser of an operator for tests: it keeps cookies, follows nothing by itself, and has an authenticator app."""

import re
import uuid
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import pyotp

from domain.access.act import actor_of_command
from domain.access.role import Role
from tests.doubles.plain_http import NO_TLS
from tests.web.portal.browser import OWN_PAGE, PATIENCE_SECONDS, Clock
from web.admin.settings import Admin
from workers.access.operators import invite_operator

PASSWORD = "eleven grey herons waltz quietly"
COMMAND = actor_of_command("test")


class OperatorBrowser:
    """One operator's browser, and their telephone."""

    def __init__(self, admin: Admin, clock: Clock, **headers: str) -> None:
        self.admin = admin
        self.clock = clock
        self.client = httpx.Client(base_url=admin.address, headers=headers, timeout=PATIENCE_SECONDS, verify=NO_TLS)
        self.name = ""
        self.secret = ""
        self.recovery_codes: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return self.client.get(path, headers=headers)

    def post(
        self, path: str, data: dict[str, Any] | None = None, *, headers: dict[str, str] = OWN_PAGE
    ) -> httpx.Response:
        """Send a form of a page of ours, unless the headers say otherwise."""
        return self.client.post(path, data=data or {}, headers=headers)

    def send_form(self, path: str, data: dict[str, Any] | None = None) -> httpx.Response:
        """Send a form with the secret of this browser's forms."""
        return self.post(path, {"form_secret": self.form_secret()} | (data or {}))

    def form_secret(self) -> str:
        """The secret of the forms of this browser."""
        found = re.search(r'name="form_secret" value="([0-9a-f]+)"', self.get("/sessions").text)
        assert found is not None
        return found.group(1)

    def code(self) -> str:
        """What the app shows; the clock goes on first, for a code counts once."""
        self.clock.at += timedelta(seconds=30)
        return pyotp.TOTP(self.secret).at(self.clock.at)

    def join(self, role: Role = Role.OWNER, *, name: str | None = None) -> httpx.Response:
        """Be invited, and join."""
        self.name = name or f"op-{uuid.uuid4().hex[:10]}"
        token = invite_operator(self.admin.context, COMMAND, self.name, role)
        return self.accept(f"/invite/{token}")

    def accept(self, link: str) -> httpx.Response:
        """Take an invitation up."""
        page = self.get(urlsplit(link).path)
        found = re.search(r'<code title="([A-Z2-7]+)"', page.text)
        assert found is not None
        self.secret = found.group(1)
        answer = self.post(urlsplit(link).path, {"password": PASSWORD, "code": self.code()})
        self.recovery_codes = re.findall(r"<li><code>([a-z0-9-]+)</code>", answer.text)
        return answer

    def sign_in(self, **changed: str) -> httpx.Response:
        """Give name, password and a code."""
        return self.post("/sign-in", {"name": self.name, "password": PASSWORD, "code": self.code()} | changed)

    def enter(self, role: Role = Role.OWNER) -> Self:
        """Join and sign in."""
        self.join(role)
        assert self.sign_in().headers["location"] == "/"
        return self
