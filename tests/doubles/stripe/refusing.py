"""Stripe's errors as it writes them."""

from typing import Any


class Refused(Exception):
    """The double says no, in Stripe's words."""

    def __init__(
        self, status: int, message: str, *, kind: str = "invalid_request_error", is_kept: bool = False, **more: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"error": {"type": kind, "message": message, **more}}
        self.is_kept = is_kept
        """Whether a call had begun, so that the same key gets the same no."""


def missing(what: str, ref: str, *, param: str, status: int = 404) -> Refused:
    """Return what Stripe says about an object that it does not have."""
    return Refused(status, f"No such {what}: '{ref}'", code="resource_missing", param=param)


def invalid(message: str, param: str | None = None, **more: Any) -> Refused:
    """Return what Stripe says about a parameter that is wrong."""
    if param:
        more["param"] = param
    return Refused(400, message, **more)
