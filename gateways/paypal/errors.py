"""What PayPal's answers mean when they are no success."""

from typing import Any

from domain.gateway.errors import CallRefused, GatewayError, NotAllowed, NotFound, UnableToReach
from gateways.transport import Answer

UNFINISHED = frozenset({"ORDER_COMPLETION_IN_PROGRESS", "PREVIOUS_REQUEST_IN_PROGRESS"})
"""An earlier call is still being processed: its outcome is not known yet."""

NO_ISSUE = "HTTP_"
"""Begins what stands for the issue of an answer that names none."""

CREDENTIALS = frozenset({401, 403})
"""Nothing was done, and the call succeeds once the credentials or their rights are corrected."""


def is_unclear(answer: Answer) -> bool:
    """
    Tell whether an answer that is no success leaves the outcome unknown.

    What PayPal calls a duplicate, of a key or of an invoice, was asked for before, and that call may have moved money.
    Without an issue it is no answer of PayPal's: something on the way to it does not let us through.
    """
    issue = issue_of(answer)
    if issue.startswith(NO_ISSUE):
        return True
    is_repeat = issue.startswith("DUPLICATE_") or issue == "PAYPAL_REQUEST_ID_PREVIOUSLY_USED"
    return answer.status == 409 or answer.status in CREDENTIALS or issue in UNFINISHED or is_repeat


def body_of(answer: Answer, action: str) -> dict[str, Any]:
    """
    Return the object of a success.

    Args:
        answer: as it came.
        action: what the call does, in words that may stand in a log: `refunding capture 3C6`.

    Raises:
        NotFound: PayPal does not know the object.
        CallRefused: PayPal refused the call.
        UnableToReach: our credentials are refused, or it was asked for before and may be done.
    """
    if not answer.is_success:
        raise error_of(answer, action)
    return answer.body


def error_of(answer: Answer, action: str) -> GatewayError:
    """Return what an answer means that is no success; see `body_of`."""
    issue = issue_of(answer)
    # The description is left out: it may repeat what was sent, and this text reaches logs.
    sentence = (
        f"{action}: PayPal refused: {issue} (status {answer.status}, debug id {answer.body.get('debug_id', 'none')})"
    )
    if answer.status == 403 and not issue.startswith(NO_ISSUE):
        return NotAllowed(sentence)
    if is_unclear(answer):
        return UnableToReach(sentence)
    if answer.status == 404:
        return NotFound(issue, sentence)
    return CallRefused(issue, sentence)


def issue_of(answer: Answer) -> str:
    """Return PayPal's own word for the reason of a refusal; the most precise one in the answer."""
    details = answer.body.get("details")
    if isinstance(details, list) and details and isinstance(details[0], dict):
        issue = details[0].get("issue")
        if isinstance(issue, str) and issue:
            return issue
    name = answer.body.get("name") or answer.body.get("error")
    return name if isinstance(name, str) and name else f"{NO_ISSUE}{answer.status}"
