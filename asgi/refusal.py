"""Refusing a request: an exception inside the endpoint, a bare status for the caller, the reason for our log."""

from math import ceil

from starlette.responses import Response


class RequestRefused(Exception):
    """
    A request is refused.

    Args:
        status: of the answer.
        reason: one sentence for our log; the caller does not get it.
        wait_seconds: after a 429, when the caller may come again.
    """

    def __init__(self, status: int, reason: str, *, wait_seconds: float = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.wait_seconds = wait_seconds


def refusal_response(refused: RequestRefused) -> Response:
    """Return the answer to a refused request: its status without a body."""
    response = Response(status_code=refused.status)
    if refused.status == 429:
        response.headers["Retry-After"] = str(ceil(refused.wait_seconds))
    if refused.status in (408, 413):
        # The rest of the body is still on its way; the server must not take it for the next request.
        response.headers["Connection"] = "close"
    return response


def for_log(text: object) -> str:
    """Return text from outside as one short line, so that nobody can forge a line of the log."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(text)[:300])
