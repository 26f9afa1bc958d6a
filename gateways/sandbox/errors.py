"""What the sandbox's answers mean when they are no success."""

from typing import Any

from domain.gateway.errors import CallRefused, GatewayError, NotFound, UnableToReach
from gateways.transport import Answer

KEY_USED_BEFORE = "key_used_otherwise"
"""The key came before with another call, which may have moved money."""


def body_of(answer: Answer, action: str) -> dict[str, Any]:
    """
    Return the object of a success.

    Args:
        answer: as it came.
        action: what the call does, in words that may stand in a log: `POST /v1/refunds`.

    Raises:
        NotFound: the sandbox does not know the object.
        CallRefused: the sandbox refused the call.
        UnableToReach: something else than the sandbox has answered, or the key came before with another call.
    """
    if not answer.is_success:
        raise error_of(answer, action)
    return answer.body


def error_of(answer: Answer, action: str) -> GatewayError:
    """Return what an answer means that is no success; see `body_of`."""
    error = answer.body.get("error")
    if not isinstance(error, dict):
        # Not in the sandbox's form: a proxy between us has answered.
        return UnableToReach(f"{action}: answered {answer.status} without an error of the sandbox's")
    code, message = str(error.get("code")), str(error.get("message"))
    sentence = f"{action}: the sandbox refused: {message}"
    if answer.status in (401, 403) or code == KEY_USED_BEFORE:
        return UnableToReach(sentence)
    return (NotFound if answer.status == 404 else CallRefused)(code, sentence)
