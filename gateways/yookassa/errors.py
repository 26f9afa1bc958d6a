"""What YooKassa's answers mean when they are no success."""

import re
from typing import Any

from domain.gateway.errors import CallRefused, GatewayError, NotAllowed, NotFound, UnableToReach
from gateways.transport import Answer

CREDENTIALS = frozenset({401, 403})
"""Nothing was done, and the call succeeds once the key is corrected; a final no would end every refund until then."""


class KeyUsedBefore(UnableToReach):
    """
    The key of a call came before with another body.

    YooKassa calls it `invalid_request`, as it does most of its refusals, but the first call may have moved money.
    """


_DESCRIPTION_LENGTH = 200
_MAIL_ADDRESS = re.compile(r"\S+@\S+")


def body_of(answer: Answer, action: str) -> dict[str, Any]:
    """
    Return the object of a success.

    Args:
        answer: as it came.
        action: what the call does, in words that may stand in a log: `POST /refunds`.

    Raises:
        NotFound: YooKassa does not know the object, or it is another shop's.
        KeyUsedBefore: the call's key came before with another body.
        CallRefused: YooKassa refused the call.
        UnableToReach: the call is accepted and not yet done (202), leads elsewhere, or our credentials are refused.
    """
    if answer.status != 200:
        raise error_of(answer, action)
    return answer.body


def error_of(answer: Answer, action: str) -> GatewayError:
    """Return what an answer means that is no success; see `body_of`."""
    if answer.status < 400:
        return UnableToReach(f"{action}: answered {answer.status}, which says nothing about the outcome")
    parameter = str(answer.body.get("parameter") or "")
    code = str(answer.body.get("code") or answer.status)
    # The description may quote what we sent, and texts of errors go into logs.
    words = _MAIL_ADDRESS.sub("…", str(answer.body.get("description") or "no description"))[:_DESCRIPTION_LENGTH]
    sentence = f"{action}: YooKassa refused with {answer.status} {code}: {words}"
    if parameter:
        sentence += f" (parameter {parameter[:64]})"
    if answer.status == 400 and parameter.lower() == "idempotence-key":
        return KeyUsedBefore(sentence)
    if answer.status == 403 and answer.body.get("code"):
        return NotAllowed(sentence)
    if answer.status in CREDENTIALS or not answer.body.get("code"):
        # Without a code it is no answer of YooKassa's: something on the way to it does not let us through.
        return UnableToReach(sentence)
    is_unknown = answer.status == 404 or (parameter == "payment_id" and "doesn't exist" in words)
    return (NotFound if is_unknown else CallRefused)(code, sentence)


def is_method_lost(answer: Answer) -> bool:
    """Tell whether a charge is refused because the saved method does not exist any more."""
    return answer.status in (400, 404) and answer.body.get("parameter") == "payment_method_id"
