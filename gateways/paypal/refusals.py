"""What PayPal's answers other than success mean."""

from typing import Any, NoReturn

from domain.gateway.errors import CallRefused, NotFound, UnableToReach
from gateways.transport import Answer

UNFINISHED = frozenset({"ORDER_COMPLETION_IN_PROGRESS", "PREVIOUS_REQUEST_IN_PROGRESS"})
"""An earlier call is still at work: how it ends is not known yet."""


def issue_of(answer: Answer) -> str:
    """Return PayPal's own word for why it said no; the finest one that it gives."""
    details = answer.body.get("details")
    if isinstance(details, list) and details and isinstance(details[0], dict):
        issue = details[0].get("issue")
        if isinstance(issue, str) and issue:
            return issue
    name = answer.body.get("name") or answer.body.get("error")
    return name if isinstance(name, str) and name else f"HTTP_{answer.status}"


def body_of(answer: Answer, wish: str) -> dict[str, Any]:
    """
    Return the object of a success.

    Args:
        answer: as it came.
        wish: what was asked for, for people: `a refund of capture 3C6`.

    Raises:
        NotFound: PayPal does not know the object.
        CallRefused: it said no.
        UnableToReach: an earlier call for the same is not finished.
    """
    if not answer.is_success:
        refuse(answer, wish)
    return answer.body


def refuse(answer: Answer, wish: str) -> NoReturn:
    """Raise what an answer means that is no success; see `body_of`."""
    issue = issue_of(answer)
    # The description is left out: it may repeat what was sent, and this text reaches logs.
    sentence = (
        f"PayPal refused {wish}: {issue} (status {answer.status}, debug id {answer.body.get('debug_id', 'none')})"
    )
    if answer.status == 409 or issue in UNFINISHED:
        raise UnableToReach(sentence)
    if answer.status == 404:
        raise NotFound(issue, sentence)
    raise CallRefused(issue, sentence)
