"""Screph's program as it talks to us: `requests`, a token, and what it makes of an answer."""

from dataclasses import dataclass
from typing import Any

import requests


@dataclass(frozen=True, slots=True)
class ShippedClient:
    """The calls of the program in people's hands: it follows redirects, waits 10 s, and never repeats a call."""

    url: str
    token: str

    def profile(self) -> dict[str, Any]:
        """Read the profile, as the program does at its start and after each spend."""
        return self._read(requests.get(f"{self.url}/api/v1/profile/", headers=self._headers(), timeout=10))

    def spend(self, minutes: object, **headers: str) -> dict[str, Any]:
        """Spend minutes, as the program does."""
        return self._read(self.post({"minutes_to_spend": minutes}, **headers))

    def post(self, body: object, *, path: str = "spend_minutes/", **headers: str) -> requests.Response:
        """Send a body, and return the whole answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(f"{self.url}/api/v1/{path}", json=body, headers=self._headers() | named, timeout=10)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Token {self.token}", "Content-Type": "application/json"}

    def _read(self, answer: requests.Response) -> dict[str, Any]:
        """What the program goes by: the status, and whether the JSON has a key `error`."""
        body: dict[str, Any] = answer.json()
        assert ("error" in body) == (answer.status_code >= 400), (answer.status_code, body)
        return body if answer.status_code < 400 else body | {"status": answer.status_code}
