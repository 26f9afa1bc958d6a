"""Calls of the sandbox's API."""

from collections.abc import Mapping
from typing import Any

from gateways.sandbox.errors import body_of
from gateways.transport import Transport


class SandboxClient:
    """
    Calls of one sandbox; threads may share it.

    Args:
        transport: to its server.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def post(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Make a call that changes something; its key makes it idempotent."""
        answer = self._transport.call("POST", path, headers={"Idempotency-Key": key}, json_body=body)
        return body_of(answer, f"POST {path}")

    def delete(self, path: str) -> None:
        """Remove what lies at a path."""
        body_of(self._transport.call("DELETE", path), f"DELETE {path}")

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return what lies at a path."""
        return body_of(self._transport.call("GET", path, query=query), f"GET {path}")
