"""What may go wrong: the API says no, or does not say anything."""

from typing import Any

UNKNOWN = "unknown"
"""The code of an answer that has none, so it is not the API's own."""


class BillingError(Exception):
    """A call has failed."""


class Unreachable(BillingError):
    """Nobody has answered; what was asked for may have happened. Ask again with the same key."""


class Refused(BillingError):
    """
    The API has said no.

    `code` is a stable name, such as `unknown_product`; `detail` a sentence; `request_id` finds the request in the log
    of the service; `errors` say which values were wrong.
    """

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", UNKNOWN))
        self.detail = str(problem.get("detail") or problem.get("title") or f"status {status}")
        self.request_id: str | None = problem.get("request_id")
        self.errors: list[dict[str, Any]] = problem.get("errors") or []
        super().__init__(f"{self.detail} ({self.code})")
