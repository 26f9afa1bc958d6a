"""Answers: which of YooKassa's are a yes, a no, or nothing that can be relied on."""

import re
from typing import Any

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from gateways.transport import Answer

KEY_DUPLICATED = "idempotence_key_duplicated"
"""Our code for a key that came before with another body. YooKassa calls it `invalid_request`, as it does
most of its refusals, but here the first call may well have moved money."""

_DESCRIPTION_LENGTH = 200
_MAIL_ADDRESS = re.compile(r"\S+@\S+")


def accepted(answer: Answer, call: str) -> dict[str, Any]:
    """
    Return the object in an answer that is a yes.

    Args:
        answer: what came.
        call: what was asked, for the error's text, such as `POST /refunds`.

    Raises:
        UnableToReach: it is accepted and not yet done (202), or leads elsewhere.
        CallRefused: it is refused.
    """
    if answer.status == 200:
        return answer.body
    if answer.status < 400:
        raise UnableToReach(f"{call}: answered {answer.status}, which says nothing about what became of it")
    parameter = str(answer.body.get("parameter") or "")
    code = str(answer.body.get("code") or answer.status)
    if answer.status == 400 and parameter.lower() == "idempotence-key":
        code = KEY_DUPLICATED
    # What we sent may be quoted there, and texts of errors go into logs.
    words = _MAIL_ADDRESS.sub("…", str(answer.body.get("description") or "no description"))[:_DESCRIPTION_LENGTH]
    sentence = f"{call}: YooKassa refused with {answer.status} {code}: {words}"
    if parameter:
        sentence += f" (parameter {parameter[:64]})"
    raise (NotFound if answer.status == 404 else CallRefused)(code, sentence)


def is_method_lost(answer: Answer) -> bool:
    """Tell whether a charge is refused because the saved method does not exist any more."""
    return answer.status in (400, 404) and answer.body.get("parameter") == "payment_method_id"
