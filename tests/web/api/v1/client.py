"""A program that calls the API with one token."""

import uuid
from typing import Any

import requests


class Client:
    """Calls the API, as a program of a buyer's or a server of Screph's does."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = f"{url}/api/v1"
        self.session = requests.Session()
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **headers: str) -> requests.Response:
        """Read something."""
        return self.session.get(f"{self.url}{path}", headers=headers, timeout=10)

    def post(self, path: str, body: Any = None, *, key: str | None = "", **headers: str) -> requests.Response:
        """Send something; with a key of its own, unless one is given, or None for none."""
        if key is not None:
            headers["Idempotency-Key"] = key or str(uuid.uuid4())
        return self.session.post(f"{self.url}{path}", json={} if body is None else body, headers=headers, timeout=15)

    def put(self, path: str, body: Any) -> requests.Response:
        """Set something."""
        return self.session.put(f"{self.url}{path}", json=body, timeout=10)

    def delete(self, path: str) -> requests.Response:
        """End something."""
        return self.session.delete(f"{self.url}{path}", timeout=10)


def items(answer: requests.Response) -> list[Any]:
    """The lines of a page."""
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["items"]
    return found
