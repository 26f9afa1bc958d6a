"""A browser for tests: it keeps cookies, follows nothing by itself, and says where a request comes from."""

import re
import socket
from datetime import datetime
from typing import Any, Self

import httpx

from tests.doubles.plain_http import NO_TLS
from web.portal.settings import Portal
from workers.access.sessions import make_entry_link

OWN_PAGE = {"sec-fetch-site": "same-origin"}

PATIENCE_SECONDS = 30
"""Others work on the machine as well."""


class Clock:
    """A clock that a test sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


class Browser:
    """One person's browser."""

    def __init__(self, portal: Portal, **headers: str) -> None:
        self.portal = portal
        self.client = httpx.Client(base_url=portal.address, headers=headers, timeout=PATIENCE_SECONDS, verify=NO_TLS)

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

    def send_form(self, path: str, data: dict[str, Any] | None = None, *, of: str = "/") -> httpx.Response:
        """Send a form with the secret of a page that this browser has opened."""
        return self.post(path, {"form_secret": self.form_secret(of)} | (data or {}))

    def form_secret(self, path: str = "/") -> str:
        """The secret of the forms of a page."""
        found = re.search(r'name="form_secret" value="([0-9a-f]+)"', self.get(path).text)
        assert found is not None
        return found.group(1)

    def sign_in(self, account: str, *, task: str = "/") -> httpx.Response:
        """Sign an account in by a fresh link."""
        link = make_entry_link(self.portal.context, account, task=task, asked_by="test")
        return self.post("/enter", {"token": link})


def is_listening(port: int) -> bool:
    """Tell whether somebody takes connections at a port."""
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0
